"""A day of a live stream: are memory, speed, open files and threads of the tracker flat, are its ids unique?

python benchmarks/bench_endurance.py                      # 20,000 frames of 50 people, a minute
python benchmarks/bench_endurance.py --hours 24 --people 5 --appearance 8

People come and go, and the scene changes every minute. Frames arrive at 30 per second, plus or minus a third, two of a
hundred are missing, and the stream stalls for ten seconds every hour. An id may be absent no longer than a track is
kept, and is never reused.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from outrack.structures import Detections
from outrack.tracking import Tracker, TrackerConfig
from tests.tracking.scenes import crowd

RATE = 30.0
MOST_IDS = 5_000_000
STALL_S = 10.0


def resident_mib() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Ids:
    """When each id was last seen; fails if one appears twice in a frame, or again after its track was dropped."""

    def __init__(self, kept_s: float) -> None:
        self.used = self.largest = 0
        # Reserved before the first frame, so that the check itself does not grow: untouched pages take no memory.
        self._last_s = np.full(MOST_IDS, -1.0, np.float32)
        self._kept_s = kept_s + 1.0  # of 32 bits, and a frame more

    def see(self, ids: np.ndarray, now_s: float) -> None:
        if len(np.unique(ids)) != len(ids):
            raise SystemExit(f"after {now_s:.2f} s: an id twice in {ids}")
        last_s = self._last_s[ids]
        known = last_s >= 0
        if (known & (now_s - last_s > self._kept_s)).any():
            raise SystemExit(f"after {now_s:.2f} s: an id is reused in {ids}")
        self.used += int((~known).sum())
        self.largest = max(self.largest, int(ids.max(initial=0)))
        self._last_s[ids] = now_s


def scenes(num_people: int, embedding_dim: int) -> Iterator[Detections]:
    """Endless crowds, each for a minute: in longer ones speeds would become unrealistic."""
    for seed in count(1):
        yield from crowd(seed, num_people=num_people, num_frames=round(60 * RATE), embedding_dim=embedding_dim)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hours", type=float, default=20_000 / RATE / 3600)
    options.add_argument("--people", type=int, default=50)
    options.add_argument("--appearance", type=int, default=32, metavar="NUMBERS", help="length of an embedding")
    given = options.parse_args()
    num_frames = round(given.hours * 3600 * RATE)
    part = max(1, num_frames // 24)
    ids, tracker, draw = Ids(TrackerConfig().max_lost_s + STALL_S), Tracker(), np.random.default_rng(2)
    began, now_s, spent = time.monotonic(), 0.0, np.zeros(part)
    first_ms = last_ms = 0.0
    people = islice(scenes(given.people, given.appearance), num_frames)
    print("| frames | ms/frame | resident MiB | handles | threads | tracklets | ids |\n|---|---|---|---|---|---|---|")
    for number, detections in enumerate(people, start=1):
        now_s += draw.uniform(0.67, 1.33) / RATE + STALL_S * (number % round(3600 * RATE) == 0)
        if draw.random() >= 0.02:
            start = time.thread_time()
            tracks = tracker.update(detections, timestamp=now_s)
            spent[number % part] = time.thread_time() - start
            ids.see(tracks.ids, now_s)
        if number % part == 0 or number == num_frames:
            gc.collect()
            last_ms = 1e3 * float(np.median(spent))
            first_ms = first_ms or last_ms
            handles, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
            row = f"| {number:,} | {last_ms:.3f} | {resident_mib():.1f} | {handles} | {threads}"
            print(f"{row} | {len(tracker._tracklets)} | {ids.used:,} |", flush=True)
    took = f"{(time.monotonic() - began) / 60:.0f} minutes"
    print(f"largest id {ids.largest:,}; last part / first part in time: {last_ms / first_ms:.2f}; {took}")


if __name__ == "__main__":
    main()
