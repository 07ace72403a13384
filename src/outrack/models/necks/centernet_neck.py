"""The upsampling neck of the default network: from strides 32, 16, 8 and 4 to one map at stride 4."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from outrack.models.backbones.pyramid import Pyramid
from outrack.models.spatial import double_size, spatial_mean

__all__ = ["CenterNetNeck"]


class CenterNetNeck(nn.Module):
    """Upsample from stride 32 to stride 4, joining the finer level at each step, then weight the channels.

    Args:
        channels: channels of the pyramid's levels, from stride 4 to stride 32.
    """

    channels_at8 = 192
    out_channels = 128

    def __init__(self, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        at4, at8, at16, at32 = channels
        self.lateral16, self.up32 = Lateral(at16, 22, 128), Upsample(at32, 128)
        self.lateral8, self.up16 = Lateral(at8, 24, 96), Upsample(256, 96)
        self.lateral4, self.up8 = Lateral(at4, 18, 64), Upsample(192, 64)
        self.gate = nn.Sequential(nn.Conv2d(128, 32, 1), nn.ReLU(), nn.Conv2d(32, 128, 1, bias=False), nn.Sigmoid())

    def forward(self, pyramid: Pyramid) -> Tensor:
        """Pyramid -> (B, 128, H / 4, W / 4)."""
        return self.to_stride4(pyramid, self.to_stride8(pyramid))

    def to_stride8(self, pyramid: Pyramid) -> Tensor:
        """The first half of the way up -> (B, 192, H / 8, W / 8)."""
        at16 = torch.cat((self.lateral16(pyramid.stride16), self.up32(pyramid.stride32)), 1).relu()
        return torch.cat((self.lateral8(pyramid.stride8), self.up16(at16)), 1).relu()

    def to_stride4(self, pyramid: Pyramid, at8: Tensor) -> Tensor:
        """The second half, from the output of `to_stride8` -> (B, 128, H / 4, W / 4)."""
        at4 = torch.cat((self.lateral4(pyramid.stride4), self.up8(at8)), 1).relu()
        weighed: Tensor = at4 * self.gate(spatial_mean(at4))
        return weighed


class Lateral(nn.Sequential):
    """Lateral connection of a backbone level: narrowed, mixed over 5x5 cells, widened."""

    def __init__(self, in_channels: int, narrow: int, out_channels: int) -> None:
        super().__init__(nn.Conv2d(in_channels, narrow, 1), nn.ReLU(), *_separable(narrow, out_channels, 5))


class Upsample(nn.Module):
    """A 3x3 and a 5x5 separable convolution, added, at twice the size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.narrow = _separable(in_channels, out_channels, 3)
        self.wide = _separable(in_channels, out_channels, 5)

    def forward(self, x: Tensor) -> Tensor:
        return double_size(self.narrow(x) + self.wide(x))


def _separable(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, in_channels, kernel, padding=kernel // 2, groups=in_channels, bias=False),
        nn.Conv2d(in_channels, out_channels, 1),
    )
