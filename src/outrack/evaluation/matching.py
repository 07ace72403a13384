"""Frame-by-frame matches, for scores by visibility: TrackEval's CLEAR and Identity return only sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.evaluation.comparison import EPSILON, MIN_IOU, Comparison
from outrack.linear_assignment import linear_sum_assignment

__all__ = ["clear_matches", "identity_of_tracks"]

Ints = NDArray[np.int64]
Match = tuple[Ints, Ints]
NO_MATCH = -1


def clear_matches(comparison: Comparison) -> list[Match]:
    """Rows and columns of the similarity that CLEAR matches in each frame, as TrackEval does.

    A pair matched in the previous frame stays together while its IoU is at least 0.5; the rest is assigned for the
    largest sum of IoU.
    """
    previous = np.full(comparison.num_truth_ids, NO_MATCH)
    matches = []
    frames = zip(comparison.truth_ids, comparison.result_ids, comparison.similarity, strict=True)
    for people, tracks, similarity in frames:
        if similarity.size == 0:  # the "previous frame" is the last one with both, as in the official code
            matches.append((np.empty(0, np.int64), np.empty(0, np.int64)))
            continue
        worth = 1000.0 * (tracks[None, :] == previous[people][:, None]) + similarity
        worth[similarity < MIN_IOU - EPSILON] = 0
        rows, columns = linear_sum_assignment(worth, maximize=True)
        matched = worth[rows, columns] > EPSILON
        rows, columns = rows[matched], columns[matched]
        previous[:] = NO_MATCH
        previous[people[rows]] = tracks[columns]
        matches.append((rows, columns))
    return matches


def identity_of_tracks(comparison: Comparison) -> Ints:
    """The person assigned to each track, int64 (tracks,), -1 for none: the one-to-one assignment of IDF1, which has the
    most boxes with the correct identity."""
    together = np.zeros((comparison.num_truth_ids, comparison.num_result_ids))
    frames = zip(comparison.truth_ids, comparison.result_ids, comparison.similarity, strict=True)
    for people, tracks, similarity in frames:
        rows, columns = np.nonzero(similarity >= MIN_IOU)
        together[people[rows], tracks[columns]] += 1
    identity = np.full(comparison.num_result_ids, NO_MATCH)
    rows, columns = linear_sum_assignment(together, maximize=True)
    useful = together[rows, columns] > 0
    identity[columns[useful]] = rows[useful]
    return identity
