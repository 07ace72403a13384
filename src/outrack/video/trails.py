"""Trajectories: the foot point of each box over the last frames."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks
from outrack.video.colours import Colour

__all__ = ["Trails"]

_MOST_DOTS = 1000  # for one step of one person; enough for a jump across the picture


class Trails:
    """Dots along the trajectories of foot points, the middle of each box's lower edge. Each step is computed once.

    Args:
        length: frames after which a step is removed.
        spacing: pixels between dots.
    """

    def __init__(self, *, length: int, spacing: int) -> None:
        self._length = length
        self._spacing = spacing
        self._frame = 0
        self._feet: dict[int, tuple[int, float, float]] = {}  # last frame and last dot
        self._steps: deque[tuple[NDArray[np.int64], NDArray[np.uint8]]] = deque(maxlen=length)

    def add(self, tracks: Tracks, colours: list[Colour]) -> None:
        """Add one step; `colours` are those of the tracks."""
        self._frame += 1
        ids = tracks.ids.tolist()
        feet = np.stack([(tracks.xyxy[:, 0] + tracks.xyxy[:, 2]) / 2, tracks.xyxy[:, 3]], axis=1)  # (T, 2)
        seen = [self._feet.get(track_id, (0, *foot)) for track_id, foot in zip(ids, feet.tolist(), strict=True)]
        before = np.array(seen, np.float64).reshape(-1, 3)[:, 1:]  # (T, 2)
        step = feet - before
        # No dot until the distance of `spacing` is reached: dots of people who stand still would pile up.
        num_dots = (np.abs(step).max(axis=1, initial=0) / self._spacing).clip(0, _MOST_DOTS).astype(np.int64)
        owner = np.repeat(np.arange(len(ids)), num_dots)  # (D,)
        place = np.arange(len(owner)) - (np.cumsum(num_dots) - num_dots)[owner] + 1
        dots = before[owner] + (place / num_dots[owner])[:, None] * step[owner]
        self._steps.append((np.rint(dots).astype(np.int64), np.array(colours, np.uint8).reshape(-1, 3)[owner]))
        reached = np.where(num_dots[:, None] > 0, feet, before).tolist()
        self._feet.update((track_id, (self._frame, *foot)) for track_id, foot in zip(ids, reached, strict=True))
        oldest = self._frame - self._length
        self._feet = {track_id: foot for track_id, foot in self._feet.items() if foot[0] > oldest}

    def dots(self) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float32]]:
        """Positions x, y (D, 2), colours (D, 3) and opacity (D,), from nearly 0 to 1, of all dots, oldest first."""
        freshness = 1 - np.arange(len(self._steps))[::-1] / self._length
        return (
            np.concatenate([np.empty((0, 2), np.int64), *(dots for dots, _ in self._steps)]),
            np.concatenate([np.empty((0, 3), np.uint8), *(colours for _, colours in self._steps)]),
            np.repeat(freshness, [len(dots) for dots, _ in self._steps]).astype(np.float32),
        )
