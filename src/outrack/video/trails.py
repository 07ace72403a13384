"""Where people walked: the last foot points of every identity."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks

__all__ = ["Trails", "dots_along"]

Floats = NDArray[np.float64]


class Trails:
    """Remembers the middle of each box's lower edge for the last `length` frames, and forgets who left."""

    def __init__(self, length: int) -> None:
        self._points: dict[int, deque[tuple[int, float, float]]] = {}
        self._length = length
        self._frame = 0

    def add(self, tracks: Tracks) -> None:
        """Remember one frame."""
        self._frame += 1
        oldest = self._frame - self._length
        for track_id, (x1, _, x2, y2) in zip(tracks.ids.tolist(), tracks.xyxy.tolist(), strict=True):
            self._points.setdefault(track_id, deque()).append((self._frame, (x1 + x2) / 2, y2))
        for track_id, points in list(self._points.items()):
            while points and points[0][0] <= oldest:
                points.popleft()
            if not points:
                del self._points[track_id]

    def of(self, track_id: int) -> tuple[Floats, Floats]:
        """Foot points (P, 2), oldest first, and their freshness (P,) from nearly 0 (about to be forgotten) to 1."""
        rows = np.array(self._points.get(track_id, ()), np.float64).reshape(-1, 3)
        return rows[:, 1:], 1 - (self._frame - rows[:, 0]) / self._length


def dots_along(points: Floats, freshness: Floats, *, spacing: float) -> tuple[Floats, Floats]:
    """Positions (D, 2) about every `spacing` pixels along a polyline (P, 2), with interpolated freshness (D,)."""
    if len(points) < 2:
        return points, freshness
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    stops = np.linspace(0, travelled[-1], max(int(travelled[-1] / spacing) + 1, 2))
    return (
        np.stack([np.interp(stops, travelled, points[:, 0]), np.interp(stops, travelled, points[:, 1])], axis=1),
        np.interp(stops, travelled, freshness),
    )
