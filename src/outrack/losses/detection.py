"""The terms of the detection loss and their weights."""

from __future__ import annotations

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
    """Unweighted scalars; None for heads that the network does not have."""

    centre: Tensor
    ltrb: Tensor
    offset: Tensor | None = None
    displacement: Tensor | None = None
    occlusion: OcclusionLoss | None = None
    giou: Tensor | None = None

    def total(self, weights: DetectionWeights) -> Tensor:
        """Weighted sum of the terms."""
        total = weights.centre * self.centre + weights.ltrb * self.ltrb
        if self.giou is not None:
            total = total + weights.giou * self.giou
        if self.offset is not None:
            total = total + weights.offset * self.offset
        if self.displacement is not None:
            total = total + weights.displacement * self.displacement
        if self.occlusion is not None:
            total = total + weights.occlusion * (self.occlusion.centre + self.occlusion.offset)
        return total
