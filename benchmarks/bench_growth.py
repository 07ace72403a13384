"""How one tracking step grows with the objects in view and with the frames before it, and whether memory grows.

    python benchmarks/bench_growth.py [--frames 1000000] [--plot docs/growth.svg]

The people of a scripted crowd stand equally dense in every scene, 10 % are missed, and they come and go. Times are CPU
time of the thread, so that other programs on the machine count little; a row is the median over its frames. The
exponent is the slope between a row and the one before it: 1 is linear, 2 quadratic.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from outrack.structures import Detections
from outrack.tracking import Tracker
from tests.tracking.scenes import crowd

OBJECTS = (10, 30, 100, 300, 1000, 3000)
EMBEDDING_DIM = 640
"""Length of the bundled network's embeddings."""
WARM_UP, MEASURED = 10, 40
"""Frames of a scene. Tracks are confirmed, and the first are lost, within the warm-up."""
NUM_PEOPLE, PART = 20, 1000
"""Of the long scene; every part is a row where its end is a power of ten."""


def resident_mib() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def step_times_ms(tracker: Tracker, scene: Iterator[Detections]) -> Iterator[float]:
    """CPU milliseconds of each step."""
    for detections in scene:
        start = time.thread_time()
        tracker.update(detections)
        yield 1e3 * (time.thread_time() - start)


def step_ms(num_objects: int, *, embedding_dim: int) -> float:
    """The median step with this many people in the scene."""
    scene = crowd(1, num_people=num_objects, num_frames=WARM_UP + MEASURED, embedding_dim=embedding_dim)
    return float(np.median(list(step_times_ms(Tracker(), scene))[WARM_UP:]))


def by_objects() -> list[tuple[int, float, float]]:
    """Rows of objects, and the step in ms with boxes alone and with appearance."""
    print(f"{'objects':>8} {'boxes, ms':>10} {'exponent':>9} {'and appearance, ms':>19} {'exponent':>9}")
    rows: list[tuple[int, float, float]] = []
    for number in OBJECTS:
        plain, whole = step_ms(number, embedding_dim=0), step_ms(number, embedding_dim=EMBEDDING_DIM)
        rows.append((number, plain, whole))
        slopes = ("", "")
        if len(rows) > 1:
            slopes = (f"{exponent(rows, 1):.2f}", f"{exponent(rows, 2):.2f}")
        print(f"{number:>8} {plain:>10.2f} {slopes[0]:>9} {whole:>19.2f} {slopes[1]:>9}", flush=True)
    return rows


def by_frames(num_frames: int) -> list[tuple[int, float, float]]:
    """Rows of frames, ms of a step, and resident MiB."""
    print(f"\n{NUM_PEOPLE} people, without appearance")
    print(f"{'frames':>8} {'ms/frame':>9} {'resident MiB':>13} {'tracklets kept':>15}")
    tracker, spent, rows = Tracker(), [], []
    scene = crowd(1, num_people=NUM_PEOPLE, num_frames=num_frames)
    for number, milliseconds in enumerate(step_times_ms(tracker, scene), start=1):
        spent.append(milliseconds)
        if number % PART == 0:
            if math.log10(number).is_integer() or number == num_frames:
                rows.append((number, float(np.median(spent)), resident_mib()))
                row = f"{number:>8} {rows[-1][1]:>9.3f} {rows[-1][2]:>13.1f}"
                print(f"{row} {len(tracker._tracklets):>15}", flush=True)
            spent.clear()
    return rows


def exponent(rows: list[tuple[int, float, float]], column: int) -> float:
    """Slope between the last two rows, on logarithmic axes."""
    (x0, *before), (x1, *after) = rows[-2:]
    return math.log(after[column - 1] / before[column - 1]) / math.log(x1 / x0)


def plot(objects: list[tuple[int, float, float]], frames: list[tuple[int, float, float]], path: Path) -> None:
    """Draw both tables on logarithmic axes, with the exponent of each piece."""
    from matplotlib import pyplot  # after the memory was measured

    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for column, label in ((1, "boxes"), (2, "boxes and appearance")):
        _line(left, objects, column, label)
    left.set(title="step against objects", xlabel="objects in view", ylabel="ms per frame")
    left.legend(loc="upper left")
    _line(middle, frames, 1, f"{NUM_PEOPLE} people")
    middle.set(title="step against frames", xlabel="frames before", ylabel="ms per frame", ylim=(0.1, 10))
    _line(right, frames, 2, f"{NUM_PEOPLE} people")
    right.set(title="memory against frames", xlabel="frames before", ylabel="resident MiB", ylim=(10, 1000))
    figure.savefig(path)


def _line(axes: Any, rows: list[tuple[int, float, float]], column: int, label: str) -> None:
    x, y = [row[0] for row in rows], [row[column] for row in rows]
    axes.loglog(x, y, "o-", label=label)
    for last in range(2, len(rows) + 1):
        middle = math.sqrt(x[last - 2] * x[last - 1]), math.sqrt(y[last - 2] * y[last - 1])
        text, above = f"{exponent(rows[:last], column):.2f}", 6 if column == 2 else -12
        axes.annotate(text, middle, textcoords="offset points", xytext=(0, above), ha="center", fontsize=8)
    axes.grid(alpha=0.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000, help="length of the long scene")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the tables")
    options = parser.parse_args()
    objects = by_objects()
    frames = by_frames(options.frames)
    if options.plot is not None:
        plot(objects, frames, options.plot)


if __name__ == "__main__":
    main()
