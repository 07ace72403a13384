"""Finds tracks that live long enough not to be flicker."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks, TrackState
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["Lifetimes"]


@dataclass(slots=True)
class Lifetimes:
    """The time span in which each track was detected, sorted by id.

    Attributes:
        min_age_s: minimum seconds from the first detection to a later one.
        ids: int64 (N,).
        first_s: time of the first detection, (N,).
        last_s: time of the last one, (N,).
        shown_s: time of the last box of any state, (N,).
        is_long: it has reached the minimum age, (N,).
    """

    min_age_s: float
    ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    first_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    last_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    shown_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    is_long: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))

    def add(self, tracks: Tracks, time_s: float) -> None:
        """Add the tracks of one more frame; only detected ones make a track longer."""
        seen = tracks.ids[tracks.states == TrackState.DETECTED]
        new = np.setdiff1d(seen, self.ids, assume_unique=True)
        if len(new):
            places = np.searchsorted(self.ids, new)
            self.ids = np.insert(self.ids, places, new)
            self.first_s = np.insert(self.first_s, places, time_s)
            self.last_s = np.insert(self.last_s, places, time_s)
            self.shown_s = np.insert(self.shown_s, places, time_s)
            self.is_long = np.insert(self.is_long, places, False)
        rows = np.searchsorted(self.ids, seen)
        self.last_s[rows] = time_s
        self.shown_s[np.isin(self.ids, tracks.ids, assume_unique=True)] = time_s
        self.is_long[rows] |= time_s - self.first_s[rows] >= self.min_age_s - SAME_INSTANT_S

    def end(self) -> None:
        """End of the video: tracks that are present in the last frame do not count as short."""
        self.is_long |= self.last_s == self.last_s.max(initial=-np.inf)

    def are_long(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the tracks `ids` (T,) are known to live long enough, (T,)."""
        rows = np.searchsorted(self.ids, ids)
        known = np.append(self.ids, -1)[rows] == ids
        return np.asarray(known & np.append(self.is_long, False)[rows])

    def first_of(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Time of the first detection of the tracks `ids` (T,), all of which are known, (T,)."""
        return self.first_s[np.searchsorted(self.ids, ids)]

    def forget_before(self, time_s: float) -> None:
        """Forget tracks whose last box of any state was before this time."""
        stay = self.shown_s >= time_s
        if not stay.all():
            self.ids, self.first_s, self.last_s = self.ids[stay], self.first_s[stay], self.last_s[stay]
            self.shown_s, self.is_long = self.shown_s[stay], self.is_long[stay]
