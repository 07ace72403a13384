"""Candidate pairs of tracks and detections: those that lie near each other, or share some area.

They are a sparse list, not a dense matrix: in a crowd of 300 a track has a handful of plausible detections, and only
those are scored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pairs", "overlapping_pairs", "pairs_in_intervals", "shared_areas"]

FEW = 5_000
"""Up to this many pairs, comparing all of them is faster than sorting. No setting: the result is the same."""

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
    """`shared_areas` of boxes (4, N) and (4, M)."""
    num_pairs = a.shape[1] * b.shape[1]
    if not num_pairs:
        return Pairs.empty(), np.empty(0)
    return _all_shared(a, b) if num_pairs <= FEW else _near_shared(a, b)


def _all_shared(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """`_shared`, by comparing all pairs."""
    sides = _shared_sides(a[:, :, None], b[:, None]).reshape(2, -1)
    places = (np.minimum(sides[0], sides[1]) > 0).nonzero()[0]
    width, height = sides.take(places, axis=1)
    rows = places // b.shape[1]
    return Pairs(rows, places - rows * b.shape[1]), width * height


def _near_shared(a: Floats, b: Floats) -> tuple[Pairs, Floats]:
    """`_shared`, by comparing only pairs that lie near each other along x."""
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
    """Areas (N,) of boxes (4, N)."""
    width, height = boxes[2:] - boxes[:2]
    return np.asarray(width * height)
