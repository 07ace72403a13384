"""The interface of refinding rules: step 5 of Algorithm 1, as an object with its own settings and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections
from outrack.tracking.tracklets import LOST, SAME_INSTANT_S, TRACKED, Tracklets

__all__ = [
    "Floats",
    "Indices",
    "NoRefinder",
    "Refinder",
    "RefinderMemory",
    "Refound",
    "Situation",
    "StatelessRefinder",
    "recently_lost",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
RefinderMemory = Mapping[str, NDArray[Any]]
"""Arrays by name, for a saved state."""


class Situation(NamedTuple):
    """One frame after its detections were assigned.

    Attributes:
        tracklets: all T tracklets, predicted to this frame.
        boxes: their boxes, (T, 4).
        detections: detections of this frame.
        now_s: time of this frame.
    """

    tracklets: Tracklets
    boxes: Floats
    detections: Detections
    now_s: float

    @property
    def tracked_boxes(self) -> Floats:
        """Boxes of the tracks that are detected in this frame, (J, 4)."""
        return np.asarray(self.boxes.take((self.tracklets.status == TRACKED).nonzero()[0], axis=0))


class Refound(NamedTuple):
    """The lost tracks that were refound.

    Attributes:
        rows: rows of the refound tracks, (R,), ascending: among the lost boxes in the result of a rule's function,
            among all tracklets in that of a `Refinder`.
        xyxy: recovered boxes, (R, 4).
        measured: whether the box was recovered from an occlusion point rather than predicted, bool (R,): such a track
            continues from it (Algorithm 1, line 22).
    """

    rows: Indices
    xyxy: Floats
    measured: NDArray[np.bool_]

    @classmethod
    def predicted(cls, rows: Indices, xyxy: Floats) -> Refound:
        """Refound at predicted boxes (with GSM, at those implied by neighbours), which are not measurements."""
        return cls(rows, xyxy, np.zeros(len(rows), np.bool_))

    @classmethod
    def empty(cls) -> Refound:
        """No refound tracks."""
        return cls.predicted(np.empty(0, np.intp), np.empty((0, 4)))

    def among(self, lost: Indices) -> Refound:
        """The same, with rows of tracklets instead of positions among the rows `lost` (L,)."""
        return self._replace(rows=lost[self.rows])

    def with_others(self, others: Refound) -> Refound:
        """These, and `others` with different rows."""
        order = np.argsort(np.concatenate([self.rows, others.rows]))
        return Refound(*(np.concatenate(both)[order] for both in zip(self, others, strict=True)))


class Refinder(Protocol):
    """A refinding rule: recovers boxes of lost tracks. To add one, write its file and list it in `choice.py`."""

    def candidates(self, situation: Situation) -> Indices:
        """Rows of the lost tracks that may be refound, (L,)."""
        ...

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Those of the tracklets `lost` (L,), rows of `candidates`, that are refound, with their boxes."""
        ...

    def remember(self, situation: Situation) -> None:
        """Remember what later frames need of this one."""
        ...

    def memory(self) -> RefinderMemory:
        """The memory, for saving."""
        ...

    def restore(self, memory: RefinderMemory) -> None:
        """Restore what `memory` returned."""
        ...


def recently_lost(situation: Situation, window_s: float) -> Indices:
    """Rows of the tracks that were supported within the last `window_s`: the paper's w < tau_w."""
    tracklets = situation.tracklets
    age = situation.now_s - tracklets.supported_s
    is_recent = (tracklets.status == LOST) & (age <= window_s + SAME_INSTANT_S)
    return np.asarray(is_recent.nonzero()[0])


class StatelessRefinder:
    """A rule without memory of earlier frames."""

    def remember(self, situation: Situation) -> None:
        """Nothing."""

    def memory(self) -> RefinderMemory:
        """Nothing."""
        return {}

    def restore(self, memory: RefinderMemory) -> None:
        """Nothing."""


@dataclass(frozen=True)
class NoRefinder(StatelessRefinder):
    """The rule "off": nothing is refound."""

    def candidates(self, situation: Situation) -> Indices:
        """None."""
        return np.empty(0, np.intp)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """None."""
        return Refound.empty()
