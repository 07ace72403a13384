"""SORT, ByteTrack and others from the package `trackers`: they have the interface of our own tracker."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks.peers import PEERS, PeerTracker, peer_detections
from outrack.structures import Detections, TrackState
from outrack.tracking import Tracker
from tests.tracking.scenes import box, crowd, seen

pytest.importorskip("trackers")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.mark.parametrize("name", PEERS)
def test_two_people_keep_their_ids_and_boxes(name: str) -> None:
    tracker = PeerTracker(name)
    at_the_left = set()
    for t in range(30):
        detections = seen(box(500 - 3 * t, 310), box(100 + 3 * t, 300))[np.array([[0, 1], [1, 0]][t % 2])]
        tracks = tracker.update(detections, timestamp=t / 30)
        assert (tracks.xyxy == detections.xyxy[tracks.detection_index]).all()
        assert (tracks.scores == 0.9).all()
        assert (tracks.states == TrackState.DETECTED).all()
        if t > 5:
            assert tracks.ids.tolist() == [1, 2]
            at_the_left.add(int(tracks.ids[tracks.xyxy[:, 0].argmin()]))
    assert len(at_the_left) == 1


@pytest.mark.parametrize("name", PEERS)
def test_a_crowd_is_followed_much_as_by_our_tracker(name: str) -> None:
    ours, theirs = Tracker(), PeerTracker(name)
    boxes = {"ours": 0, "theirs": 0}
    for detections in crowd(3, num_people=15, num_frames=60, miss=0.02, churn=False):
        found = theirs.update(detections)
        assert (np.diff(found.ids) > 0).all()
        assert len(np.unique(found.detection_index)) == len(found)
        np.testing.assert_array_equal(found.xyxy, detections.xyxy[found.detection_index])
        boxes["ours"] += int((ours.update(detections).detection_index >= 0).sum())
        boxes["theirs"] += len(found)
    assert 0.3 < boxes["theirs"] / boxes["ours"] < 1.1  # OC-SORT leaves out what scores below 0.6


@pytest.mark.parametrize("name", PEERS)
def test_empty_frames_and_a_second_video(name: str) -> None:
    tracker = PeerTracker(name, frame_rate=25)
    for _ in range(2):
        assert len(tracker.update(Detections.empty())) == 0
        for t in range(6):
            tracks = tracker.update(seen(box(100 + t, 300)))
        assert tracks.ids.tolist() == [1]
        assert len(tracker.update(Detections.empty())) == 0
        tracker.reset()


def test_classes_come_back() -> None:
    tracker = PeerTracker("sort")
    for _ in range(5):
        tracks = tracker.update(Detections(np.array([box(100, 300)]), np.array([0.8]), np.array([7])))
    assert tracks.class_ids.tolist() == [7]


def test_two_peers_do_not_disturb_each_other() -> None:
    frames = list(crowd(2, num_people=8, num_frames=20))
    alone = PeerTracker("bytetrack")
    expected = [alone.update(frame).ids.tolist() for frame in frames]
    one, other = PeerTracker("bytetrack"), PeerTracker("bytetrack")
    together = []
    for frame in frames:
        together.append(one.update(frame).ids.tolist())
        other.update(frame[::2])
    assert together == expected


def test_the_detections_are_not_touched() -> None:
    detections = seen(box(100, 300))
    given = peer_detections(detections)
    given.xyxy[:] = 0
    assert detections.xyxy.tolist() == [box(100, 300)]


def test_unsupported_runtimes_are_reported() -> None:
    with pytest.raises(ValueError, match="one of sort, bytetrack, ocsort, botsort, cbiou, mcbyte, got 'deepsort'"):
        PeerTracker("deepsort")
    with pytest.raises(ValueError, match="no camera motion"):
        PeerTracker("sort").update(Detections.empty(), camera_motion=np.eye(2, 3))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trackers", None)
    with pytest.raises(ImportError, match=r'pip install "outrack\[peers\]"'):
        PeerTracker("sort")
