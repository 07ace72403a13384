"""One tracking step at 20, 100 and 300 objects: ours, FairMOT's loop, and the installable peers, in one run.

    python benchmarks/bench_tracking_step.py

The compiled peers (`pip install ioutrack visiontrack-cpp`) are skipped if they are not installed.
All trackers get the same boxes of a scripted crowd (10 % missed, people come and go), one thread, and each keeps its
own defaults. The trackers alternate, with several rounds of the whole scene each, so that changes of the machine's
speed affect all of them. A frame's time is the best of all rounds, since other load only adds time; results are medians
over the frames. Quote the ratios.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.peers import PeerName, PeerTracker, peer_detections
from outrack.speed.tracking_step import assignment_times
from outrack.structures import Detections
from outrack.tracking import Tracker, TrackerConfig
from tests.tracking.fairmot_loop import FairMotLoop
from tests.tracking.scenes import crowd

SIZES, NUM_ROUNDS, NUM_FRAMES = (20, 100, 300), 3, 60
EMBEDDING_DIM = 640
"""Length of the bundled network's embeddings."""
FLOOR = "the assignment alone (SciPy)"
"""Lower bound of a step: one assignment between the boxes of two frames."""


@dataclass(frozen=True)
class Contestant:
    """A tracker: `prepare` makes its own kind of input from our detections, which is not timed; `update` is."""

    prepare: Callable[[Detections], Any]
    update: Callable[[Any], object]


def ours() -> dict[str, Contestant]:
    def bare(d: Detections) -> Detections:
        return dataclasses.replace(d, embeddings=None)

    return {
        "outrack": Contestant(bare, Tracker().update),
        "outrack, with embeddings": Contestant(lambda d: d, Tracker().update),
        "outrack as FairMOT, with embeddings": Contestant(lambda d: d, Tracker(TrackerConfig.fairmot()).update),
    }


def reference() -> dict[str, Contestant]:
    loop = FairMotLoop()
    return {
        "FairMOT's loop, with embeddings": Contestant(
            lambda d: (d.xyxy, d.scores, d.embeddings), lambda inputs: loop.update(*inputs)
        )
    }


def roboflow_trackers() -> dict[str, Contestant]:
    names: dict[str, PeerName] = {"SORT": "sort", "ByteTrack": "bytetrack", "OC-SORT": "ocsort", "BoT-SORT": "botsort"}
    return {
        f"trackers {title}": Contestant(peer_detections, PeerTracker(name).peer.update) for title, name in names.items()
    }


def norfair_tracker() -> dict[str, Contestant]:
    import norfair

    tracker = norfair.Tracker(distance_function="iou", distance_threshold=0.7)
    return {"norfair": Contestant(lambda d: [norfair.Detection(box.reshape(2, 2)) for box in d.xyxy], tracker.update)}


def rust_trackers() -> dict[str, Contestant]:
    import ioutrack

    def rows(d: Detections) -> np.ndarray:
        return np.hstack([d.xyxy, d.scores[:, None]]).astype(np.float32)

    sort, byte = ioutrack.Sort().update, ioutrack.ByteTrack().update
    return {
        "compiled: ioutrack SORT": Contestant(rows, lambda boxes: sort(boxes, return_all=False)),
        "compiled: ioutrack ByteTrack": Contestant(rows, lambda boxes: byte(boxes, return_all=False)),
    }


def cpp_tracker() -> dict[str, Contestant]:
    import visiontrack_cpp

    update = visiontrack_cpp.ByteTracker().update
    return {"compiled: visiontrack ByteTrack": Contestant(lambda d: (d.xyxy, d.scores), lambda inputs: update(*inputs))}


def contestants() -> dict[str, Contestant]:
    all_of_them = {**ours(), **reference()}
    for peer in (roboflow_trackers, norfair_tracker, rust_trackers, cpp_tracker):
        try:
            all_of_them.update(peer())
        except ImportError as error:
            print(f"left out: {peer.__name__} ({error})")
    return all_of_them


def measure(num_people: int) -> dict[str, float]:
    """Milliseconds of one step: median over the frames of their best round; the first ten frames are warm-up."""
    scene = list(crowd(1, num_people=num_people, num_frames=NUM_FRAMES, embedding_dim=EMBEDDING_DIM))
    spent: dict[str, list[list[float]]] = {}
    for _ in range(NUM_ROUNDS):
        for name, contestant in contestants().items():
            times = []
            for given in [contestant.prepare(detections) for detections in scene]:
                start = time.perf_counter()
                contestant.update(given)
                times.append(time.perf_counter() - start)
            spent.setdefault(name, []).append(times[10:])
    results = {name: 1e3 * float(np.median(np.min(rounds, axis=0))) for name, rounds in spent.items()}
    return {**results, FLOOR: assignment_times(scene, rounds=NUM_ROUNDS).median}


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

        def beside(other_ms: float, row: dict[str, float] = row) -> str:
            return (
                f"{other_ms / row['outrack']:.2f}x, with embeddings {other_ms / row['outrack, with embeddings']:.2f}x"
            )

        loop = row["FairMOT's loop, with embeddings"] / row["outrack as FairMOT, with embeddings"]
        peers = {name: ms for name, ms in row.items() if name.startswith(("trackers", "norfair"))}
        compiled = {name: ms for name, ms in row.items() if name.startswith("compiled")}
        line = f"{n} objects: {loop:.1f}x faster than FairMOT's loop with the same result"
        if peers:
            fastest = min(peers, key=lambda name: peers[name])
            line += f"; {beside(peers[fastest])} as fast as the fastest peer ({fastest})"
        if compiled:
            fastest = min(compiled, key=lambda name: compiled[name])
            line += f"; {beside(compiled[fastest])} as fast as the fastest compiled one ({fastest})"
        own = row["outrack, with embeddings"]
        print(
            f"{line}; {own / row[FLOOR]:.1f} times its floor with embeddings, {row['outrack'] / row[FLOOR]:.1f} without"
        )


if __name__ == "__main__":
    main()
