"""The network that learns, the one that teaches it, and the average of the former."""

from __future__ import annotations

import copy

import targets
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models import (
    DenseMaps,
    DenseOutrack,
    MobileOutrack,
    bundled_network,
    decode,
    dense_outrack_heads,
    load_network,
)
from outrack.models.backbones.mobilenet import MobileNetV3
from outrack.models.backbones.reslite import ResLite
from outrack.models.necks.centernet_neck import CenterNetNeck
from outrack.models.necks.dense_neck import DenseNeck
from outrack.models.occlusion import OCCLUSION

__all__ = ["Average", "Student", "Teacher", "unlike"]

TEACHER_SCALE = 0.75
"""Of pictures at twice the student's size."""
PAIRS = ((ResLite.channels[2], MobileNetV3.channels[2]), (DenseNeck.at8, CenterNetNeck.channels_at8))
"""Channels of the features at strides 16 and 8 that are compared, the student's and the teacher's."""


class Teacher:
    """What the bundled network finds, and its features."""

    def __init__(self, device: torch.device) -> None:
        network = load_network(bundled_network(), without=OCCLUSION)
        assert isinstance(network, MobileOutrack)
        self.network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.no_grad()
    def __call__(self, doubled: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Boxes in the student's pixels (B, K, 4), scores (B, K), features at stride 16 and 8, of pictures at twice the
        student's size."""
        images = F.interpolate(doubled, scale_factor=TEACHER_SCALE, mode="bilinear", antialias=True)
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(images.device.type, torch.bfloat16):
            maps, features = self._maps(images)
            mirrored, _ = self._maps(images.flip(-1))
        found = decode(both_ways(maps, mirrored), stride=self.network.stride, max_objects=64)
        scale = images.shape[-1] / doubled.shape[-1] * 2
        return found.boxes / scale, targets.no_doubles(found.boxes, found.scores), features

    def _maps(self, images: Tensor) -> tuple[DenseMaps, list[Tensor]]:
        net = self.network
        pyramid = net.trunk(images)
        at8 = net.neck.to_stride8(pyramid)
        return net.outputs(net.neck.to_stride4(pyramid, at8)), [pyramid.stride16, at8]


def both_ways(maps: DenseMaps, mirrored: DenseMaps) -> DenseMaps:
    """Centres, sides and offsets of pictures, averaged with those of the same pictures seen in a mirror."""
    assert maps.offset is not None and mirrored.offset is not None
    heat = (maps.centres.float().sigmoid() + mirrored.centres.float().flip(-1).sigmoid()) / 2
    left, top, right, bottom = mirrored.ltrb.float().flip(-1).unbind(1)
    x, y = mirrored.offset.float().flip(-1).unbind(1)
    return DenseMaps(
        heat.clamp(1e-4, 1 - 1e-4).logit(),
        (maps.ltrb.float() + torch.stack((right, top, left, bottom), 1)) / 2,
        (maps.offset.float() + torch.stack((1 - x, y), 1)) / 2,
    )


class Student(nn.Module):
    """The network that learns, with what compares its features to the teacher's."""

    def __init__(self) -> None:
        super().__init__()
        self.network = DenseOutrack(dense_outrack_heads(embedding_dim=0))
        self.like = nn.ModuleList(nn.Conv2d(ours, theirs, 1) for ours, theirs in PAIRS)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """Centres, sides, occlusion logits, features."""
        net = self.network
        pyramid = net.trunk(images)
        at8 = net.neck.to_stride8(pyramid)
        features = net.neck.to_stride4(pyramid, at8)
        maps = net.boxes(features)
        occlusion, offset = net.occlusions(features, maps)  # type: ignore[misc]  # it has the branch
        return (
            maps.centres,
            maps.ltrb,
            torch.cat((occlusion, offset), 1),
            [layer(one) for layer, one in zip(self.like, (pyramid.stride16, at8), strict=True)],
        )


class Average:
    """Exponential moving average of weights and statistics."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Follow `network`."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        ours, theirs = list(self.network.state_dict().values()), list(network.state_dict().values())
        floats = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.is_floating_point()]
        torch._foreach_lerp_([a for a, _ in floats], [b.detach() for _, b in floats], 1 - decay)


def unlike(ours: Tensor, theirs: Tensor) -> Tensor:
    """1 - cosine of the features of each cell, on the student's grid."""
    small = F.adaptive_avg_pool2d(theirs.float(), (ours.shape[2], ours.shape[3]))
    return (1 - F.cosine_similarity(ours.float(), small, dim=1)).mean()
