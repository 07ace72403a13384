"""Identities without labels: a track that was detected with confidence in every frame counts as one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks, TrackState

__all__ = ["num_unproven_pairs", "sure_tracklets"]


def sure_tracklets(tracks: Sequence[Tracks], *, min_score: float, min_frames: int) -> list[NDArray[np.int64]]:
    """The tracks that were detected with confidence in one frame after the other: of each id the longest such run.

    The identities are the tracker's: one that switched to another person unnoticed is two people under one id, and
    a person who was lost and found under a new id is one person under two.

    Args:
        tracks: what the tracker said of each frame, consecutive.
        min_score: a box with less ends a run, as does a box that was refound or predicted.
        min_frames: shorter runs are left out.

    Returns:
        For each frame the rows of its tracks that count, rising.

    Raises:
        ValueError: `min_frames` is not positive.
    """
    if min_frames < 1:
        raise ValueError(f"min_frames: expected 1 frame or more, got {min_frames}")
    seen: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for frame, of_frame in enumerate(tracks):
        is_sure = (of_frame.states == TrackState.DETECTED) & (of_frame.scores >= min_score)
        for row in np.flatnonzero(is_sure).tolist():
            seen[int(of_frame.ids[row])].append((frame, row))
    kept: list[list[int]] = [[] for _ in tracks]
    for places in seen.values():
        frames = np.array([frame for frame, _ in places])
        runs = np.split(np.arange(len(places)), np.flatnonzero(np.diff(frames) > 1) + 1)
        longest = max(runs, key=len)
        if len(longest) >= min_frames:
            for place in longest.tolist():
                frame, row = places[place]
                kept[frame].append(row)
    return [np.array(sorted(rows), np.int64) for rows in kept]


def num_unproven_pairs(ids: Sequence[NDArray[np.int64]]) -> int:
    """How many pairs of identities never share a frame. Two people in one frame are two; these might be one.

    Args:
        ids: identities in each frame.
    """
    identities = {identity for of_frame in ids for identity in of_frame.tolist()}
    together = {pair for of_frame in ids for pair in combinations(sorted(set(of_frame.tolist())), 2)}
    return len(identities) * (len(identities) - 1) // 2 - len(together)
