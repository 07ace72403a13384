"""DLA-34 (Yu et al. 2018): the backbone of the paper's networks. Module names match the public checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["DLA34", "RecurrentDLA34"]


class DLA34(nn.Module):
    """Images (B, 3, H, W), normalised, to six maps at strides 1, 2, 4, 8, 16 and 32.

    The official code has more weights that never reach an output, an ImageNet classifier and one projection in each of
    levels 3 and 4. They are omitted.
    """

    channels = (16, 32, 64, 128, 256, 512)

    def __init__(self) -> None:
        super().__init__()
        self.base_layer = _stem(3)
        self.level0 = _conv_bn_relu(16, 16, kernel=3)
        self.level1 = _conv_bn_relu(16, 32, kernel=3, stride=2)
        self.level2 = Tree(32, 64)
        self.level3 = DeepTree(64, 128)
        self.level4 = DeepTree(128, 256)
        self.level5 = Tree(256, 512, passed_on=256)

    def forward(self, images: Tensor) -> list[Tensor]:
        """images (B, 3, H, W) -> maps of `channels` channels, H / stride x W / stride."""
        return self.levels(self.base_layer(images))

    def levels(self, x: Tensor) -> list[Tensor]:
        """From the stem's map (B, 16, H, W) on."""
        maps = []
        for level in (self.level0, self.level1, self.level2, self.level3, self.level4):
            x = level(x)
            maps.append(x)
        # Level 5 is the only tree of depth one that also passes on its input (`level_root` of the paper).
        return [*maps, self.level5(x, [self.level5.shrink(x)])]


class RecurrentDLA34(DLA34):
    """DLA-34 that also reads the previous image and the positions of people in it (CenterTrack): the sum of three
    stems."""

    def __init__(self) -> None:
        super().__init__()
        self.pre_img_layer = _stem(3)
        self.pre_hm_layer = _stem(1)

    def forward(  # type: ignore[override]  # three inputs instead of one are the point
        self, images: Tensor, previous_images: Tensor, previous_heat: Tensor
    ) -> list[Tensor]:
        """images and previous_images (B, 3, H, W), previous_heat (B, 1, H, W) -> as `DLA34`."""
        stems = self.base_layer(images) + self.pre_img_layer(previous_images) + self.pre_hm_layer(previous_heat)
        return self.levels(stems)


class Tree(nn.Module):
    """Two residual blocks whose outputs are joined by a 1x1 convolution, the root; halves the map.

    Args:
        in_channels, out_channels: channels of the map.
        stride: 2, or 1 for the second half of a deeper tree.
        passed_on: channels of further maps that the root joins with the outputs of the two blocks.
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 2, passed_on: int = 0) -> None:
        super().__init__()
        self.tree1 = BasicBlock(in_channels, out_channels, stride=stride)
        self.tree2 = BasicBlock(out_channels, out_channels)
        self.root = Root(2 * out_channels + passed_on, out_channels)
        self.shrink: nn.Module = nn.MaxPool2d(stride) if stride > 1 else nn.Identity()
        self.project: nn.Module = nn.Identity()
        if in_channels != out_channels:
            self.project = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x: Tensor, passed_on: Sequence[Tensor] = ()) -> Tensor:
        """x (B, in, h, w) -> (B, out, h / stride, w / stride)."""
        first = self.tree1(x, self.project(self.shrink(x)))
        second = self.tree2(first, first)
        joined: Tensor = self.root(torch.cat((second, first, *passed_on), 1))
        return joined


class DeepTree(nn.Module):
    """Two trees in sequence; the last root joins all maps, including the input."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.tree1 = Tree(in_channels, out_channels)
        self.tree2 = Tree(out_channels, out_channels, stride=1, passed_on=in_channels + out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, in, h, w) -> (B, out, h / 2, w / 2)."""
        first = self.tree1(x)
        second: Tensor = self.tree2(first, [self.tree1.shrink(x), first])
        return second


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor, shortcut: Tensor) -> Tensor:
        """x (B, in, h, w) and shortcut (B, out, h / stride, w / stride) -> the shortcut's shape."""
        x = self.bn1(self.conv1(x)).relu()
        mixed: Tensor = self.bn2(self.conv2(x))
        return (mixed + shortcut).relu()


class Root(nn.Module):
    """1x1 convolution over joined maps."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, joined: Tensor) -> Tensor:
        mixed: Tensor = self.bn(self.conv(joined))
        return mixed.relu()


def _conv_bn_relu(in_channels: int, out_channels: int, *, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def _stem(in_channels: int) -> nn.Sequential:
    return _conv_bn_relu(in_channels, 16, kernel=7)
