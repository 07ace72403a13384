"""Computes the loss of a batch, with every term by name.

There are two kinds: networks that take one image process both images of every pair in one forward pass; networks that
use the previous frame take the second image as the frame before the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from outrack.losses import (
    DetectionLoss,
    LearnedTaskWeights,
    counts_over_processes,
    l1_at,
    occlusion_loss,
    other_detection_losses,
)
from outrack.losses import centre_focal_loss as focal
from outrack.losses.occlusion import OcclusionNormalise
from outrack.models import DenseMaps, DenseNetwork
from outrack.training.config.training_config import LossConfig
from outrack.training.data.batch_targets import Targets
from outrack.training.data.examples import Batch
from outrack.training.data.two_frame import TwoFrameBatch
from outrack.training.engine.over_processes import AllPeople, people_of_all
from outrack.training.engine.reid import ReIDLoss, learned_embeddings

__all__ = [
    "StepLoss",
    "TrainingStep",
    "TwoFrameStep",
    "detection_loss",
]


class StepLoss(NamedTuple):
    """Scalars of one batch: the total loss, and its terms (unweighted)."""

    total: Tensor
    detection: DetectionLoss
    reid: ReIDLoss | None

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """Every term that exists, by name, the total last."""
        yield from self.detection.named()
        if self.reid is not None:
            yield "reid", self.reid.total
            yield from ((f"reid_{part.name}", part.value) for part in self.reid.parts)
        yield "total", self.total


class TrainingStep(nn.Module):
    """The network with its losses: one module with all trainable parameters, for the optimiser and DDP.

    Args:
        network: any dense network with the heads that the losses need.
        reid: loss of appearance, see `make_reid`; None does not train it.
        config: settings of the losses; without Re-ID there is nothing to balance.
        merge: pairs that count as one large pair if the batches of all processes count as one, see `people_of_all`.
    """

    def __init__(self, network: DenseNetwork, reid: nn.Module | None, config: LossConfig, *, merge: int = 1) -> None:
        super().__init__()
        self.network = network
        self.reid = reid
        self.task_weights = LearnedTaskWeights() if reid is not None and config.balance == "learned" else None
        self._config = config
        self._merge = merge

    def forward(self, batch: Batch) -> StepLoss:
        """Loss of a batch of pairs."""
        targets = batch.targets
        maps: DenseMaps = self.network(batch.images.contiguous(memory_format=torch.channels_last))
        detection = detection_loss(maps, targets, occlusion_normalise=self._config.occlusion_normalise)
        total = detection.total(self._config.detection)
        if self.reid is None or maps.embedding is None:
            return StepLoss(total, detection, None)
        seen = AllPeople(
            learned_embeddings(self.network, maps.embedding, targets.people), targets.people, targets.negative
        )
        if counts_over_processes():
            seen = people_of_all(seen.embeddings, batch, merge=self._merge)
        reid: ReIDLoss = self.reid(*seen)
        identity = self._config.id_weight * reid.total
        total = total + identity if self.task_weights is None else self.task_weights(total, identity)
        return StepLoss(total, detection, reid)


class TwoFrameStep(nn.Module):
    """A network that uses the previous frame with its losses (CenterTrack).

    Args:
        network: with a displacement head.
        config: settings of the losses; there is no Re-ID.
    """

    def __init__(self, network: DenseNetwork, config: LossConfig) -> None:
        super().__init__()
        self.network = network
        self._config = config

    def forward(self, batch: TwoFrameBatch) -> StepLoss:
        """Loss of a batch."""
        images, previous = (
            some.contiguous(memory_format=torch.channels_last) for some in (batch.images, batch.previous_images)
        )
        maps: DenseMaps = self.network(images, previous, batch.previous_heat)
        maps_and_targets = _about_cells(maps, batch.targets)
        detection = detection_loss(*maps_and_targets, occlusion_normalise=self._config.occlusion_normalise)
        if maps.displacement is not None:
            detection = detection._replace(displacement=l1_at(maps.displacement, *batch.displacements))
        return StepLoss(detection.total(self._config.detection), detection, None)


def _about_cells(maps: DenseMaps, targets: Targets) -> tuple[DenseMaps, Targets]:
    """Distances of the box sides from the integer centre, as in CenterTrack (notes#heads).

    Otherwise the box would have to compensate errors of the offset.
    """
    if maps.offset is None:
        return maps, targets
    objects = targets.objects
    seen = maps._replace(ltrb=_moved(maps.ltrb, maps.offset.detach()))
    return seen, targets._replace(objects=objects._replace(ltrb=_moved(objects.ltrb, objects.offset)))


def _moved(ltrb: Tensor, offset: Tensor) -> Tensor:
    """Distances (N, 4, ...) to the sides from a point that is moved left and up by `offset` (N, 2, ...)."""
    low, high = ltrb.chunk(2, 1)
    return torch.cat((low - offset, high + offset), 1)


def detection_loss(maps: DenseMaps, targets: Targets, *, occlusion_normalise: OcclusionNormalise) -> DetectionLoss:
    """Terms of detection and occlusion, on the images that `targets` supervises."""
    shown = len(targets.centres)
    objects, occlusions = targets.objects, targets.occlusions
    occlusion = None
    if maps.occlusion is not None and maps.occlusion_offset is not None:
        occlusion = occlusion_loss(
            maps.occlusion[:shown],
            maps.occlusion_offset,
            targets.occlusion,
            *occlusions,
            ignore=targets.occlusion_ignore,
            normalise=occlusion_normalise,
        )
    maps = maps._replace(centres=maps.centres[:shown])
    return DetectionLoss(
        centre=focal(maps.centres, targets.centres, ignore=targets.ignore),
        ltrb=l1_at(maps.ltrb, objects.image, objects.cell, objects.ltrb),
        others=other_detection_losses(maps, targets),
        offset=None if maps.offset is None else l1_at(maps.offset, objects.image, objects.cell, objects.offset),
        occlusion=occlusion,
    )
