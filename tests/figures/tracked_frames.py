"""Frames with tracks that are written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from outrack.figures import TrackedFrame
from outrack.structures import Detections, Frame, Tracks, TrackState


def tracked(
    index: int,
    boxes: Sequence[Sequence[float]],
    ids: Sequence[int],
    *,
    refound: Sequence[int] = (),
    occlusions: Sequence[Sequence[float]] | None = (),
) -> TrackedFrame:
    """A frame of 120x80 with tracked boxes; those in `refound` were recovered, the others are detected."""
    xyxy = np.array(boxes, float).reshape(-1, 4)
    states = np.array([TrackState.REFOUND if i in refound else TrackState.DETECTED for i in ids], np.int64)
    n = len(ids)
    tracks = Tracks(xyxy, np.array(ids, np.int64), np.ones(n), np.zeros(n, np.int64), states, np.arange(n))
    points = None if occlusions is None else np.array(occlusions, float).reshape(-1, 3)
    detections = Detections(xyxy[states == TrackState.DETECTED], np.ones(int((states == 0).sum())), occlusions=points)
    return TrackedFrame(Frame(np.full((80, 120, 3), 90, np.uint8), index, index / 10), detections, tracks, None)
