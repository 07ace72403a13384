"""MobileNetV3-Large in the slightly narrower variant of the COCO CenterNet that the default network was trained from.

Batch normalisation is folded into the convolutions, as in the existing weights. Padding is TensorFlow's "SAME".
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models.backbones.pyramid import Pyramid
from outrack.models.spatial import spatial_mean

__all__ = ["STEM_CHANNELS", "MobileNetV3", "SameConv2d"]


class SameConv2d(nn.Conv2d):
    """Convolution with TensorFlow's "SAME" padding, for stride 1 or inputs of even height and width with stride 2.

    With stride 2 an even input gets one pixel less before than after it, so windows start on even pixels; torch's usual
    symmetric padding would shift them by one.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, *, stride: int = 1, groups: int = 1, bias: bool = True
    ) -> None:
        symmetric = kernel // 2 if stride == 1 else 0
        super().__init__(in_channels, out_channels, kernel, stride, symmetric, groups=groups, bias=bias)
        before = (kernel - 2) // 2
        self.before_after = (before, kernel - 2 - before) * 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if self.stride == (1, 1) else F.pad(x, self.before_after))


class Block(NamedTuple):
    """One inverted residual block; `squeeze` 0 omits squeeze-excite."""

    kernel: int
    stride: int
    expand: int
    out: int
    squeeze: int
    activation: type[nn.Module]


STEM_CHANNELS = 16
BLOCKS = (
    Block(3, 1, 16, 16, 0, nn.ReLU),
    Block(3, 2, 64, 24, 0, nn.ReLU),
    Block(3, 1, 72, 24, 0, nn.ReLU),
    Block(5, 2, 72, 32, 24, nn.ReLU),
    Block(5, 1, 96, 32, 24, nn.ReLU),
    Block(5, 1, 96, 32, 24, nn.ReLU),
    Block(3, 2, 192, 64, 0, nn.Hardswish),
    Block(3, 1, 160, 64, 0, nn.Hardswish),
    Block(3, 1, 144, 64, 0, nn.Hardswish),
    Block(3, 1, 144, 64, 0, nn.Hardswish),
    Block(3, 1, 384, 88, 96, nn.Hardswish),
    Block(3, 1, 528, 88, 136, nn.Hardswish),
    Block(5, 2, 528, 120, 136, nn.Hardswish),
    Block(5, 1, 720, 120, 184, nn.Hardswish),
    Block(5, 1, 720, 120, 184, nn.Hardswish),
)
LAST_CHANNELS = 480
WIDE_AT_4, WIDE_AT_8, OUT_AT_16 = 3, 5, 11
"""Blocks from which the levels are taken: the two fine levels inside a block, after widening and before striding or
mixing, the one at stride 16 at the output of its block."""


class MobileNetV3(nn.Module):
    """Images (B, 3, H, W), float RGB 0..255, to the four feature maps that the neck uses."""

    channels = (72, 96, 88, LAST_CHANNELS)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(SameConv2d(3, STEM_CHANNELS, 3, stride=2), nn.Hardswish())
        inputs = (STEM_CHANNELS, *(block.out for block in BLOCKS))
        self.blocks = nn.ModuleList(InvertedResidual(inputs[number], block) for number, block in enumerate(BLOCKS))
        self.last = nn.Sequential(nn.Conv2d(BLOCKS[-1].out, LAST_CHANNELS, 1), nn.Hardswish())

    def forward(self, images: Tensor) -> Pyramid:
        """images (B, 3, H, W) -> maps of 72, 96, 88 and 480 channels at strides 4, 8, 16 and 32."""
        return self.after_stem(self.stem(images))

    def after_stem(self, x: Tensor) -> Pyramid:
        """The same from the stem's map (B, 16, H / 2, W / 2), to which CenterTrack adds the previous frame."""
        wides, outs = [], []
        for block in self.blocks:
            x, wide = block(x)
            wides.append(wide)
            outs.append(x)
        return Pyramid(wides[WIDE_AT_4], wides[WIDE_AT_8], outs[OUT_AT_16], self.last(x))


class InvertedResidual(nn.Module):
    """Widen by 1x1, mix cells by a depthwise convolution, weigh channels, narrow by 1x1, add the input if it fits."""

    def __init__(self, in_channels: int, block: Block) -> None:
        super().__init__()
        wide = block.expand
        self.expand: nn.Module = (
            nn.Sequential(nn.Conv2d(in_channels, wide, 1), block.activation()) if wide != in_channels else nn.Identity()
        )
        self.depthwise = nn.Sequential(
            SameConv2d(wide, wide, block.kernel, stride=block.stride, groups=wide), block.activation()
        )
        self.excite: nn.Module = SqueezeExcite(wide, block.squeeze) if block.squeeze else nn.Identity()
        self.project = nn.Conv2d(wide, block.out, 1)
        self.has_skip = block.stride == 1 and in_channels == block.out

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, in, h, w) -> (B, out, h / stride, w / stride), and x widened, (B, expand, h, w), for the neck."""
        wide = self.expand(x)
        y = self.project(self.excite(self.depthwise(wide)))
        return (x + y if self.has_skip else y), wide


class SqueezeExcite(nn.Module):
    """Weigh every channel by a gate in 0..1 computed from the mean of all channels."""

    def __init__(self, channels: int, squeeze: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Conv2d(channels, squeeze, 1), nn.ReLU(), nn.Conv2d(squeeze, channels, 1), nn.Hardsigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        weighed: Tensor = x * self.gate(spatial_mean(x))
        return weighed
