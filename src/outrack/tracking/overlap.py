"""How well the boxes of tracks and detections overlap, pair by pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.settings import PartialViewSettings

__all__ = ["upper_iou", "vertical_iou"]

Floats = NDArray[np.float64]


def vertical_iou(a: Floats, b: Floats) -> Floats:
    """Overlap over union of the vertical extents of boxes a[:, p] and b[:, p], (P,); 0 if they do not meet.

    Args:
        a, b: boxes, (4, P).
    """
    _, a1, _, a2 = a
    _, b1, _, b2 = b
    shared = np.minimum(a2, b2) - np.maximum(a1, b1)
    return np.asarray(np.maximum(shared / (np.maximum(a2, b2) - np.minimum(a1, b1)), 0))


def upper_iou(a: Floats, b: Floats, settings: PartialViewSettings) -> Floats:
    """IoU of a[:, p] and b[:, p], (P,), both cut at the height of the lower one; 0 if neither is a part of the other.

    Args:
        a, b: boxes, (4, P).
        settings: when one is a part of the other.
    """
    ax1, ay1, ax2, ay2 = a
    bx1, by1, bx2, by2 = b
    height_a, height_b = ay2 - ay1, by2 - by1
    height = np.minimum(height_a, height_b)
    w = np.minimum(ax2, bx2) - np.maximum(ax1, bx1)
    h = height - np.abs(ay1 - by1)
    shared = np.maximum(w, 0) * np.maximum(h, 0)
    iou = shared / np.maximum((ax2 - ax1 + bx2 - bx1) * height - shared, 1e-9)
    is_part = (iou >= settings.agreement) & (height >= settings.smallest * np.maximum(height_a, height_b))
    return np.asarray(iou * is_part)  # in half the time of `where`
