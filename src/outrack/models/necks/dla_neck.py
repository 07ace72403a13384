"""The neck of the paper's networks: iterative deep aggregation of DLA-34's maps to one map at stride 4.

The node between two maps is an argument: `deform` is a modulated deformable convolution (the paper), `conv` a plain
one, which runs everywhere and seven times faster on a CPU. Module names match the public checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from outrack.models.backbones.dla import DLA34
from outrack.models.necks.deform_conv import ModulatedDeformConv2d

__all__ = ["DLANeck", "NodeType"]

NodeType = Literal["deform", "conv"]


class Node(nn.Module):
    """A 3x3 convolution of the given type, batch normalisation, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, node: NodeType) -> None:
        super().__init__()
        self.conv: nn.Module = (
            ModulatedDeformConv2d(in_channels, out_channels)
            if node == "deform"
            else nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        )
        self.actf = nn.Sequential(nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.actf(self.conv(x))
        return out


class Enlarge(nn.ConvTranspose2d):
    """Upsampling by an integer factor: initially bilinear, then learned, separately for each channel."""

    def __init__(self, channels: int, factor: int) -> None:
        super().__init__(channels, channels, 2 * factor, factor, padding=factor // 2, groups=channels, bias=False)
        distance = (torch.arange(2 * factor) - (factor - 0.5)).abs() / factor
        with torch.no_grad():
            self.weight.copy_(torch.outer(1 - distance, 1 - distance).expand_as(self.weight))


class IDAUp(nn.Module):
    """Iterative deep aggregation: every coarser map is narrowed, upsampled, and joined with the previous one.

    Args:
        out_channels: channels of all results.
        in_channels: channels of the maps, from fine to coarse.
        factors: by how much each map is coarser than the first; the first entry is 1.
        node: type of the convolutions.
    """

    def __init__(self, out_channels: int, in_channels: Sequence[int], factors: Sequence[int], node: NodeType) -> None:
        super().__init__()
        for i in range(1, len(in_channels)):
            self.add_module(f"proj_{i}", Node(in_channels[i], out_channels, node))
            self.add_module(f"up_{i}", Enlarge(out_channels, factors[i]))
            self.add_module(f"node_{i}", Node(out_channels, out_channels, node))

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """maps, from fine to coarse -> the first map, and the results of all steps, all at the first one's stride."""
        joined = [maps[0]]
        for i, coarse in enumerate(maps[1:], start=1):
            project, enlarge, mix = (self.get_submodule(f"{name}_{i}") for name in ("proj", "up", "node"))
            joined.append(mix(enlarge(project(coarse)) + joined[-1]))
        return joined


class DLAUp(nn.Module):
    """From maps at strides 4 to 32 to one deep map at each of the strides 4, 8 and 16."""

    def __init__(self, node: NodeType) -> None:
        super().__init__()
        at4, at8, at16, at32 = DLA34.channels[2:]
        self.ida_0 = IDAUp(at16, (at16, at32), (1, 2), node)
        self.ida_1 = IDAUp(at8, (at8, at16, at16), (1, 2, 2), node)
        self.ida_2 = IDAUp(at4, (at4, at8, at8, at8), (1, 2, 2, 2), node)

    def forward(self, at4: Tensor, at8: Tensor, at16: Tensor, at32: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Maps of 64, 128, 256 and 512 channels -> maps of 64, 128 and 256 channels at strides 4, 8 and 16."""
        deep16 = self.ida_0((at16, at32))
        deep8 = self.ida_1((at8, *deep16))
        deep4 = self.ida_2((at4, *deep8))
        return deep4[-1], deep8[-1], deep16[-1]


class DLANeck(nn.Module):
    """`DLAUp`, then a last aggregation of its three maps: (B, 64, H / 4, W / 4).

    Args:
        node: `deform` or `conv`.

    Raises:
        ValueError: another node type.
    """

    out_channels = 64

    def __init__(self, node: NodeType) -> None:
        super().__init__()
        if node not in ("deform", "conv"):
            raise ValueError(f"neck: expected deform or conv, got {node!r}")
        self.dla_up = DLAUp(node)
        self.ida_up = IDAUp(self.out_channels, DLA34.channels[2:5], (1, 2, 4), node)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """The six maps of `DLA34` -> (B, 64, H / 4, W / 4)."""
        at4, at8, at16, at32 = maps[2:]
        joined: list[Tensor] = self.ida_up(self.dla_up(at4, at8, at16, at32))
        return joined[-1]
