"""Two rules together: one for the rest of the other, or one where the detector predicts no occlusion points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outrack.tracking.refinders.base import Indices, Memory, Refinder, Refound, Situation

__all__ = ["CombinedRefinder", "WithoutPoints"]


@dataclass(frozen=True)
class _Pair:
    """A first rule, which owns the memory, and a second one.

    Attributes:
        first, second: the rules; the second one must need no memory.
    """

    first: Refinder
    second: Refinder

    def candidates(self, situation: Situation) -> Indices:
        """Those of the first rule."""
        return self.first.candidates(situation)

    def remember(self, situation: Situation) -> None:
        """As the first rule."""
        self.first.remember(situation)

    def memory(self) -> Memory:
        """Of the first rule."""
        return self.first.memory()

    def restore(self, memory: Memory) -> None:
        """The first rule's."""
        self.first.restore(memory)


class CombinedRefinder(_Pair):
    """The second rule refinds the tracks that the first one does not."""

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """By the first rule, and the rest by the second."""
        refound = self.first.refind(situation, lost)
        if not len(refound.lost):
            return self.second.refind(situation, lost)
        rest = np.setdiff1d(np.arange(len(lost)), refound.lost)
        others = self.second.refind(situation, lost[rest])
        return refound.with_others(others._replace(lost=rest[others.lost]))


class WithoutPoints(_Pair):
    """The second rule alone refinds in frames for which the detector predicts no occlusion points."""

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """By the first rule where there are points, even none; else by the second."""
        rule = self.second if situation.detections.occlusions is None else self.first
        return rule.refind(situation, lost)
