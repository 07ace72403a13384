"""A dense residual backbone for CPUs: 3x3 convolutions run close to the processor's limit and suit 8 bits."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models.backbones.pyramid import Pyramid

__all__ = ["ResLite", "convolution"]


def convolution(in_channels: int, out_channels: int, kernel: int = 3, *, stride: int = 1) -> nn.Sequential:
    """Convolution and batch normalisation, without activation."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out_channels)
    )


class ResLite(nn.Module):
    """A narrow ResNet of basic blocks, with multi-scale context at its coarsest level.

    Args:
        stem: channels at stride 2.
        channels: channels at strides 4, 8, 16 and 32.
        blocks: residual blocks there.
    """

    channels: tuple[int, int, int, int] = (32, 64, 128, 224)

    def __init__(
        self,
        stem: int = 16,
        channels: tuple[int, int, int, int] = channels,
        blocks: tuple[int, int, int, int] = (1, 2, 2, 2),
    ) -> None:
        super().__init__()
        self.stem = convolution(3, stem, stride=2)
        widths = (stem, *channels)
        self.levels = nn.ModuleList(
            nn.Sequential(
                Residual(widths[level], channels[level], stride=2),
                *(Residual(channels[level], channels[level]) for _ in range(blocks[level] - 1)),
            )
            for level in range(4)
        )
        self.context = Context(channels[3])

    def forward(self, images: Tensor) -> Pyramid:
        """images, 0..255, float (B, 3, H, W) -> its four levels."""
        x = F.relu(self.stem(images))
        levels = []
        for level in self.levels:
            x = level(x)
            levels.append(x)
        at4, at8, at16, at32 = levels
        return Pyramid(at4, at8, at16, self.context(at32))


class Residual(nn.Module):
    """Two 3x3 convolutions beside the identity, or beside a 1x1 convolution where the shape changes."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.first = convolution(in_channels, out_channels, stride=stride)
        self.second = convolution(out_channels, out_channels)
        same = in_channels == out_channels and stride == 1
        self.skip = nn.Identity() if same else convolution(in_channels, out_channels, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(F.relu(self.first(x))) + self.skip(x))


class Context(nn.Module):
    """Maxima over 5, 9 and 13 cells beside the features themselves (SPP as in YOLOv5), for people as tall as the
    picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow = convolution(channels, channels // 2, 1)
        self.join = convolution(channels * 2, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scales = [F.relu(self.narrow(x))]
        for _ in range(3):
            scales.append(F.max_pool2d(scales[-1], 5, stride=1, padding=2))
        joined: Tensor = F.relu(self.join(torch.cat(scales, 1)))
        return joined
