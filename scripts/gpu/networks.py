"""Student networks, the teacher, and the average of student weights."""

from __future__ import annotations

import copy
from typing import NamedTuple

import targets
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models import DenseMaps, DenseNetwork, DenseOutrack, MobileOutrack, decode, dense_outrack_heads
from outrack.models.backbones.mobilenet import MobileNetV3
from outrack.models.backbones.reslite import ResLite
from outrack.models.necks.centernet_neck import CenterNetNeck
from outrack.models.necks.dense_neck import DenseNeck

__all__ = ["Average", "DenseStudent", "MobileStudent", "Output", "Teacher", "unlike"]

PAIRS = tuple(
    zip((*ResLite.channels[1:3], DenseNeck.at8), (*MobileNetV3.channels[1:3], CenterNetNeck.channels_at8), strict=True)
)
"""Channels of the features at strides 8 and 16 and of the neck's at stride 8, the dense student's and the teacher's."""


class Output(NamedTuple):
    """Outputs of a student: logits of centres, sides from the integer cell, logits and offsets of occlusions, features.

    Features are those of the backbone at strides 8 and 16, and of the neck at stride 8.
    """

    centres: Tensor
    ltrb: Tensor
    occlusion: Tensor
    features: list[Tensor]


class Teacher:
    """Detections and features of the bundled network.

    Args:
        network: the bundled network before this training.
        device: where to compute.
        size: at which it detects, relative to the student's.
    """

    def __init__(self, network: DenseNetwork, device: torch.device, size: float = 1.5) -> None:
        assert isinstance(network, MobileOutrack)
        self.network = copy.deepcopy(network).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.size = size

    @torch.no_grad()
    def __call__(self, doubled: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Detections in pictures at twice the student's size.

        Returns:
            boxes in the student's pixels (B, K, 4) and scores (B, K); features at the student's own size.
        """
        maps, features = self._outputs(F.avg_pool2d(doubled, 2))
        if self.size != 1:
            maps, _ = self._outputs(F.interpolate(doubled, scale_factor=self.size / 2, mode="bilinear", antialias=True))
        found = decode(maps, stride=self.network.stride, max_objects=64)
        scale = maps.centres.shape[-1] * self.network.stride / doubled.shape[-1] * 2
        return found.boxes / scale, targets.no_doubles(found.boxes, found.scores), features

    def _outputs(self, images: Tensor) -> tuple[DenseMaps, list[Tensor]]:
        with torch.autocast(images.device.type, torch.bfloat16):
            return outputs_of(self.network, images.contiguous(memory_format=torch.channels_last))


def outputs_of(network: MobileOutrack, images: Tensor) -> tuple[DenseMaps, list[Tensor]]:
    """Maps without appearance, and features."""
    pyramid = network.trunk(images)
    at8 = network.neck.to_stride8(pyramid)
    return network.maps_of(network.neck.to_stride4(pyramid, at8)), [pyramid.stride8, pyramid.stride16, at8]


class MobileStudent(nn.Module):
    """The bundled network, trained further. Its appearance branch is frozen.

    Args:
        start: its initial weights.
        fixed_blocks: first blocks of the trunk that are frozen, too, with the stem; 6 are those up to stride 8.
    """

    def __init__(self, start: DenseNetwork, fixed_blocks: int = 0) -> None:
        super().__init__()
        network = copy.deepcopy(start)
        assert isinstance(network, MobileOutrack)
        self.network = network
        network.appearance.requires_grad_(False)
        for fixed in (network.trunk.stem, *network.trunk.blocks[:fixed_blocks]) if fixed_blocks else ():
            fixed.requires_grad_(False)

    def forward(self, images: Tensor) -> Output:
        """See `Output`."""
        maps, features = outputs_of(self.network, images)
        assert maps.offset is not None and maps.occlusion is not None and maps.occlusion_offset is not None
        x, y = maps.offset.unbind(1)
        sides = maps.ltrb + torch.stack((-x, -y, x, y), 1)
        return Output(maps.centres, sides, torch.cat((maps.occlusion, maps.occlusion_offset), 1), features)


class DenseStudent(nn.Module):
    """The dense network with random weights, and layers that map its features to the teacher's."""

    def __init__(self) -> None:
        super().__init__()
        self.network = DenseOutrack(dense_outrack_heads(embedding_dim=0))
        self.like = nn.ModuleList(nn.Conv2d(ours, theirs, 1) for ours, theirs in PAIRS)

    def forward(self, images: Tensor) -> Output:
        """See `Output`."""
        net = self.network
        pyramid = net.trunk(images)
        at8 = net.neck.to_stride8(pyramid)
        features = net.neck.to_stride4(pyramid, at8)
        maps = net.boxes(features)
        occlusion, offset = net.occlusions(features, maps)  # type: ignore[misc]  # it has the branch
        alike = [layer(one) for layer, one in zip(self.like, (pyramid.stride8, pyramid.stride16, at8), strict=True)]
        return Output(maps.centres, maps.ltrb, torch.cat((occlusion, offset), 1), alike)


class Average:
    """Exponential moving average of weights and statistics."""

    def __init__(self, network: DenseNetwork, decay: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Update the average with `network`."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        ours, theirs = list(self.network.state_dict().values()), list(network.state_dict().values())
        floats = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.is_floating_point()]
        torch._foreach_lerp_([a for a, _ in floats], [b.detach() for _, b in floats], 1 - decay)


def unlike(ours: Tensor, theirs: Tensor) -> Tensor:
    """1 - cosine of the features of each cell."""
    return (1 - F.cosine_similarity(ours.float(), theirs.float(), dim=1)).mean()
