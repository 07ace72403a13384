"""Every rule of refinding as an object: with its own settings and memory, saved and restored with the tracker."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from outrack.structures import Detections
from outrack.tracking import RefindPolicy, Tracker, TrackerConfig, TrackerProtocol
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
    remembers = {policy for policy in get_args(RefindPolicy) if TrackerConfig(refind=policy).make_refinder().memory()}
    assert remembers == {"gsm", "official"}


def test_our_tracker_and_the_peers_satisfy_one_protocol() -> None:
    pytest.importorskip("trackers")
    from benchmarks.peers import PeerTracker

    ours: TrackerProtocol = Tracker()
    peer: TrackerProtocol = PeerTracker("sort")
    for tracker in (ours, peer):
        assert len(tracker.update(Detections.empty(), timestamp=0.0)) == 0
        tracker.reset()
