"""Which tracks live long enough to be more than flicker."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks, TrackState
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["Lifetimes"]


@dataclass(slots=True)
class Lifetimes:
    """How long each track has been detected, in the order of their ids.

    Attributes:
        min_age_s: seconds from the first detection to a later one that a track must have lived.
        ids: int64 (N,).
        first_s: time of the first detection, (N,).
        last_s: time of the last one, (N,).
        is_long: it was old enough once, (N,).
    """

    min_age_s: float
    ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    first_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    last_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    is_long: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))

    def add(self, tracks: Tracks, time_s: float) -> None:
        """The tracks of one more frame; those that are not detected say nothing new."""
        seen = tracks.ids[tracks.states == TrackState.DETECTED]
        new = np.setdiff1d(seen, self.ids, assume_unique=True)
        if len(new):
            places = np.searchsorted(self.ids, new)
            self.ids = np.insert(self.ids, places, new)
            self.first_s = np.insert(self.first_s, places, time_s)
            self.last_s = np.insert(self.last_s, places, time_s)
            self.is_long = np.insert(self.is_long, places, False)
        rows = np.searchsorted(self.ids, seen)
        self.last_s[rows] = time_s
        self.is_long[rows] |= time_s - self.first_s[rows] >= self.min_age_s - SAME_INSTANT_S

    def end(self) -> None:
        """There are no more frames: a track that was there in the last one is not held to be short."""
        self.is_long |= self.last_s == self.last_s.max(initial=-np.inf)

    def are_long(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the tracks `ids` (T,) live long enough by what is known now, (T,)."""
        rows = np.searchsorted(self.ids, ids)
        known = np.append(self.ids, -1)[rows] == ids
        return np.asarray(known & np.append(self.is_long, False)[rows])

    def forget_before(self, time_s: float) -> None:
        """Drop tracks that were last detected before."""
        stay = self.last_s >= time_s
        if not stay.all():
            self.ids, self.first_s, self.last_s = self.ids[stay], self.first_s[stay], self.last_s[stay]
            self.is_long = self.is_long[stay]
