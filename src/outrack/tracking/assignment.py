"""Assigns detections to tracks: candidate pairs that pass the gates, and the best one-to-one choice among them.

Candidates are a sparse list of pairs, not a dense matrix: in a crowd of 300 a track has a handful of plausible
detections, and only those are scored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.linear_assignment import linear_sum_assignment

__all__ = ["Pairs", "assign", "best_pairs", "overlapping_pairs", "pairs_in_intervals", "shared_areas"]

# These three only choose the fastest way to one and the same result, so they are no settings.
FEW = 5_000
"""Up to this many pairs, comparing all of them is faster than sorting."""
MANY = 500
"""From so many ambiguous pairs, one assignment of all takes longer than dividing them into groups."""
GROUPS_AT_ONCE = 32
"""A group has two or three rows, and an assignment of 70 rows takes little longer than one of three."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Pairs(NamedTuple):
    """Pairs of a row (track) and a column (detection): two index arrays (P,)."""

    rows: Indices
    cols: Indices

    @classmethod
    def empty(cls) -> Pairs:
        """No pairs."""
        return cls(np.empty(0, np.intp), np.empty(0, np.intp))

    def where(self, keep: Mask) -> Pairs:
        """The pairs marked by `keep` (P,)."""
        places = keep.nonzero()[0]
        return Pairs(self.rows.take(places), self.cols.take(places))


def pairs_in_intervals(low: Floats, high: Floats, keys: Floats) -> Pairs:
    """All pairs (row, col) with low[row] <= keys[col] <= high[row], found by sorting the keys once."""
    order = keys.argsort()
    ranked = keys[order]
    first = ranked.searchsorted(low, side="left")
    count = np.maximum(ranked.searchsorted(high, side="right") - first, 0)
    rows = np.arange(len(low)).repeat(count)
    # Position within each row's run of keys: a global counter minus the start of the run.
    place = np.arange(len(rows)) + (first + count - count.cumsum())[rows]
    return Pairs(rows, order[place])


def overlapping_pairs(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """Pairs of boxes (N, 4) and (M, 4) that share some area, and their IoU (P,)."""
    a, b = _columns(a), _columns(b)
    pairs, shared = _shared(a, b)
    union = _area(a).take(pairs.rows)
    union += _area(b).take(pairs.cols)
    union -= shared
    return pairs, shared / union


def shared_areas(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """Pairs of boxes (N, 4) and (M, 4) that share some area, and that area (P,)."""
    return _shared(_columns(a), _columns(b))


def _columns(boxes: Floats) -> Floats:
    """Boxes (N, 4) as (4, N): NumPy is slow along rows of four."""
    return np.ascontiguousarray(boxes.T)


def _shared(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """As `shared_areas`, of boxes (4, N) and (4, M)."""
    num_pairs = a.shape[1] * b.shape[1]
    if not num_pairs:
        return Pairs.empty(), np.empty(0)
    return _all_shared(a, b) if num_pairs <= FEW else _near_shared(a, b)


def _all_shared(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """By looking at all pairs."""
    sides = _shared_sides(a[:, :, None], b[:, None]).reshape(2, -1)
    places = (np.minimum(sides[0], sides[1]) > 0).nonzero()[0]
    width, height = sides.take(places, axis=1)
    rows = places // b.shape[1]
    return Pairs(rows, places - rows * b.shape[1]), width * height


def _near_shared(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """By looking only at pairs that lie near each other along x."""
    pairs = pairs_in_intervals(a[0] - (b[2] - b[0]).max(), a[2], b[0])
    # Most of them are apart along y.
    meet = a[1].take(pairs.rows) < b[3].take(pairs.cols)
    meet &= b[1].take(pairs.cols) < a[3].take(pairs.rows)
    pairs = pairs.where(meet)
    sides = _shared_sides(a.take(pairs.rows, axis=1), b.take(pairs.cols, axis=1))
    places = (np.minimum(sides[0], sides[1]) > 0).nonzero()[0]
    width, height = sides.take(places, axis=1)
    return Pairs(pairs.rows.take(places), pairs.cols.take(places)), width * height


def _shared_sides(a: Floats, b: Floats) -> Floats:
    """Width and height of what boxes (4, ...) share, (2, ...); 0 or less where they do not meet."""
    sides = np.minimum(a[2:], b[2:])
    sides -= np.maximum(a[:2], b[:2])
    return sides


def _area(boxes: Floats) -> Floats:
    """Of boxes (4, N)."""
    width, height = boxes[2:] - boxes[:2]
    return np.asarray(width * height)


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
    gain = cost - limit
    worth = (gain < 0).nonzero()[0]
    return best_pairs(Pairs(pairs.rows.take(worth), pairs.cols.take(worth)), gain.take(worth))


def best_pairs(pairs: Pairs, gain: Floats) -> Pairs:
    """As `assign`, of pairs that are all worth it: `gain` (P,), cost - limit, is below 0."""
    rows, cols = pairs
    if not len(rows):
        return pairs
    compete = (np.bincount(rows).take(rows) > 1) | (np.bincount(cols).take(cols) > 1)
    rest = compete.nonzero()[0]
    if not len(rest):
        return pairs
    choose = _best if len(rest) <= MANY else _best_by_groups
    compete[rest] = ~choose(rows[rest], cols[rest], gain[rest])
    return pairs.where(~compete)


def _best(rows: Indices, cols: Indices, gain: Floats) -> Mask:
    """Which pairs (P,) make the smallest sum of gains."""
    row_ids, r = _compact(rows)
    col_ids, c = _compact(cols)
    matrix = np.zeros((len(row_ids), len(col_ids)))
    matrix[r, c] = gain
    col_of = np.full(len(row_ids), -1)
    chosen_rows, chosen_cols = linear_sum_assignment(matrix)
    col_of[chosen_rows] = chosen_cols
    return np.asarray(col_of[r] == c)


def _best_by_groups(rows: Indices, cols: Indices, gain: Floats) -> Mask:
    """As `_best`, group by group of pairs that have no row and no column in common with others."""
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
        keep[places] = _best(rows[places], cols[places], gain[places])
    return keep


def _compact(indices: Indices) -> tuple[Indices, Indices]:
    """The distinct values, ascending, and the position of each index among them, as np.unique, in a third of the
    time."""
    distinct = np.bincount(indices).nonzero()[0]
    return distinct, distinct.searchsorted(indices)
