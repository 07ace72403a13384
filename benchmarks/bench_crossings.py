"""Identity switches in random walks of two to six people of equal size, by motion alone, compared with other trackers.

    python benchmarks/bench_crossings.py --scenes 500

Crossings, overtakings, stops and half-hidden walks from `tests/tracking/walks.py`. Every tracker gets the same boxes
and keeps lost tracks for the same time; otherwise it has its defaults. "position tells" counts the switches in scenes
in which each person is clearly nearest to the extrapolation of their own motion. "not shown" counts detections of
tracked people without a track.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from benchmarks.peers import PEERS, PeerTracker
from outrack.tracking import Tracker
from tests.tracking.walks import FRAME_RATE, KINDS, MEMORY_S, Tracking, Walk, outcome, position_can_tell, walk

PEER_BUFFER = round(30 * MEMORY_S)
"""The other trackers count their memory in frames of 1/30 s."""


def maker(name: str) -> Callable[[], Tracking]:
    if name == "outrack":
        return lambda: Tracker(frame_rate=FRAME_RATE, max_lost_s=MEMORY_S)
    return lambda: PeerTracker(name, frame_rate=FRAME_RATE, lost_track_buffer=PEER_BUFFER)


def row(name: str, scenes: list[Walk], clear: list[bool]) -> list[str]:
    results = [outcome(scene, maker(name)()) for scene in scenes]
    by_kind = [
        sum(result.switches for result, scene in zip(results, scenes, strict=True) if scene.kind == kind)
        for kind in KINDS
    ]
    told = sum(result.switches for result, is_clear in zip(results, clear, strict=True) if is_clear)
    return [str(value) for value in (*by_kind, sum(by_kind), told, sum(result.hidden for result in results))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=500, help="number of scenes, of all kinds together")
    chosen = parser.parse_args()
    scenes = [walk(seed, kind) for seed in range(-(-chosen.scenes // len(KINDS))) for kind in KINDS]
    clear = [position_can_tell(scene) for scene in scenes]
    title = f"Identity switches in {len(scenes)} scenes; position tells in {sum(clear)} of them"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("tracker", no_wrap=True)
    for column in (*KINDS, "all", "position tells", "not shown"):
        table.add_column(column, justify="right", no_wrap=True)
    for name in ("outrack", *PEERS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations within the peers
            try:
                table.add_row(name, *row(name, scenes, clear))
            except ImportError as error:
                print(f"{name}: not installed ({error})")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
