"""Command lines of outrack in forked processes with everything loaded, so that hundreds of faults are affordable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from outrack.__main__ import run

__all__ = ["Running", "clip_of", "full_disk", "load", "start"]

NUM_FRAMES = 150
COPIES_EVERY_S = 0.1
"""Instead of every five seconds, since the runs are short."""


@dataclass(frozen=True, slots=True)
class Running:
    """A forked process and where its standard error goes."""

    pid: int
    errors: Path

    def send(self, number: signal.Signals) -> None:
        """Send a signal; one that came too late does nothing."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Its exit code; that of a signal is negative."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def complaints(self) -> list[str]:
        """Text that a user should never see on standard error."""
        text = self.errors.read_text(errors="replace")
        return [line for line in text.splitlines() if "Traceback" in line or "bug in outrack" in line][:1]


def load() -> None:
    """Import what the commands need, so that each forked process has it."""
    import outrack.cli.track
    import outrack.cli.train
    import outrack.jobs.batch
    import outrack.training
    import outrack.video.pipeline
    import outrack.video.writers.partial as partial

    assert outrack.training and outrack.jobs.batch and outrack.video.pipeline and outrack.cli.train
    partial._EVERY_S, partial._MOST_TIME = COPIES_EVERY_S, 1.0


def start(
    words: Sequence[str],
    folder: Path,
    *,
    home: str | None = "/tmp",
    user: str | None = None,
    stdout: str | None = None,
) -> Running:
    """Run a command line in a separate process.

    Args:
        words: after `outrack`.
        folder: gets its standard error, beside it.
        home: its HOME; none at all with None.
        user: `nobody` gives up the rights of root.
        stdout: `closed` closes it.
    """
    errors = folder.with_name(f"{folder.name}.stderr")
    if pid := os.fork():
        return Running(pid, errors)
    code = 70
    try:
        os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if stdout == "closed":
            os.close(1)
            sys.stdout = None  # type: ignore[assignment]  # as Python itself has it then
        for name in ("HOME", "OUTRACK_HOME", "XDG_CACHE_HOME"):
            os.environ.pop(name, None)
        if home is not None:
            os.environ["HOME"] = home
        if user is not None:
            os.setuid(65534)
        sys.argv = ["outrack", *words]
        code = run()
    except BaseException:  # noqa: BLE001  the forked process must not go on as its parent
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def clip_of(folder: Path) -> tuple[Path, Path]:
    """A clip of noise, and detections of five people who walk through it."""
    clip, detections = folder / "clip.mp4", folder / "det.txt"
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    with av.open(str(clip), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for index in range(NUM_FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, index, 1), format="rgb24")))
        container.mux(stream.encode(None))
    lines = [
        f"{frame + 1},-1,{10 + 25 * person + frame / 10:.1f},20,20,60,0.9\n"
        for frame in range(NUM_FRAMES)
        for person in range(5)
    ]
    detections.write_text("".join(lines))
    return clip, detections


@contextmanager
def full_disk(place: Path, *, kilobytes: int) -> Iterator[None]:
    """Mount a disk of that size at `place`; needs root."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
