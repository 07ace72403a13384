"""More people in a frame than the 500 that the paper's networks give at most: a tracker has no such limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outrack.structures import Detections, TrackState
from outrack.tracking import RefindPolicy, Tracker, TrackerConfig

NUM_PEOPLE = 650
COLUMNS = 50


def packed(t: int) -> Detections:
    """650 people in rows, each partly behind the next row; all walk to the right. Each is missed in every 7th frame."""
    k = np.arange(NUM_PEOPLE)
    feet = np.stack([35.0 * (k % COLUMNS) + 2 * t, 100 + 50.0 * (k // COLUMNS)], axis=1)
    xyxy = np.concatenate([feet - np.array([15, 100]), feet + np.array([15, 0])], axis=1)
    seen = np.flatnonzero((k + t) % 7 != 6) if t > 3 else k
    rng = np.random.default_rng(1)
    looks = rng.normal(size=(NUM_PEOPLE, 16)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    hidden = np.setdiff1d(k, seen)
    points = (
        (feet[hidden] - [0, 25]) if len(hidden) else np.empty((0, 2))
    )  # the middle of the overlap with the next row
    return Detections(
        xyxy[seen],
        np.full(len(seen), 0.9),
        embeddings=looks[seen],
        occlusions=np.column_stack([points, np.full(len(points), 0.9)]),
        displacements=np.tile([-2.0, 0.0], (len(seen), 1)),
    )


@pytest.mark.parametrize("policy", ["off", "geometric", "paper", "combined", "official", "gsm"])
@pytest.mark.parametrize("make", [TrackerConfig.fairmot, TrackerConfig.centertrack], ids=["FairMOT", "CenterTrack"])
def test_all_people_are_tracked(make, policy: RefindPolicy) -> None:
    tracker = Tracker(replace(make(refind=policy), max_lost_s=1.0))
    refound, ids = 0, set()
    for t in range(9):
        detections = packed(t)
        tracks = tracker.update(detections)
        assert len(tracks) >= len(detections)
        assert len(np.unique(tracks.ids)) == len(tracks)
        refound += int((tracks.states == TrackState.REFOUND).sum())
        ids |= set(tracks.ids.tolist())
    assert ids == set(range(1, NUM_PEOPLE + 1))  # no person got a second id
    assert (refound > 100) == (policy != "off")


def test_all_start_where_all_are_public_detections() -> None:
    assert len(Tracker().update(packed(0), public=packed(0).xyxy)) == NUM_PEOPLE
