"""From a video file to an annotated video and a text file, at defaults: frames per second, and where the time goes.

    python benchmarks/bench_end_to_end.py [VIDEO]

The default video is the sample clip. The first run is warm-up.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from outrack import load_detector, track
from outrack.video.stopwatch import Phase

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "crossing.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--imgsz", type=int, help="longest side of the network's input")
    arguments = parser.parse_args()
    detector = load_detector(image_size=arguments.imgsz)
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder, "out.mp4"), Path(folder, "out.txt")]
        runs = [track(arguments.video, outputs, detector=detector, overwrite=True) for _ in range(arguments.runs)][1:]
    table = Table(title=f"{arguments.video.name}, {runs[0].num_frames} frames, {runs[0].num_people} people; ms a frame")
    for name in ("frames per second", *(phase.value for phase in Phase)):
        table.add_column(name, justify="right")
    for run in runs:
        phases = [f"{1e3 * run.phase_s.get(phase, 0.0) / run.num_frames:.1f}" for phase in Phase]
        table.add_row(f"{run.frames_per_second:.1f}", *phases)
    Console(width=110).print(table)
    rates = sorted(run.frames_per_second for run in runs)
    print(f"end to end: {rates[len(rates) // 2]:.1f} frames per second, median of {len(rates)} runs")


if __name__ == "__main__":
    main()
