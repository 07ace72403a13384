"""Public detections as an argument of `update`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.structures import Detections
from outrack.tracking import Tracker
from outrack.tracking.public import starts_at_public, validate_public
from tests.tracking.scenes import box, seen


def test_tracks_start_where_public_detections_lie() -> None:
    tracker = Tracker()
    tracks = tracker.update(seen(box(100, 300), box(400, 300)), public=[box(105, 300)])
    np.testing.assert_allclose(tracks.xyxy, [box(100, 300)])
    assert tracker.update(seen(box(100, 300), box(400, 300)), public=[]).ids.tolist() == [1]  # it goes on without
    tracker.update(seen(box(100, 300), box(400, 300)))  # without the argument, all may start
    assert tracker.update(seen(box(100, 300), box(400, 300)), public=[]).ids.tolist() == [1, 2]


def test_no_public_detection_starts_no_track() -> None:
    for nothing in ([], np.empty((0, 4)), np.empty(0)):
        tracker = Tracker()
        assert len(tracker.update(seen(box(100, 300)), public=nothing)) == 0
        assert len(tracker.update(seen(box(100, 300)), public=nothing)) == 0
    none = np.empty(0, np.intp)
    assert starts_at_public(Detections.empty(), none, np.array([[0.0, 0, 9, 9]])) is none


def test_a_saved_tracker_continues_with_public_detections(tmp_path: Path) -> None:
    tracker = Tracker()
    tracker.update(seen(box(100, 300)), public=[box(100, 300)])
    tracker.save(tmp_path / "state.npz")
    resumed = Tracker.load(tmp_path / "state.npz")
    assert resumed.update(seen(box(100, 300), box(400, 300)), public=[]).ids.tolist() == [1]


@pytest.mark.parametrize(
    ("public", "message"),
    [
        ([[1, 2, 3]], r"public: expected boxes \(P, 4\): x1, y1, x2, y2, got shape \(1, 3\)"),
        ([1, 2, 3, 4], r"got shape \(4,\)"),
        ([[0, 0, 9, 9], [100, 50, 40, 120]], r"x1 <= x2 and y1 <= y2, got \[100.0, 50.0, 40.0, 120.0\] in row 1"),
        ([[0, 0, 9, float("nan")]], "in row 0"),
    ],
)
def test_invalid_boxes_are_refused_before_the_state_changes(public: list[object], message: str) -> None:
    tracker = Tracker()
    tracker.update(seen(box(100, 300)))
    with pytest.raises(ValueError, match=message):
        tracker.update(seen(box(100, 300)), timestamp=9.0, public=public)
    assert tracker.update(seen(box(100, 300)), timestamp=0.5).ids.tolist() == [1]


def test_supervision_detections_start_there_as_well() -> None:
    supervision = pytest.importorskip("supervision")
    found = supervision.Detections(xyxy=np.array([box(100, 300), box(400, 300)]), confidence=np.array([0.9, 0.9]))
    assert Tracker().update(found, public=[box(400, 300)]).tracker_id.tolist() == [1]


def test_public_detections_may_be_detections() -> None:
    boxes = [[10.0, 20.0, 30.0, 60.0]]
    assert validate_public(Detections(boxes, [0.5])).tolist() == boxes
    supervision = pytest.importorskip("supervision")
    assert validate_public(supervision.Detections(xyxy=np.array(boxes))).tolist() == boxes
    with pytest.raises(ValueError, match=r"public: expected boxes .* got no array of numbers"):
        validate_public("det.txt")
