"""Refinding as in the authors' code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import contains_points, intersection_area, xyxy_area
from outrack.tracking.ranges import require_count, require_share
from outrack.tracking.refinders.base import Floats, Indices, RefinderMemory, Refound, Situation, recently_lost
from outrack.tracking.tracklets import SAME_INSTANT_S, TRACKED

__all__ = ["OfficialRefinder", "OfficialSettings", "is_covered", "refind_as_official"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialSettings:
    """Refinding as in the authors' code (notes#official-refinding).

    Attributes:
        min_score: minimum score of occlusion centres.
        min_covered: minimum share of a box that another one covers.
        num_frames: a track must have been covered by min_covered within this many previous frames.
    """

    min_score: float = 0.1
    min_covered: float = 0.2
    num_frames: int = 2

    def __post_init__(self) -> None:
        require_share(self, "min_score", "min_covered")
        require_count(self, "num_frames", least=0)


def refind_as_official(lost: Floats, tracked: Floats, points: Floats, settings: OfficialSettings) -> Refound:
    """The rule of the authors' code, which differs from Eq. 15 and 16 (notes#official-refinding).

    A lost track is reported at its predicted box if any occlusion centre lies inside both that box and the box of
    a tracked one. The recovered box of Eq. 15 is computed there, but never reaches the output. The caller only passes
    tracks that were covered within the last `settings.num_frames` frames. One more test of that code is omitted, that
    the centre of the box lies within the middle 90 % of the picture: the tracker knows no picture.

    Args:
        lost: predicted boxes of lost tracks, (L, 4).
        tracked: boxes of tracked ones, (J, 4).
        points: occlusion centres with scores, (K, 3).
        settings: settings of the rule.
    """
    xy = points[points[:, 2] >= settings.min_score, :2]
    in_tracked = contains_points(tracked, xy).any(axis=0)  # (K,)
    found = np.flatnonzero((contains_points(lost, xy) & in_tracked).any(axis=1))
    return Refound.predicted(found, lost[found])


def is_covered(boxes: Floats, *, by: NDArray[np.bool_], min_covered: float) -> NDArray[np.bool_]:
    """Which boxes (T, 4) one other box of those marked in `by` (T,) covers by more than `min_covered`, (T,)."""
    shared = intersection_area(boxes, boxes) / np.maximum(xyxy_area(boxes), 1e-9)[:, None]
    np.fill_diagonal(shared, 0)
    return np.asarray((shared[:, by] > min_covered).any(axis=1))


class OfficialRefinder:
    """See `refind_as_official`. It remembers when each track was last covered.

    Args:
        settings: settings of the rule.
        window_s: a track is refound only this long after it was last supported.
        frame_rate: frames per second.
    """

    def __init__(self, settings: OfficialSettings, *, window_s: float, frame_rate: float) -> None:
        self.settings, self.window_s, self.frame_rate = settings, window_s, frame_rate
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._at_s: NDArray[np.float64] = np.empty(0)

    def candidates(self, situation: Situation) -> Indices:
        """See `recently_lost`."""
        return recently_lost(situation, self.window_s)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes as predicted."""
        points = situation.detections.occlusions
        assert points is not None  # frames without any are for the other rule of `WithoutPoints`
        known = dict(zip(self._ids.tolist(), self._at_s.tolist(), strict=True))
        covered_s = np.array([known.get(id, -np.inf) for id in situation.tracklets.ids[lost].tolist()])
        window_s = self.settings.num_frames / self.frame_rate + SAME_INSTANT_S
        recent = lost[situation.now_s - covered_s <= window_s]
        refound = refind_as_official(situation.boxes[recent], situation.tracked_boxes, points, self.settings)
        return refound.among(recent)

    def remember(self, situation: Situation) -> None:
        """Remember when known tracks were last covered."""
        tracklets = situation.tracklets
        tracked = tracklets.status == TRACKED
        now = tracklets.ids[tracked & is_covered(situation.boxes, by=tracked, min_covered=self.settings.min_covered)]
        kept = np.isin(self._ids, tracklets.ids) & ~np.isin(self._ids, now)
        self._ids = np.concatenate([self._ids[kept], now])
        self._at_s = np.concatenate([self._at_s[kept], np.full(len(now), situation.now_s)])

    def memory(self) -> RefinderMemory:
        """Ids, and when they were last covered."""
        return {"covered_ids": self._ids, "covered_at_s": self._at_s}

    def restore(self, memory: RefinderMemory) -> None:
        """See `memory`."""
        self._ids, self._at_s = memory["covered_ids"], memory["covered_at_s"]
