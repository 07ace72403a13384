"""Combinations of two rules: the second for tracks that the first does not refind, or if there are no occlusion
points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outrack.tracking.refinders.base import Indices, Refinder, RefinderMemory, Refound, Situation

__all__ = ["CombinedRefinder", "WithoutPoints"]


@dataclass(frozen=True)
class _Pair:
    """Two rules, of which the first owns the memory.

    Attributes:
        first, second: the rules; the second one must have no memory.
    """

    first: Refinder
    second: Refinder

    def candidates(self, situation: Situation) -> Indices:
        """See the first rule."""
        return self.first.candidates(situation)

    def remember(self, situation: Situation) -> None:
        """See the first rule."""
        self.first.remember(situation)

    def memory(self) -> RefinderMemory:
        """See the first rule."""
        return self.first.memory()

    def restore(self, memory: RefinderMemory) -> None:
        """See the first rule."""
        self.first.restore(memory)


class CombinedRefinder(_Pair):
    """The second rule refinds the tracks that the first one does not."""

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """What the first rule refinds, and what the second refinds of the remaining tracks."""
        refound = self.first.refind(situation, lost)
        if not len(refound.rows):
            return self.second.refind(situation, lost)
        return refound.with_others(self.second.refind(situation, np.setdiff1d(lost, refound.rows)))


class WithoutPoints(_Pair):
    """The second rule replaces the first in frames for which the detector predicts no occlusion points."""

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """What the first rule refinds if points were predicted, even none; otherwise what the second refinds."""
        rule = self.second if situation.detections.occlusions is None else self.first
        return rule.refind(situation, lost)
