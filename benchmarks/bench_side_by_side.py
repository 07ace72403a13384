"""The same job with outrack and with other libraries, on the boxes of the same network: lines that a user writes,
seconds to the first result, seconds for more frames.

    python benchmarks/bench_side_by_side.py [--boxmot-python PATH] [--frames 100] [--rounds 3]

Each script of examples/side_by_side runs in a separate process, alternately. `--boxmot-python` is an interpreter that
has BoxMOT and outrack; without it BoxMOT is skipped.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "examples" / "side_by_side"


def lines_of(path: Path) -> tuple[int, int]:
    """Lines of code without the docstring, imports among them, and how many of these are in loops."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = {n for node in tree.body[1:] for n in range(node.lineno, (node.end_lineno or 0) + 1)}
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    return len(lines), len({n for loop in loops for n in range(loop.lineno, (loop.end_lineno or 0) + 1)})


def seconds(python: str, script: Path, video: Path, num_frames: int) -> float:
    """Wall-clock time of a new process."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        command = [python, script, video, Path(folder) / "out", str(num_frames)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        passed = time.perf_counter() - start
        for ending in (".mp4", ".txt"):
            assert (Path(folder) / f"out{ending}").is_file(), f"{script.name} left no out{ending}"
    return passed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxmot-python")
    parser.add_argument("--video", type=Path, default=ROOT / "samples" / "crossing.mp4")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    runs = {"outrack": sys.executable, "supervision_trackers": sys.executable}
    if asked.boxmot_python:
        runs["boxmot"] = asked.boxmot_python
    taken: dict[tuple[str, int], list[float]] = {}
    for _ in range(asked.rounds):
        for name, python in runs.items():
            for num_frames in (1, asked.frames):
                passed = seconds(python, SCRIPTS / f"by_{name}.py", asked.video, num_frames)
                taken.setdefault((name, num_frames), []).append(passed)
    print(f"| | lines | of them in loops | first frame | {asked.frames} frames |\n|---|---|---|---|---|")
    for name in runs:
        lines, in_loops = lines_of(SCRIPTS / f"by_{name}.py")
        first, all_frames = (statistics.median(taken[name, count]) for count in (1, asked.frames))
        print(f"| {name} | {lines} | {in_loops} | {first:.1f} s | {all_frames:.1f} s |")


if __name__ == "__main__":
    main()
