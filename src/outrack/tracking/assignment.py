"""The best one-to-one choice among candidate pairs of tracks and detections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.linear_assignment import linear_sum_assignment
from outrack.tracking.pairs import Pairs

__all__ = ["assign", "best_pairs"]

# These two only choose the fastest way to one and the same result, so they are no settings.
MANY = 500
"""From so many ambiguous pairs, one assignment of all takes longer than dividing them into groups."""
GROUPS_AT_ONCE = 32
"""A group has two or three rows, and an assignment of 70 rows takes little longer than one of three."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


def assign(pairs: Pairs, cost: Floats, limit: float | Floats) -> Pairs:
    """The one-to-one choice of pairs that minimises the sum of (cost - limit); pairs above the limit are never chosen.

    This is what FairMOT's `lap.lapjv(extend_cost=True, cost_limit=limit)` chooses, in a form that SciPy solves: an
    unassigned row costs nothing, and a pair is worth `cost - limit` < 0. A pair that is the only one of its row and of
    its column is chosen directly, which leaves a small matrix to solve, or several of them in a large crowd.

    Args:
        pairs: candidates, each at most once.
        cost: cost of each candidate, (P,).
        limit: highest cost of a pair; one value, or one per pair, (P,).
    """
    excess = cost - limit
    worth = (excess < 0).nonzero()[0]
    return best_pairs(Pairs(pairs.rows.take(worth), pairs.cols.take(worth)), excess.take(worth))


def best_pairs(pairs: Pairs, excess: Floats) -> Pairs:
    """As `assign`, of pairs that all cost less than their limit: `excess` (P,) is cost - limit, below 0."""
    rows, cols = pairs
    if not len(rows):
        return pairs
    compete = (np.bincount(rows).take(rows) > 1) | (np.bincount(cols).take(cols) > 1)
    rest = compete.nonzero()[0]
    if not len(rest):
        return pairs
    choose = _best if len(rest) <= MANY else _best_by_groups
    compete[rest] = ~choose(rows[rest], cols[rest], excess[rest])
    return pairs.where(~compete)


def _best(rows: Indices, cols: Indices, excess: Floats) -> Mask:
    """Which pairs (P,) belong to the one-to-one choice with the smallest sum of `excess`."""
    row_ids, r = _compact(rows)
    col_ids, c = _compact(cols)
    matrix = np.zeros((len(row_ids), len(col_ids)))
    matrix[r, c] = excess
    col_of = np.full(len(row_ids), -1)
    chosen_rows, chosen_cols = linear_sum_assignment(matrix)
    col_of[chosen_rows] = chosen_cols
    return np.asarray(col_of[r] == c)


def _best_by_groups(rows: Indices, cols: Indices, excess: Floats) -> Mask:
    """`_best`, group by group: pairs of different groups have no row and no column in common."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first_col = rows.max() + 1
    size = first_col + cols.max() + 1
    graph = coo_array((np.ones(len(rows), np.int8), (rows, first_col + cols)), shape=(size, size))
    group_of = connected_components(graph, directed=False)[1].astype(np.intp)
    _, group = _compact(group_of[rows])
    batch = group // GROUPS_AT_ONCE
    keep = np.zeros(len(rows), np.bool_)
    for number in range(batch.max() + 1):
        places = (batch == number).nonzero()[0]
        keep[places] = _best(rows[places], cols[places], excess[places])
    return keep


def _compact(indices: Indices) -> tuple[Indices, Indices]:
    """The distinct values, ascending, and the position of each index among them: np.unique in a third of its time."""
    distinct = np.bincount(indices).nonzero()[0]
    return distinct, distinct.searchsorted(indices)
