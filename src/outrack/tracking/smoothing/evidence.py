"""Which tracks are people, and not flicker or things that look like people."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks, TrackState
from outrack.tracking.groups import SmoothingSettings
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["Evidence"]

Floats = NDArray[np.float64]


def _none(*shape: int) -> Floats:
    return np.empty(shape)


@dataclass(slots=True)
class Evidence:
    """What speaks for each track, in the order of their ids.

    A track is believed from the moment when it is old enough and has once scored high or left its place, and stays so.

    Attributes:
        settings: what is asked for.
        sure_score: what scored as high once is a person; 0 where the detector does not say, and age suffices.
        ids: int64 (N,).
        first_s: time of the first detection, (N,).
        last_s: time of the last one, (N,).
        first_xy: where its centre was then, in the frame of reference, (N, 2).
        best_score: the highest so far, (N,).
        is_believed: bool (N,).
    """

    settings: SmoothingSettings
    sure_score: float
    ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    first_s: Floats = field(default_factory=lambda: _none(0))
    last_s: Floats = field(default_factory=lambda: _none(0))
    first_xy: Floats = field(default_factory=lambda: _none(0, 2))
    best_score: Floats = field(default_factory=lambda: _none(0))
    is_believed: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))

    def add(self, tracks: Tracks, time_s: float, pose: Floats) -> None:
        """The tracks of one more frame; those that are not detected say nothing new."""
        seen = tracks[tracks.states == TrackState.DETECTED]
        if not len(seen):
            return
        low, high = seen.xyxy[:, :2], seen.xyxy[:, 2:]
        centre = (low + high) / 2 @ pose[:2, :2].T + pose[:2, 2]
        height = (high - low)[:, 1] * np.sqrt(abs(np.linalg.det(pose[:2, :2])))
        self._join(seen.ids, time_s, centre)
        rows = np.searchsorted(self.ids, seen.ids)
        self.last_s[rows] = time_s
        self.best_score[rows] = np.maximum(self.best_score[rows], seen.scores)
        far = np.abs(centre - self.first_xy[rows]).max(axis=1) > self.settings.moved * height
        is_old = time_s - self.first_s[rows] >= self.settings.min_age_s - SAME_INSTANT_S
        self.is_believed[rows] |= is_old & (far | (self.best_score[rows] >= self.sure_score))

    def believe_latest(self) -> None:
        """There are no more frames: a track that was there in the last one is not held to be short."""
        self.is_believed |= (self.last_s == self.last_s.max(initial=-np.inf)) & (self.best_score >= self.sure_score)

    def believes(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the tracks `ids` (T,) are people by what is known now, (T,)."""
        rows = np.searchsorted(self.ids, ids)
        known = np.append(self.ids, -1)[rows] == ids
        return np.asarray(known & np.append(self.is_believed, False)[rows])

    def forget_before(self, time_s: float) -> None:
        """Drop tracks that were last detected before."""
        stay = self.last_s >= time_s
        if not stay.all():
            for name in ("ids", "first_s", "last_s", "first_xy", "best_score", "is_believed"):
                setattr(self, name, getattr(self, name)[stay])

    def refer_to(self, affine: Floats) -> None:
        """Change the frame of reference: points of the old one go through `affine` (3, 3)."""
        self.first_xy = self.first_xy @ affine[:2, :2].T + affine[:2, 2]

    def _join(self, ids: NDArray[np.int64], time_s: float, centre: Floats) -> None:
        """Make room for the ids that are new, each at its place."""
        is_new = ~np.isin(ids, self.ids)
        if not is_new.any():
            return
        new, places = ids[is_new], np.searchsorted(self.ids, ids[is_new])
        self.ids = np.insert(self.ids, places, new)
        self.first_s = np.insert(self.first_s, places, time_s)
        self.last_s = np.insert(self.last_s, places, time_s)
        self.first_xy = np.insert(self.first_xy, places, centre[is_new], axis=0)
        self.best_score = np.insert(self.best_score, places, -np.inf)
        self.is_believed = np.insert(self.is_believed, places, False)
