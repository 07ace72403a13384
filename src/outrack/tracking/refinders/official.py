"""Refinding as the authors' code does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.refinders.base import Indices, Memory, Situation, recently_lost
from outrack.tracking.refinding import Refound, is_covered, refind_as_official
from outrack.tracking.tracklets import SAME_INSTANT_S, TRACKED

__all__ = ["OfficialRefinder"]

NUM_FRAMES = 2
"""A track must have been covered by another one within so many frames before."""


class OfficialRefinder:
    """See `refind_as_official`. It remembers when each track was last covered.

    Args:
        window_s: a track is refound only this long after it was last supported.
        frame_rate: frames per second.
    """

    def __init__(self, *, window_s: float, frame_rate: float) -> None:
        self.window_s, self.frame_rate = window_s, frame_rate
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._at_s: NDArray[np.float64] = np.empty(0)

    def candidates(self, situation: Situation) -> Indices:
        """Those that were lost recently."""
        return recently_lost(situation, self.window_s)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes as predicted; none where the detector predicts no points."""
        points = situation.detections.occlusions
        if points is None:
            return Refound.empty()
        known = dict(zip(self._ids.tolist(), self._at_s.tolist(), strict=True))
        covered_s = np.array([known.get(id, -np.inf) for id in situation.tracklets.ids[lost].tolist()])
        recent = np.flatnonzero(situation.now_s - covered_s <= NUM_FRAMES / self.frame_rate + SAME_INSTANT_S)
        refound = refind_as_official(situation.boxes[lost[recent]], situation.tracked_boxes, points)
        return refound._replace(lost=recent[refound.lost])

    def remember(self, situation: Situation) -> None:
        """Who is covered now, and who was and is still known."""
        tracklets = situation.tracklets
        tracked = tracklets.status == TRACKED
        now = tracklets.ids[tracked & is_covered(situation.boxes, by=tracked)]
        kept = np.isin(self._ids, tracklets.ids) & ~np.isin(self._ids, now)
        self._ids = np.concatenate([self._ids[kept], now])
        self._at_s = np.concatenate([self._at_s[kept], np.full(len(now), situation.now_s)])

    def memory(self) -> Memory:
        """Ids, and when they were last covered."""
        return {"covered_ids": self._ids, "covered_at_s": self._at_s}

    def restore(self, memory: Memory) -> None:
        """As `memory` gave it."""
        self._ids, self._at_s = memory["covered_ids"], memory["covered_at_s"]
