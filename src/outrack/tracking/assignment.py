"""Which track gets which detection: candidate pairs that passed the gates, and the best one-to-one choice among them.

Candidates are a sparse list of pairs, not a dense matrix: in a crowd of 300 a track has a handful of plausible
detections, and only those are ever scored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pairs", "assign", "overlapping_pairs", "pairs_in_intervals"]

FEW = 2_000
"""Up to so many pairs, comparing all of them is quicker than sorting."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Pairs(NamedTuple):
    """Pairs of a row (track) and a column (detection): two index arrays (P,)."""

    rows: Indices
    cols: Indices

    @classmethod
    def empty(cls) -> Pairs:
        """No pairs."""
        return cls(np.empty(0, np.intp), np.empty(0, np.intp))

    def where(self, keep: NDArray[np.bool_]) -> Pairs:
        """The pairs that `keep` (P,) marks."""
        return Pairs(self.rows[keep], self.cols[keep])


def pairs_in_intervals(low: Floats, high: Floats, keys: Floats) -> Pairs:
    """All pairs (row, col) with low[row] <= keys[col] <= high[row], found by sorting the keys once."""
    order = np.argsort(keys)
    ranked = keys[order]
    first = np.searchsorted(ranked, low, side="left")
    count = np.maximum(np.searchsorted(ranked, high, side="right") - first, 0)
    rows = np.repeat(np.arange(len(low)), count)
    # Position within each row's run of keys: a global counter minus the start of the run.
    within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return Pairs(rows, order[first[rows] + within])


def overlapping_pairs(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """Pairs of boxes (N, 4) and (M, 4) that share some area, and their IoU (P,)."""
    if not len(a) or not len(b):
        return Pairs.empty(), np.empty(0)
    # Column by column: NumPy is slow along rows of four.
    ax1, ay1, ax2, ay2 = np.ascontiguousarray(a.T)
    bx1, by1, bx2, by2 = np.ascontiguousarray(b.T)
    if len(a) * len(b) <= FEW:
        meets = ax1[:, None] < bx2
        meets &= bx1 < ax2[:, None]
        pairs = Pairs(*meets.nonzero())
    else:
        pairs = pairs_in_intervals(ax1 - (bx2 - bx1).max(), ax2, bx1)
    # Axis by axis: most candidates that meet along x do not meet along y and go no further.
    height = _shared(ay1, ay2, by1, by2, pairs)
    meet = height > 0
    pairs, height = pairs.where(meet), height[meet]
    width = _shared(ax1, ax2, bx1, bx2, pairs)
    meet = width > 0
    pairs, shared = pairs.where(meet), width[meet] * height[meet]
    area_a, area_b = (ax2 - ax1) * (ay2 - ay1), (bx2 - bx1) * (by2 - by1)
    return pairs, shared / (area_a[pairs.rows] + area_b[pairs.cols] - shared)


def _shared(a1: Floats, a2: Floats, b1: Floats, b2: Floats, pairs: Pairs) -> Floats:
    """Length that the intervals of each pair share, (P,); negative where they do not meet."""
    rows, cols = pairs
    return np.minimum(a2[rows], b2[cols]) - np.maximum(a1[rows], b1[cols])


def assign(pairs: Pairs, cost: Floats, limit: float) -> Pairs:
    """The one-to-one choice of pairs that minimises the sum of (cost - limit); pairs above the limit are never chosen.

    This is what FairMOT's `lap.lapjv(extend_cost=True, cost_limit=limit)` chooses, in a form that SciPy solves: an
    unassigned row costs nothing, and a pair is worth `cost - limit` < 0. A pair that is the only one of its row and of
    its column is taken at once, which leaves a small matrix to solve.

    Args:
        pairs: candidates, each at most once.
        cost: cost of each candidate, (P,).
        limit: cost from which a pair is not worth making.
    """
    worth = cost < limit
    rows, cols, gain = pairs.rows[worth], pairs.cols[worth], cost[worth] - limit
    if not len(rows):
        return Pairs(rows, cols)
    alone = (np.bincount(rows)[rows] == 1) & (np.bincount(cols)[cols] == 1)
    if alone.all():
        return Pairs(rows, cols)
    # Loading scipy.optimize takes longer than all the rest of the package; `outrack track --help` need not wait for it.
    from scipy.optimize import linear_sum_assignment

    rest = ~alone
    row_ids, r = _compact(rows[rest])
    col_ids, c = _compact(cols[rest])
    matrix = np.zeros((len(row_ids), len(col_ids)))
    matrix[r, c] = gain[rest]
    r, c = linear_sum_assignment(matrix)
    chosen = matrix[r, c] < 0
    return Pairs(
        np.concatenate([rows[alone], row_ids[r[chosen]]]),
        np.concatenate([cols[alone], col_ids[c[chosen]]]),
    )


def _compact(indices: Indices) -> tuple[Indices, Indices]:
    """The distinct values, ascending, and where among them each index stands. As np.unique, in a third of the time."""
    distinct = np.bincount(indices).nonzero()[0]
    return distinct, np.searchsorted(distinct, indices)
