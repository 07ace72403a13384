"""Tracklets as identities: confident runs, and pairs that might be one person."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.tracklets import num_unproven_pairs, sure_tracklets
from outrack.structures import Tracks, TrackState


def frame(*people: tuple[int, float, TrackState]) -> Tracks:
    n = len(people)
    return Tracks(
        xyxy=np.tile([0.0, 0, 10, 20], (n, 1)),
        ids=np.array([identity for identity, _, _ in people], np.int64),
        scores=np.array([score for _, score, _ in people], float),
        class_ids=np.zeros(n, np.int64),
        states=np.array([state for _, _, state in people], np.int64),
        detection_index=np.arange(n),
    )


SEEN, REFOUND = TrackState.DETECTED, TrackState.REFOUND


def test_of_each_identity_the_longest_unbroken_run_counts() -> None:
    tracks = [
        frame((1, 0.9, SEEN), (2, 0.9, SEEN)),
        frame((2, 0.4, SEEN), (1, 0.9, SEEN)),  # 2 is doubtful
        frame((2, 0.9, SEEN)),  # 1 is away
        frame((1, 0.9, SEEN), (2, 0.9, SEEN), (3, 0.9, SEEN)),
        frame((1, 0.9, REFOUND), (2, 0.9, SEEN), (3, 0.9, SEEN)),
        frame(),
    ]
    rows = sure_tracklets(tracks, min_score=0.5, min_frames=2)
    assert [of_frame.tolist() for of_frame in rows] == [[0], [1], [0], [1, 2], [1, 2], []]
    rows = sure_tracklets(tracks, min_score=0.5, min_frames=3)
    assert [of_frame.tolist() for of_frame in rows] == [[], [], [0], [1], [1], []]
    assert sure_tracklets([], min_score=0.5, min_frames=1) == []
    with pytest.raises(ValueError, match="min_frames: expected 1 frame or more, got 0"):
        sure_tracklets(tracks, min_score=0.5, min_frames=0)


def test_who_never_shares_a_frame_might_be_one_person() -> None:
    together = [np.array([1, 2]), np.array([2, 3]), np.array([], np.int64)]
    assert num_unproven_pairs(together) == 1  # 1 and 3
    assert num_unproven_pairs([np.array([4])]) == num_unproven_pairs([]) == 0
