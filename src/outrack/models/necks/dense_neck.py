"""The neck of the dense network: a feature pyramid down to stride 4, of 3x3 convolutions."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models.backbones.pyramid import Pyramid
from outrack.models.backbones.reslite import convolution

__all__ = ["DenseNeck"]


class DenseNeck(nn.Module):
    """Add each coarser level, at twice its size, to the finer one, and smooth the sum (FPN, Lin et al., 2017).

    Args:
        channels: channels of the pyramid's levels, from stride 4 to stride 32.
    """

    at16, at8, at4 = 96, 64, 48

    def __init__(self, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.lateral32 = convolution(channels[3], self.at16, 1)
        self.lateral16, self.smooth16 = convolution(channels[2], self.at16, 1), convolution(self.at16, self.at16)
        self.narrow8, self.narrow4 = convolution(self.at16, self.at8, 1), convolution(self.at8, self.at4, 1)
        self.lateral8, self.smooth8 = convolution(channels[1], self.at8, 1), convolution(self.at8, self.at8)
        self.lateral4, self.smooth4 = convolution(channels[0], self.at4, 1), convolution(self.at4, self.at4)

    def to_stride8(self, pyramid: Pyramid) -> Tensor:
        """The first half of the way up -> (B, 64, H / 8, W / 8)."""
        at32 = F.relu(self.lateral32(pyramid.stride32))
        at16 = F.relu(self.smooth16(F.relu(self.lateral16(pyramid.stride16)) + _double(at32)))
        at8 = F.relu(self.lateral8(pyramid.stride8)) + _double(F.relu(self.narrow8(at16)))
        return F.relu(self.smooth8(at8))

    def to_stride4(self, pyramid: Pyramid, at8: Tensor) -> Tensor:
        """The second half, from the output of `to_stride8` -> (B, 48, H / 4, W / 4)."""
        at4 = F.relu(self.lateral4(pyramid.stride4)) + _double(F.relu(self.narrow4(at8)))
        return F.relu(self.smooth4(at4))


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
