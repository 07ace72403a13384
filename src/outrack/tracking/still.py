"""Finds objects that a detector mistakes for people: they never move and never score high."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xyxy_centres
from outrack.tracking.settings import StillSettings
from outrack.tracking.tracklets import SAME_INSTANT_S, Tracklets

__all__ = ["are_static_objects", "note_moves"]


def note_moves(
    tracklets: Tracklets, rows: NDArray[np.intp], seen: NDArray[np.float64], *, within: float, now_s: float
) -> None:
    """Record, in place, which of the tracklets `rows`, detected in this frame, have left the place where they stood.

    Args:
        tracklets: all of them.
        rows: (N,).
        seen: their boxes in this frame, (N, 4).
        within: maximum movement of a standing box, relative to its height.
        now_s: time of the frame.
    """
    centre = xyxy_centres(seen)
    moved = np.abs(centre - tracklets.anchors.take(rows, axis=0))
    far = (np.maximum(moved[:, 0], moved[:, 1]) > within * (seen[:, 3] - seen[:, 1])).nonzero()[0]
    tracklets.anchors[rows[far]] = centre[far]
    tracklets.still_since_s[rows[far]] = now_s


def are_static_objects(tracklets: Tracklets, settings: StillSettings, *, now_s: float) -> NDArray[np.bool_]:
    """Which tracklets are considered objects rather than people, (T,).

    They are kept, so that their detections start no new track, and reappear with their id once they move or score high.
    """
    stands = now_s - tracklets.still_since_s >= settings.after_s - SAME_INSTANT_S
    return np.asarray(stands & (tracklets.best_scores < settings.sure_score))
