"""How one tracking step grows with the objects in view and with the frames before it, and whether memory grows.

    python benchmarks/bench_growth.py [--frames 1000000]

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


def by_objects() -> None:
    print(f"{'objects':>8} {'boxes, ms':>10} {'exponent':>9} {'and appearance, ms':>19} {'exponent':>9}")
    before: tuple[int, float, float] | None = None
    for number in OBJECTS:
        plain, whole = step_ms(number, embedding_dim=0), step_ms(number, embedding_dim=EMBEDDING_DIM)
        slopes = ("", "")
        if before is not None:
            more = math.log(number / before[0])
            slopes = (f"{math.log(plain / before[1]) / more:.2f}", f"{math.log(whole / before[2]) / more:.2f}")
        print(f"{number:>8} {plain:>10.2f} {slopes[0]:>9} {whole:>19.2f} {slopes[1]:>9}", flush=True)
        before = number, plain, whole


def by_frames(num_frames: int) -> None:
    print(f"\n{NUM_PEOPLE} people, without appearance")
    print(f"{'frames':>8} {'ms/frame':>9} {'resident MiB':>13} {'tracklets kept':>15}")
    tracker, spent = Tracker(), []
    scene = crowd(1, num_people=NUM_PEOPLE, num_frames=num_frames)
    for number, milliseconds in enumerate(step_times_ms(tracker, scene), start=1):
        spent.append(milliseconds)
        if number % PART == 0:
            if math.log10(number).is_integer() or number == num_frames:
                row = f"{number:>8} {np.median(spent):>9.3f} {resident_mib():>13.1f}"
                print(f"{row} {len(tracker._tracklets):>15}", flush=True)
            spent.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000, help="length of the long scene")
    by_objects()
    by_frames(parser.parse_args().frames)


if __name__ == "__main__":
    main()
