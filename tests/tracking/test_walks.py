"""500 random crossings, overtakings, stops and half-hidden walks, by motion alone: position decides wherever it can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.peers import PEERS, PeerName, PeerTracker
from outrack.tracking import Tracker
from tests.tracking.walks import FRAME_RATE, KINDS, MEMORY_S, Kind, Tracking, Walk, outcome, position_can_tell, walk

FEW, ALL = 12, 125


def scenes(count: int) -> list[Walk]:
    return [walk(seed, kind) for seed in range(count) for kind in KINDS]


def ours() -> Tracking:
    return Tracker(frame_rate=FRAME_RATE, max_lost_s=MEMORY_S)


def peer(name: PeerName) -> Callable[[], Tracking]:
    return lambda: PeerTracker(name, frame_rate=FRAME_RATE, lost_track_buffer=round(30 * MEMORY_S))


def switches(scenes: list[Walk], make: Callable[[], Tracking]) -> int:
    return sum(outcome(scene, make()).switches for scene in scenes)


@pytest.mark.parametrize("count", [FEW, pytest.param(ALL, marks=pytest.mark.slow)])
def test_identities_never_switch_where_position_can_tell(count: int) -> None:
    clear = [scene for scene in scenes(count) if position_can_tell(scene)]
    assert len(clear) > 0.1 * len(KINDS) * count
    assert switches(clear, ours) == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(
    ("count", "peers"),
    [(8, ("sort", "bytetrack", "ocsort", "botsort")), pytest.param(ALL, tuple(PEERS), marks=pytest.mark.slow)],
)
def test_no_peer_switches_less(count: int, peers: tuple[PeerName, ...]) -> None:
    pytest.importorskip("trackers")
    played = scenes(count)
    own = switches(played, ours)
    for name in peers:
        assert own <= switches(played, peer(name)), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_scenes_match_their_description(kind: Kind) -> None:
    num_cut = 0
    for seed in range(6):
        scene = walk(seed, kind)
        heights = scene.boxes[..., 3] - scene.boxes[..., 1]
        np.testing.assert_allclose(heights, heights[0, 0])  # people of equal size
        assert 0.3 < scene.detected.mean() <= 1
        num_cut += int((scene.seen[..., 3] - scene.seen[..., 1] < 0.8 * heights).sum())
    assert (num_cut > 0) == (kind == "half-hidden")
