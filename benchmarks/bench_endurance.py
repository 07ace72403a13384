"""20,000 frames of 50 people who come and go: is the memory flat, is the speed flat, are the ids unique?

python benchmarks/bench_endurance.py
"""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from outrack.tracking import Tracker
from tests.tracking.scenes import crowd

NUM_FRAMES, NUM_PEOPLE, PART = 20_000, 50, 2_000


def resident_mib() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    tracker = Tracker()
    spent, largest_id, known = [], 0, set()
    print(f"{'frames':>8} {'ms/frame':>9} {'resident MiB':>13} {'tracklets':>10} {'ids':>8}")
    for number, detections in enumerate(
        crowd(1, num_people=NUM_PEOPLE, num_frames=NUM_FRAMES, embedding_dim=32), start=1
    ):
        start = time.perf_counter()
        tracks = tracker.update(detections)
        spent.append(time.perf_counter() - start)
        ids = tracks.ids.tolist()
        if len(set(ids)) != len(ids):
            raise SystemExit(f"frame {number}: an id twice in {ids}")
        known.update(ids)
        largest_id = max(largest_id, *ids)
        if number % PART == 0:
            gc.collect()
            part = 1e3 * float(np.median(spent[-PART:]))
            size = len(tracker._tracklets)
            print(f"{number:>8} {part:>9.3f} {resident_mib():>13.1f} {size:>10} {len(known):>8}", flush=True)
    first, last = np.median(spent[:PART]), np.median(spent[-PART:])
    print(f"ids used: {len(known)}, largest {largest_id}; last part / first part in time: {last / first:.2f}")


if __name__ == "__main__":
    main()
