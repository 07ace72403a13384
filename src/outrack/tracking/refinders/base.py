"""What a rule of refinding is: step 5 of Algorithm 1, as an object with its own settings and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections
from outrack.tracking.refinding import Refound
from outrack.tracking.tracklets import LOST, SAME_INSTANT_S, TRACKED, Tracklets

__all__ = ["Forgetful", "Memory", "NoRefinder", "Refinder", "Situation", "recently_lost"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Memory = Mapping[str, NDArray[Any]]
"""Arrays by name, as they are written into a saved state."""


class Situation(NamedTuple):
    """One frame after its detections were assigned.

    Attributes:
        tracklets: all T of them, predicted to this frame.
        boxes: their boxes, (T, 4).
        detections: of this frame.
        now_s: time of this frame.
    """

    tracklets: Tracklets
    boxes: Floats
    detections: Detections
    now_s: float

    @property
    def tracked_boxes(self) -> Floats:
        """Boxes of the tracks that are detected in this frame, (J, 4)."""
        return np.asarray(self.boxes[self.tracklets.status == TRACKED])


class Refinder(Protocol):
    """A rule that puts boxes back on lost tracks. To add one, write its file and name it in `make_refinder`."""

    def candidates(self, situation: Situation) -> Indices:
        """Rows of the lost tracks that may be refound, (L,)."""
        ...

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Which of the tracklets `lost` (L,) get a box back, and where; rows are those in `lost`."""
        ...

    def remember(self, situation: Situation) -> None:
        """Keep of this frame what the next ones need."""
        ...

    def memory(self) -> Memory:
        """What is remembered."""
        ...

    def restore(self, memory: Memory) -> None:
        """Remember what `memory` gave before."""
        ...


def recently_lost(situation: Situation, window_s: float) -> Indices:
    """Rows of the tracks that were supported within the last `window_s`: the paper's w < tau_w."""
    tracklets = situation.tracklets
    age = situation.now_s - tracklets.supported_s
    return np.flatnonzero((tracklets.status == LOST) & (age <= window_s + SAME_INSTANT_S))


class Forgetful:
    """A rule that needs nothing of earlier frames."""

    def remember(self, situation: Situation) -> None:
        """Nothing."""

    def memory(self) -> Memory:
        """Nothing."""
        return {}

    def restore(self, memory: Memory) -> None:
        """Nothing."""


@dataclass(frozen=True)
class NoRefinder(Forgetful):
    """Nothing is refound."""

    def candidates(self, situation: Situation) -> Indices:
        """None."""
        return np.empty(0, np.intp)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """None."""
        return Refound.empty()
