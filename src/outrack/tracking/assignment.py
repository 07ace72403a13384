"""Assigns detections to tracks: candidate pairs that pass the gates, and the best one-to-one choice among them.

Candidates are a sparse list of pairs, not a dense matrix: in a crowd of 300 a track has a handful of plausible
detections, and only those are scored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pairs", "assign", "overlapping_pairs", "pairs_in_intervals"]

FEW = 5_000
"""Up to this many pairs, comparing all of them is faster than sorting."""

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
    if not len(a) or not len(b):
        return Pairs.empty(), np.empty(0)
    # Column by column: NumPy is slow along rows of four.
    a, b = np.ascontiguousarray(a.T), np.ascontiguousarray(b.T)
    pairs, shared = _all_shared(a, b) if a.shape[1] * b.shape[1] <= FEW else _near_shared(a, b)
    union = _area(a).take(pairs.rows)
    union += _area(b).take(pairs.cols)
    union -= shared
    return pairs, shared / union


def _all_shared(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """Pairs of boxes (4, N) and (4, M) that share some area, and that area (P,), by looking at all of them."""
    sides = _shared_sides(a[:, :, None], b[:, None]).reshape(2, -1)
    places = (np.minimum(sides[0], sides[1]) > 0).nonzero()[0]
    width, height = sides.take(places, axis=1)
    return Pairs(*np.divmod(places, b.shape[1])), width * height


def _near_shared(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """As `_all_shared`, by looking only at pairs that lie near each other along x."""
    pairs = pairs_in_intervals(a[0] - (b[2] - b[0]).max(), a[2], b[0])
    # Axis by axis: most candidates that overlap along x do not overlap along y.
    for low, high in ((1, 3), (0, 2)):
        rows, cols = pairs
        meet = a[low][rows] < b[high][cols]
        meet &= b[low][cols] < a[high][rows]
        pairs = pairs.where(meet)
    sides = _shared_sides(a.take(pairs.rows, axis=1), b.take(pairs.cols, axis=1))
    has_area = np.minimum(sides[0], sides[1]) > 0
    if not has_area.all():  # of boxes of zero or negative size, which predictions may have
        pairs, sides = pairs.where(has_area), sides[:, has_area]
    return pairs, sides[0] * sides[1]


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
    its column is chosen directly, which leaves a small matrix to solve.

    Args:
        pairs: candidates, each at most once.
        cost: cost of each candidate, (P,).
        limit: highest cost of a pair; one value, or one per pair, (P,).
    """
    gain = cost - limit
    worth = (gain < 0).nonzero()[0]
    rows, cols, gain = pairs.rows.take(worth), pairs.cols.take(worth), gain.take(worth)
    if not len(rows):
        return Pairs(rows, cols)
    alone = (np.bincount(rows)[rows] == 1) & (np.bincount(cols)[cols] == 1)
    if alone.all():
        return Pairs(rows, cols)
    # Importing scipy.optimize takes longer than the rest of the package, and `outrack track --help` does not need it.
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
    """The distinct values, ascending, and the position of each index among them, as np.unique, in a third of the
    time."""
    distinct = np.bincount(indices).nonzero()[0]
    return distinct, distinct.searchsorted(indices)
