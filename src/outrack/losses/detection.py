"""The terms of the detection loss and their weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from outrack.losses.occlusion import OcclusionLoss

__all__ = ["DetectionLoss", "DetectionWeights"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionWeights:
    """Weights of the terms; the defaults are those of FairMOT, CenterTrack and, for occlusions, the paper's code.

    Attributes:
        centre: focal loss of object centres.
        ltrb: L1 of the box sides.
        giou: 1 - GIoU of the boxes; 0 is the paper.
        offset: L1 of the sub-cell centre.
        displacement: L1 of the offset to the previous centre (CenterTrack).
        occlusion: both occlusion losses.
    """

    centre: float = 1.0
    ltrb: float = 0.1
    giou: float = 0.0
    offset: float = 1.0
    displacement: float = 1.0
    occlusion: float = 0.5


class DetectionLoss(NamedTuple):
    """Unweighted scalars, each with a weight of the same name; None for heads that the network does not have."""

    centre: Tensor
    ltrb: Tensor
    giou: Tensor | None = None
    offset: Tensor | None = None
    displacement: Tensor | None = None
    occlusion: OcclusionLoss | None = None

    def total(self, weights: DetectionWeights) -> Tensor:
        """Weighted sum of the terms."""
        total = weights.centre * self.centre
        for name, term in zip(self._fields[1:], self[1:], strict=True):
            if term is not None:
                value = term.centre + term.offset if isinstance(term, OcclusionLoss) else term
                total = total + getattr(weights, name) * value
        return total

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """The terms that exist, by name."""
        for name, term in zip(self._fields, self, strict=True):
            if isinstance(term, OcclusionLoss):
                yield from ((name, term.centre), (f"{name}_offset", term.offset))
            elif term is not None:
                yield name, term
