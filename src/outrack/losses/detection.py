"""The terms of the detection loss and their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple, Protocol

from torch import Tensor

from outrack.losses.occlusion import OcclusionLoss

__all__ = ["DetectionLoss", "DetectionMaps", "DetectionTargets", "DetectionWeights", "other_detection_losses"]


class ObjectCells(Protocol):
    """N objects: `image`, index in the batch, int64 (N,); `cell` y * w + x, int64 (N,); `ltrb`, distances to the sides
    of the box in cells, float32 (N, 4); `offset`, centre minus its cell, float32 (N, 2)."""

    @property
    def image(self) -> Tensor: ...
    @property
    def cell(self) -> Tensor: ...
    @property
    def ltrb(self) -> Tensor: ...
    @property
    def offset(self) -> Tensor: ...


class DetectionMaps(Protocol):
    """Raw output of a network, any float type, as in `outrack.models.DenseMaps`: `centres`, logits (B, K, h, w); `ltrb`
    (B, 4, h, w); `offset` (B, 2, h, w), or None if the network has none."""

    @property
    def centres(self) -> Tensor: ...
    @property
    def ltrb(self) -> Tensor: ...
    @property
    def offset(self) -> Tensor | None: ...


class DetectionTargets(Protocol):
    """Targets of the same images, as in `outrack.training.data.batch_targets`: `centres`, heat maps, float32
    (B, K, h, w); `ignore`, cells that do not count, bool (B, 1, h, w); `objects`."""

    @property
    def centres(self) -> Tensor: ...
    @property
    def ignore(self) -> Tensor: ...
    @property
    def objects(self) -> ObjectCells: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionWeights:
    """Weights of the terms; the defaults are those of FairMOT, CenterTrack and, for occlusions, the paper's code.

    Any further NAME is the function `NAME_loss(maps, targets)` of `losses/NAME.py`.

    Attributes:
        centre: focal loss of object centres.
        ltrb: L1 of the box sides.
        offset: L1 of the sub-cell centre.
        displacement: L1 of the offset to the previous centre (CenterTrack).
        occlusion: both occlusion losses.
        giou: 1 - GIoU of the boxes; 0 is the paper.
    """

    centre: float = 1.0
    ltrb: float = 0.1
    offset: float = 1.0
    displacement: float = 1.0
    occlusion: float = 0.5
    giou: float = 0.0


class DetectionLoss(NamedTuple):
    """Unweighted scalars, each with a weight of the same name; None for heads that the network does not have.

    `others` are those of `other_detection_losses`.
    """

    centre: Tensor
    ltrb: Tensor
    others: Mapping[str, Tensor] = MappingProxyType({})
    offset: Tensor | None = None
    displacement: Tensor | None = None
    occlusion: OcclusionLoss | None = None

    def total(self, weights: DetectionWeights) -> Tensor:
        """Weighted sum of the terms."""
        occlusion = None if self.occlusion is None else self.occlusion.centre + self.occlusion.offset
        terms = {"centre": self.centre, "ltrb": self.ltrb, **self.others, "offset": self.offset}
        terms |= {"displacement": self.displacement, "occlusion": occlusion}
        first, *rest = (getattr(weights, name) * term for name, term in terms.items() if term is not None)
        total: Tensor = sum(rest, start=first)
        return total

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """The terms that exist, by name."""
        yield from ({"centre": self.centre, "ltrb": self.ltrb} | dict(self.others)).items()
        if self.offset is not None:
            yield "offset", self.offset
        if self.displacement is not None:
            yield "displacement", self.displacement
        if self.occlusion is not None:
            yield from (("occlusion", self.occlusion.centre), ("occlusion_offset", self.occlusion.offset))


OF_HEADS = ("centre", "ltrb", "offset", "displacement", "occlusion")
"""Terms that `DetectionLoss` has a field for."""


def other_detection_losses(maps: DetectionMaps, targets: DetectionTargets) -> dict[str, Tensor]:
    """All other losses that have a field in `DetectionWeights`, by name, also those of weight 0, for the log.

    Args:
        maps: raw output of a network, on the images that `targets` supervises.
        targets: targets of the same images.

    Returns:
        Scalars by name.
    """
    names = [field.name for field in fields(DetectionWeights) if field.name not in OF_HEADS]
    return {name: getattr(import_module(f"outrack.losses.{name}"), f"{name}_loss")(maps, targets) for name in names}
