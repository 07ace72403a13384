"""One tracking step at 20, 100 and 300 objects: ours, FairMOT's loop, and the installable peers, in one run.

    python benchmarks/bench_tracking_step.py

Everybody gets the same boxes of a scripted crowd (10 % missed, people come and go), one thread, and keeps its own
defaults. The trackers take turns frame by frame, so that a change in the machine's speed meets all of them alike. The
figures are medians over the frames; the ratios are what to quote.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console
from rich.table import Table

from outrack.structures import Detections
from outrack.tracking import Tracker, TrackerConfig
from tests.tracking.fairmot_loop import FairMotLoop
from tests.tracking.scenes import crowd

SIZES, NUM_FRAMES, EMBEDDING_DIM = (20, 100, 300), 60, 128
Step = Callable[[Detections], object]


def without_embeddings(detections: Detections) -> Detections:
    return dataclasses.replace(detections, embeddings=None)


def ours() -> dict[str, Step]:
    plain, embedded, fairmot = Tracker(), Tracker(), Tracker(TrackerConfig.fairmot())
    return {
        "outrack": lambda d: plain.update(without_embeddings(d)),
        "outrack, with embeddings": embedded.update,
        "outrack as FairMOT, with embeddings": fairmot.update,
    }


def reference() -> dict[str, Step]:
    loop = FairMotLoop()
    return {"FairMOT's loop, with embeddings": lambda d: loop.update(d.xyxy, d.scores, d.embeddings)}


def roboflow_trackers() -> dict[str, Step]:
    import supervision as sv
    import trackers

    def step(name: str) -> Step:
        options = {"enable_cmc": False} if name == "BoTSORTTracker" else {}
        tracker = getattr(trackers, name)(**options)

        def update(d: Detections) -> object:
            return tracker.update(
                sv.Detections(d.xyxy.astype(np.float32), confidence=d.scores, class_id=d.class_ids.astype(int))
            )

        return update

    names = ("SORTTracker", "ByteTrackTracker", "OCSORTTracker", "BoTSORTTracker")
    return {f"trackers {name}": step(name) for name in names}


def norfair_tracker() -> dict[str, Step]:
    import norfair

    tracker = norfair.Tracker(distance_function="iou", distance_threshold=0.5)

    def update(d: Detections) -> object:
        return tracker.update([norfair.Detection(box.reshape(2, 2)) for box in d.xyxy])

    return {"norfair": update}


def contestants() -> dict[str, Step]:
    steps = {**ours(), **reference()}
    for peer in (roboflow_trackers, norfair_tracker):
        try:
            steps.update(peer())
        except ImportError as error:
            print(f"left out: {peer.__name__} ({error})")
    return steps


def measure(num_people: int) -> dict[str, float]:
    """Median milliseconds of one step, after ten frames of warm-up."""
    steps = contestants()
    spent: dict[str, list[float]] = {name: [] for name in steps}
    for detections in crowd(1, num_people=num_people, num_frames=NUM_FRAMES, embedding_dim=EMBEDDING_DIM):
        for name, step in steps.items():
            start = time.perf_counter()
            step(detections)
            spent[name].append(time.perf_counter() - start)
    return {name: 1e3 * float(np.median(times[10:])) for name, times in spent.items()}


def main() -> None:
    warnings.filterwarnings("ignore")
    results = {n: measure(n) for n in SIZES}
    table = Table(title="One tracking step, median ms (and how many times slower than outrack)")
    table.add_column("tracker")
    for n in SIZES:
        table.add_column(f"{n} objects", justify="right")
    for name in results[SIZES[0]]:
        base = {n: results[n]["outrack, with embeddings" if "embeddings" in name else "outrack"] for n in SIZES}
        table.add_row(name, *(f"{results[n][name]:.2f} ({results[n][name] / base[n]:.1f}x)" for n in SIZES))
    Console(width=110).print(table)
    for n in SIZES:
        row = results[n]
        loop = row["FairMOT's loop, with embeddings"] / row["outrack as FairMOT, with embeddings"]
        peers = {name: ms for name, ms in row.items() if name.startswith(("trackers", "norfair"))}
        line = f"{n} objects: {loop:.1f}x faster than FairMOT's loop with the same result"
        if peers:
            fastest = min(peers, key=lambda name: peers[name])
            line += f"; {peers[fastest] / row['outrack']:.1f}x faster than the fastest peer ({fastest})"
        print(line)


if __name__ == "__main__":
    main()
