"""MOTChallenge's public mode: all trackers get the same detections, and tracks may start only there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xyxy_area, xyxy_centres
from outrack.structures import Detections
from outrack.structures.foreign import is_supervision

__all__ = ["starts_at_public", "validate_public"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def starts_at_public(detections: Detections, free: Indices, public: Floats) -> Indices:
    """Those rows of `detections` among `free` (F,) that may start a track.

    The rule is that of CenterTrack and OUTrack (notes#centertrack-tracking): for each public detection, in turn, the
    nearest free box may start a track if the squared distance of their centres is less than the area of that box. With
    CenterTrack the centre in the previous frame is used, as in its code.

    Args:
        detections: detections of this frame.
        free: rows of unassigned detections whose score is high enough to start a track.
        public: boxes of the public detections of this frame, (P, 4).
    """
    if not len(free):
        return free
    xyxy = detections.xyxy[free]
    centre = xyxy_centres(xyxy)
    if detections.displacements is not None:
        centre = centre + detections.displacements[free]
    squared = ((xyxy_centres(public)[:, None] - centre) ** 2).sum(axis=2)  # (P, F)
    squared = np.where(squared < xyxy_area(xyxy), squared, np.inf)
    chosen = np.zeros(len(free), np.bool_)
    for distance in squared:
        nearest = distance.argmin()
        if np.isfinite(distance[nearest]):
            chosen[nearest] = True
            squared[:, nearest] = np.inf
    return free[chosen]


def validate_public(public: object) -> Floats:
    """Boxes of public detections as an array (P, 4), from an array, `Detections` or `supervision.Detections`.

    Raises:
        ValueError: they are not finite boxes, or one has x2 < x1 or y2 < y1.
    """
    given: Any = public.xyxy if isinstance(public, Detections) or is_supervision(public) else public
    try:
        boxes = np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"public: expected boxes (P, 4): x1, y1, x2, y2, got no array of numbers ({error})") from error
    if boxes.size == 0:
        return np.empty((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"public: expected boxes (P, 4): x1, y1, x2, y2, got shape {boxes.shape}")
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        bad = int((~np.isfinite(boxes).all(axis=1) | (boxes[:, 2:] < boxes[:, :2]).any(axis=1)).argmax())
        raise ValueError(
            "public: expected corners x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, got "
            f"{boxes[bad].tolist()} in row {bad}"
        )
    return boxes
