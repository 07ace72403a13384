"""Lost object refinding (paper Sec. 3.2.2): where is an object that the detector missed because another one hides it?

Every function here is pure: predicted boxes of lost tracks, boxes of their possible occluders and predicted occlusion
centres go in; which tracks are refound, and where, comes out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import gaussian_radius, intersection_area, xyxy_area
from outrack.tracking.assignment import Pairs, overlapping_pairs

__all__ = [
    "Refound",
    "is_covered",
    "recover_box",
    "recover_coordinate",
    "refind_as_official",
    "refind_by_geometry",
    "refind_by_points",
]

Floats = NDArray[np.float64]


class Refound(NamedTuple):
    """The lost tracks that were refound.

    Attributes:
        lost: rows of the refound tracks among the lost boxes, (R,), ascending.
        occluder: row of the box that hides each, (R,).
        xyxy: recovered boxes, (R, 4).
        measured: where the box was recovered from an occlusion point and not merely predicted, bool (R,): such a track
            lives on with it (Algorithm 1, line 22).
    """

    lost: NDArray[np.intp]
    occluder: NDArray[np.intp]
    xyxy: Floats
    measured: NDArray[np.bool_]

    @classmethod
    def predicted(cls, lost: NDArray[np.intp], occluder: NDArray[np.intp], xyxy: Floats) -> Refound:
        """Refound where they, or with GSM their neighbours, let expect them: nothing measures that."""
        return cls(lost, occluder, xyxy, np.zeros(len(lost), np.bool_))

    @classmethod
    def empty(cls) -> Refound:
        """No track is refound."""
        none = np.empty(0, np.intp)
        return cls.predicted(none, none, np.empty((0, 4)))

    def with_others(self, others: Refound) -> Refound:
        """These, and `others` whose `lost` are not among these. Occluders stay rows of each rule's own boxes."""
        order = np.argsort(np.concatenate([self.lost, others.lost]))
        return Refound(*(np.concatenate(both)[order] for both in zip(self, others, strict=True)))


def recover_coordinate(a1: Floats, a2: Floats, b1: Floats, b2: Floats, z: Floats) -> Floats:
    """F of paper Eq. 16: where interval a starts, if its overlap with b is centred on z and its length is a2 - a1.

    The case is chosen by where the predicted interval lies, as printed in the paper. In the last case (a covers b) the
    overlap is b itself and says nothing of a, so the prediction stays.
    """
    return np.select(
        [(a1 <= b1) & (a2 <= b2), (a1 > b1) & (a2 <= b2), (a1 > b1) & (a2 > b2)],
        [2 * z - b1 - (a2 - a1), z - (a2 - a1) / 2, 2 * z - b2],
        default=a1,
    )


def recover_box(predicted: Floats, occluder: Floats, point: Floats) -> Floats:
    """Paper Eq. 15, row by row: predicted boxes (P, 4), occluders (P, 4), occlusion centres (P, 2) to boxes (P, 4)."""
    x1 = recover_coordinate(predicted[:, 0], predicted[:, 2], occluder[:, 0], occluder[:, 2], point[:, 0])
    y1 = recover_coordinate(predicted[:, 1], predicted[:, 3], occluder[:, 1], occluder[:, 3], point[:, 1])
    corner = np.stack([x1, y1], axis=1)
    return np.concatenate([corner, corner + predicted[:, 2:] - predicted[:, :2]], axis=1)


def refind_by_points(
    lost: Floats, occluders: Floats, points: Floats, *, threshold: float = 0.7, sigma: float = 1 / 3
) -> Refound:
    """The paper's rule: the best pair of an occluder j and an occlusion centre k, if G(O(lost, j), k) > threshold.

    Args:
        lost: predicted boxes of lost tracks, (L, 4).
        occluders: boxes seen in this frame, (J, 4).
        points: occlusion centres, (K, 2) or (K, 3) with scores, which are not used here.
        threshold: tau_o, paper Sec. 3.2.2.
        sigma: standard deviation of G, as a share of the overlap's Gaussian radius. 1/3 is the kernel of the heat map
            (CornerNet); the official code takes 1, which accepts points three times farther away.
    """
    if not len(points):
        return Refound.empty()
    pairs, _ = overlapping_pairs(lost, occluders)
    a, b = lost[pairs.rows], occluders[pairs.cols]
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    w, h = (high - low).T
    centre, radius = (low + high) / 2, gaussian_radius(h, w)

    xy = points[:, :2]
    squared = ((xy - centre[:, None]) ** 2).sum(axis=2)
    likeness = np.where(
        _contains(a, xy), np.exp(-squared / (2 * (sigma * radius[:, None]) ** 2)), 0.0
    )  # G, paper Eq. 10
    return _best_of_each(pairs, likeness, xy, lost, occluders, threshold)


def _best_of_each(
    pairs: Pairs, likeness: Floats, points: Floats, lost: Floats, occluders: Floats, threshold: float
) -> Refound:
    """The argmax over (j, k) of every lost track, recovered where it is above the threshold."""
    if likeness.size == 0:
        return Refound.empty()
    point = likeness.argmax(axis=1)
    value = likeness[np.arange(len(point)), point]
    # Last write wins: going through the pairs from worst to best leaves the best of each lost track.
    order = np.argsort(value, kind="stable")
    best = np.full(len(lost), -1)
    best[pairs.rows[order]] = order
    found = np.flatnonzero((best >= 0) & (value[best] > threshold))
    chosen = best[found]
    occluder = pairs.cols[chosen]
    boxes = recover_box(lost[found], occluders[occluder], points[point[chosen]])
    return Refound(found, occluder, boxes, np.ones(len(found), np.bool_))


def refind_by_geometry(lost: Floats, occluders: Floats, *, min_covered: float = 0.3) -> Refound:
    """For detectors that predict no occlusions: a lost track is hidden when a nearer object covers its predicted box.

    Nearer is judged by the feet: on a common ground plane, who stands lower in the picture stands in front. The
    prediction is returned unchanged, since nothing in the frame says better. This rule is ours, not the paper's.

    Args:
        lost: predicted boxes of lost tracks, (L, 4).
        occluders: boxes of people seen in this frame, (J, 4).
        min_covered: share of the lost box that one occluder must cover.
    """
    covered = intersection_area(lost, occluders) / np.maximum(xyxy_area(lost), 1e-9)[:, None]
    covered[occluders[None, :, 3] < lost[:, None, 3]] = 0
    if covered.size == 0:
        return Refound.empty()
    occluder = covered.argmax(axis=1)
    found = np.flatnonzero(covered[np.arange(len(lost)), occluder] > min_covered)
    return Refound.predicted(found, occluder[found], lost[found])


def refind_as_official(lost: Floats, tracked: Floats, points: Floats, *, min_score: float = 0.1) -> Refound:
    """What the authors' code does instead of Eq. 15 and 16 (notes#official-refinding).

    A lost track is shown again at its predicted box when any occlusion centre lies inside both that box and the box of
    a tracked one. The recovered box of Eq. 15 is computed there, but never reaches the output. The caller asks only
    for tracks that were covered within the last two frames (notes#official-refinding).

    Args:
        lost: predicted boxes of lost tracks, (L, 4).
        tracked: boxes of tracked ones, (J, 4).
        points: occlusion centres with scores, (K, 3); those below `min_score` do not count.
    """
    xy = points[points[:, 2] >= min_score, :2]
    in_lost = _contains(lost, xy)
    shared = in_lost.astype(np.intp) @ _contains(tracked, xy).T  # (L, J): how many centres lie inside both
    found = np.flatnonzero(shared.sum(axis=1))
    occluder = shared[found].argmax(axis=1) if len(found) else np.empty(0, np.intp)
    return Refound.predicted(found, occluder, lost[found])


def is_covered(boxes: Floats, *, by: NDArray[np.bool_], min_covered: float = 0.2) -> NDArray[np.bool_]:
    """Which boxes (T, 4) one other box of those marked in `by` (T,) covers by more than `min_covered`, (T,)."""
    shared = intersection_area(boxes, boxes) / np.maximum(xyxy_area(boxes), 1e-9)[:, None]
    np.fill_diagonal(shared, 0)
    return np.asarray((shared[:, by] > min_covered).any(axis=1))


def _contains(boxes: Floats, xy: Floats) -> NDArray[np.bool_]:
    """Which points (K, 2) lie strictly inside which boxes (N, 4), (N, K)."""
    x, y = xy[:, 0], xy[:, 1]
    x1, y1, x2, y2 = boxes.T[:, :, None]
    return np.asarray((x > x1) & (x < x2) & (y > y1) & (y < y2))
