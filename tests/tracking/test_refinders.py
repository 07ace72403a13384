"""Every rule of refinding as an object: settings and memory of its own, saved and restored with the tracker."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from outrack.structures import Detections
from outrack.tracking import RefindPolicy, Tracker, TrackerConfig, TrackerProtocol
from outrack.tracking.gsm import Graphs, People, refind_by_graphs
from outrack.tracking.refinders import make_refinder
from tests.tracking.test_crowded import packed


@pytest.mark.parametrize("policy", get_args(RefindPolicy))
def test_a_saved_rule_continues_as_if_nothing_had_happened(policy: RefindPolicy, tmp_path: Path) -> None:
    tracker = Tracker(TrackerConfig.fairmot(refind=policy))
    for t in range(6):
        tracker.update(packed(t))
    tracker.save(tmp_path / "state.npz")
    resumed = Tracker.load(tmp_path / "state.npz")
    for t in range(6, 9):
        want, got = tracker.update(packed(t)), resumed.update(packed(t))
        np.testing.assert_array_equal(got.ids, want.ids)
        np.testing.assert_array_equal(got.xyxy, want.xyxy)
        np.testing.assert_array_equal(got.states, want.states)


@pytest.mark.parametrize("policy", get_args(RefindPolicy))
def test_a_reset_forgets_the_memory(policy: RefindPolicy) -> None:
    tracker = Tracker(TrackerConfig.fairmot(refind=policy))
    first = [tracker.update(packed(t)).ids.tolist() for t in range(6)]
    tracker.reset()
    assert [tracker.update(packed(t)).ids.tolist() for t in range(6)] == first


def test_only_rules_that_remember_have_a_memory() -> None:
    remembers = {policy for policy in get_args(RefindPolicy) if make_refinder(TrackerConfig(refind=policy)).memory()}
    assert remembers == {"gsm", "official"}


def test_unknown_appearance_says_nothing_against_a_neighbour() -> None:
    group = np.array([[100.0, 100, 140, 220], [160, 110, 200, 230], [220, 100, 260, 220], [280, 105, 320, 225]])
    looks = np.eye(4, 8, dtype=np.float32)
    before = Graphs.of(People(np.arange(1, 5), group, looks)).of_tracks(np.array([1]))
    now = People(np.arange(2, 5), group[1:], np.zeros((3, 8), np.float32))
    assert refind_by_graphs(before, now).lost.tolist() == [0]
    strangers = People(np.arange(2, 5), group[1:], np.eye(8, dtype=np.float32)[5:])
    assert refind_by_graphs(before, strangers).lost.tolist() == []


def test_our_tracker_and_the_peers_satisfy_one_protocol() -> None:
    pytest.importorskip("trackers")
    from benchmarks.peers import PeerTracker

    ours: TrackerProtocol = Tracker()
    peer: TrackerProtocol = PeerTracker("sort")
    for tracker in (ours, peer):
        assert len(tracker.update(Detections.empty(), timestamp=0.0)) == 0
        tracker.reset()
