"""Many short videos, one and two at a time, each on a core of its own; a few of them are broken.

    python benchmarks/bench_many_sources.py
    python benchmarks/bench_many_sources.py --videos 20 --broken 2 --frames 25 --jobs 1 2

Cuts clips out of the sample, damages some, and runs `outrack track --cores 1` with each number of jobs. Prints seconds
and their ratio to the first, and checks that results are byte-identical, that all others finish, and that the broken
ones are named at the end. `--jobs 1 --cores 1` leaves the other cores of a machine idle: the last row is `--jobs 1` on
all cores, several frames at once.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "crossing.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=200)
    parser.add_argument("--broken", type=int, default=5)
    parser.add_argument("--frames", type=int, default=10, help="of each video")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broken = make_videos(folder / "day", options.videos, options.broken, options.frames)
        seconds = {}
        for jobs in options.jobs:
            seconds[jobs] = tracked(
                folder, f"jobs-{jobs}", broken, options.videos, ["--jobs", str(jobs), "--cores", "1"]
            )
            ratio = seconds[options.jobs[0]] / seconds[jobs]
            print(f"--jobs {jobs} --cores 1: {seconds[jobs]:.1f} s, {ratio:.2f} x", flush=True)
            assert results(folder / f"jobs-{jobs}") == results(folder / f"jobs-{options.jobs[0]}"), "results differ"
        alone = tracked(folder, "alone", broken, options.videos, [])
        print(f"--jobs 1, all cores: {alone:.1f} s, {seconds[options.jobs[0]] / alone:.2f} x")
        assert results(folder / "alone") == results(folder / f"jobs-{options.jobs[0]}"), "results differ"
        print(f"the same results; {len(broken)} broken videos named, {options.videos - len(broken)} finished")


def make_videos(folder: Path, number: int, num_broken: int, num_frames: int) -> list[str]:
    """Clips that start at different frames of the sample; returns the names of the damaged ones."""
    folder.mkdir()
    with av.open(str(SAMPLE)) as source:
        frames = [frame.reformat(format="yuv420p") for frame in source.decode(video=0)]
    step = max(1, (len(frames) - num_frames) // 10)
    starts = [step * (k % 10) for k in range(number)]
    for k, start in enumerate(starts):
        path = folder / f"v{k:03d}.mp4"
        if k >= 10:
            shutil.copy(folder / f"v{k % 10:03d}.mp4", path)
            continue
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
            for time_index, frame in enumerate(frames[start : start + num_frames]):
                frame.pts, frame.time_base = time_index, Fraction(1, 10)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    broken = [f"v{k:03d}" for k in range(number - 1, 9, -max(1, (number - 10) // max(num_broken, 1)))][:num_broken]
    for k, name in enumerate(broken):
        path = folder / f"{name}.mp4"
        content = path.read_bytes()
        path.write_bytes([b"", b"no video", content[:1000], content[len(content) // 2 :]][k % 4])
    return broken


def tracked(folder: Path, out: str, broken: list[str], number: int, words: list[str]) -> float:
    """Seconds of one run; exits if the run did not behave as expected."""
    command = [sys.executable, "-m", "outrack", "track", "day/*.mp4", "-o", f"{out}/", "--quiet", *words]
    begun = time.perf_counter()
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    expected = int(bool(broken))
    assert outcome.returncode == expected, f"exit code {outcome.returncode}, expected {expected}: {outcome.stderr}"
    named = outcome.stderr.partition("failed:")[2].split()
    assert set(broken) <= set(named), f"not all of {broken} are named: {outcome.stderr}"
    assert len(results(folder / out)) == number - len(broken), "not all others finished"
    return seconds


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.txt"))}


if __name__ == "__main__":
    main()
