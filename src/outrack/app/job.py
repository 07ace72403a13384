"""One video tracked for a browser, in its own thread, and what the browser sees of it."""

from __future__ import annotations

import logging
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outrack.jobs.executor import FAILURES
from outrack.jobs.progress import Pace, SilentProgress
from outrack.jobs.track_job import TrackJob
from outrack.report import read_run, write_report
from outrack.video.loop import FrameResult
from outrack.video.painter import Painter

__all__ = ["Job", "State"]

logger = logging.getLogger(__name__)

State = Literal["starting", "running", "done", "stopped", "failed"]
PREVIEW_S = 0.2
"""Seconds between two preview pictures."""
PREVIEW_WIDTH = 960


class View(SilentProgress):
    """The progress of a job as a browser sees it: numbers, and occasionally a painted picture.

    Args:
        painter: painter of the previews; separate from the one of the video.
        stopping: ends the job between two frames once it is set.
    """

    def __init__(self, painter: Painter, stopping: threading.Event) -> None:
        self._painter, self._stopping = painter, stopping
        self._ids: set[int] = set()
        self._next = 0.0
        self.pace = Pace(None)
        self.picture: tuple[int, NDArray[np.uint8]] | None = None
        self.first: NDArray[np.uint8] | None = None
        self.overall: float | None = None  # frames per second of the whole run, once it has ended

    def __call__(self, name: str, num_frames: int | None) -> View:
        self.pace = Pace(num_frames)
        return self

    def advance(self, result: FrameResult) -> None:
        """Count one more frame.

        Raises:
            KeyboardInterrupt: the job should stop; the run completes its files, as after Ctrl-C.
        """
        if self._stopping.is_set():
            raise KeyboardInterrupt
        self.pace.advance(len(result.tracks))
        self._ids.update(result.tracks.ids.tolist())
        if self.first is None:
            self.first = result.frame.pixels
        if time.monotonic() >= self._next:
            painted = self._painter.paint(result.frame.pixels, result.tracks, result.detections.occlusions)
            self.picture = (self.pace.done, painted)
            self._next = time.monotonic() + PREVIEW_S

    def numbers(self) -> dict[str, Any]:
        """The numbers shown next to the picture."""
        pace = self.pace
        return {
            "frame": pace.done,
            "frames": pace.num_frames,
            "people": pace.people,
            "identities": len(self._ids),
            "speed": round(pace.frames_per_second() if self.overall is None else self.overall, 1),
            "preview": None if self.picture is None else self.picture[0],
        }


class Job:
    """Runs one `TrackJob` in a thread, then writes its report.

    Args:
        track: the job; its outputs and summary are in `folder`.
        folder: folder of the downloadable results.
        slot: released when the job has ended.
    """

    def __init__(self, track: TrackJob, folder: Path, slot: threading.Semaphore) -> None:
        self._track, self._folder, self._slot = track, folder, slot
        self._stopping = threading.Event()
        painter = Painter(show_trails=track.show_trails, show_occlusion=track.show_occlusion)
        self._view = View(painter, self._stopping)
        self._state: State = "starting"
        self._message = ""
        self._thread = threading.Thread(target=self._run, name=f"track-{track.name}", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it is still running."""
        return self._state in ("starting", "running")

    def stop(self) -> None:
        """End between two frames; the files are complete up to there."""
        self._stopping.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until it has ended, but at most `timeout_s` seconds."""
        self._thread.join(timeout_s)

    def shown(self) -> dict[str, Any]:
        """State, numbers and files, for the page."""
        files = [] if self.is_running else sorted(path.name for path in self._folder.iterdir() if path.is_file())
        state = "running" if self._state == "starting" and self._view.pace.done else self._state
        shown = {"state": state, "name": self._track.name, "message": self._message, "files": files}
        return shown | self._view.numbers()

    def preview(self) -> bytes | None:
        """The newest painted picture as JPEG; None before the first."""
        newest = self._view.picture
        if newest is None:
            return None
        picture = Image.fromarray(newest[1])
        picture.thumbnail((PREVIEW_WIDTH, PREVIEW_WIDTH))
        file = BytesIO()
        picture.save(file, format="JPEG", quality=80)
        return file.getvalue()

    def _run(self) -> None:
        end: State = "done"
        try:
            summary = self._track.run(self._view)
            self._view.overall = summary.frames_per_second
            if summary.interrupted:
                end = "stopped"
            if summary.num_frames:
                self._write_report()
        except KeyboardInterrupt:
            end = "stopped"
        except FAILURES as error:
            end = "failed"
            self._message = str(error).replace(f"{self._folder.parent}/", "")
            logger.warning("%s: %s", self._track.name, self._message)
        except BaseException:
            self._message, self._state = "An internal error of outrack; see the server's terminal.", "failed"
            raise
        finally:
            self._slot.release()
        self._state = end

    def _write_report(self) -> None:
        run = read_run(self._folder / f"{self._track.name}.jsonl")
        write_report(self._folder / f"{self._track.name}.report.html", [(run, self._view.first)])
