"""The same job with outrack and with other libraries, on the boxes of the same network: lines of code, seconds to the
first result, and seconds for more frames.

    python benchmarks/bench_side_by_side.py [--boxmot-python PATH] [--frames 100] [--rounds 3]

The command, and each script of examples/side_by_side, runs in a separate process, in turn. It prints the table of
docs/side-by-side.md, with the median of the rounds. `--boxmot-python` is an interpreter that has BoxMOT and outrack;
without it BoxMOT is omitted.
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
OUT = "OUT_STEM"


def lines_of(path: Path) -> tuple[int, int]:
    """Lines of code without the docstring, imports among them, and how many of these are in loops."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = {n for node in tree.body[1:] for n in range(node.lineno, (node.end_lineno or 0) + 1)}
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    return len(lines), len({n for loop in loops for n in range(loop.lineno, (loop.end_lineno or 0) + 1)})


def seconds(command: list[str], out: str) -> float:
    """Wall-clock time of a new process, which writes OUT.mp4 and OUT.txt."""
    with tempfile.TemporaryDirectory() as folder:
        words = [word.replace(out, str(Path(folder) / "out")) for word in command]
        start = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        passed = time.perf_counter() - start
        for ending in (".mp4", ".txt"):
            assert (Path(folder) / f"out{ending}").is_file(), f"{command[1]} left no out{ending}"
    return passed


def version(python: str, package: str) -> str:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxmot-python")
    parser.add_argument("--video", type=Path, default=ROOT / "samples" / "crossing.mp4")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    here, video = sys.executable, str(asked.video)
    names = {"outrack in Python": ("outrack", here)}
    names[f"supervision {version(here, 'supervision')} + trackers {version(here, 'trackers')}"] = (
        "supervision_trackers",
        here,
    )
    if asked.boxmot_python:
        names[f"BoxMOT {version(asked.boxmot_python, 'boxmot')} + OpenCV"] = ("boxmot", asked.boxmot_python)
    command = [here, "-m", "outrack", "track", video, "-o", f"{OUT}.mp4", "-o", f"{OUT}.txt", "--speed", "balanced"]
    runs = {"`outrack track VIDEO -o out.mp4 -o out.txt`": [*command, "--max-frames"]}
    counted = {next(iter(runs)): ("1 command", "-")}
    for label, (name, python) in names.items():
        script = SCRIPTS / f"by_{name}.py"
        runs[label] = [python, str(script), video, OUT]
        counted[label] = tuple(map(str, lines_of(script)))
    taken: dict[tuple[str, int], list[float]] = {}
    for _ in range(asked.rounds):
        for label, words in runs.items():
            for count in (1, asked.frames):
                taken.setdefault((label, count), []).append(seconds([*words, str(count)], OUT))
    print(f"| | lines | of them in loops | first frame | {asked.frames} frames |\n|---|---|---|---|---|")
    for label, (lines, in_loops) in counted.items():
        first, every = (statistics.median(taken[label, count]) for count in (1, asked.frames))
        print(f"| {label} | {lines} | {in_loops} | {first:.1f} s | {every:.1f} s |")


if __name__ == "__main__":
    main()
