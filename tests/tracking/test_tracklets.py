"""Copies of a tracker's memory."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from outrack.boxes import xyxy_centres
from outrack.structures import Detections, TrackState
from outrack.tracking import RefindPolicy, Tracker, TrackerConfig
from tests.tracking.scenes import crowd


def pickled(tracker: Tracker) -> Tracker:
    again = pickle.loads(pickle.dumps(tracker))
    assert isinstance(again, Tracker)
    return again


def crowd_with_points(embedding_dim: int) -> Iterator[Detections]:
    """A dense crowd; every centre of a box is an occlusion centre, too."""
    for found in crowd(5, num_people=30, num_frames=80, embedding_dim=embedding_dim, miss=0.2):
        yield replace(found, occlusions=np.column_stack([xyxy_centres(found.xyxy), np.full(len(found), 0.9)]))


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("embedding_dim", [0, 8])
@pytest.mark.parametrize("refind", ["combined", "official", "gsm"])
def test_a_copy_continues_as_the_original_does_and_leaves_it_alone(
    copied: Callable[[Tracker], Tracker], embedding_dim: int, refind: RefindPolicy
) -> None:
    frames = list(crowd_with_points(embedding_dim))
    tracker, alone = (Tracker(TrackerConfig(refind=refind)) for _ in range(2))
    for frame in frames[:40]:
        tracker.update(frame)
        alone.update(frame)
    again = copied(tracker)
    num_refound = 0
    for frame in frames[40:]:
        want = alone.update(frame)
        num_refound += int((want.states == TrackState.REFOUND).sum())
        for got in (again.update(frame), tracker.update(frame)):
            for name in ("ids", "xyxy", "scores", "class_ids", "states", "detection_index"):
                np.testing.assert_array_equal(getattr(got, name), getattr(want, name))
    assert num_refound
