"""Modulated deformable convolution (DCNv2) in plain torch: no compiled extension, no torchvision.

Each of the 3x3 taps reads the input at its own position, moved by a learned offset and weighted by a learned mask.
Names and channel order are those of the CUDA extension that the public checkpoints were trained with, and of
`torchvision.ops.deform_conv2d`.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models.spatial import OPSET

__all__ = ["ModulatedDeformConv2d", "modulated_deform_conv"]

TAPS = 9


class ModulatedDeformConv2d(nn.Module):
    """A 3x3 convolution of stride 1 with learned sampling positions.

    `conv_offset_mask` starts at zero: no offsets and a mask of sigmoid(0), so that a new layer is a plain convolution
    times one half.

    Args:
        in_channels, out_channels: as for a convolution.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, 3, 3))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.conv_offset_mask = nn.Conv2d(in_channels, 3 * TAPS, 3, padding=1)
        bound = 1 / math.sqrt(in_channels * TAPS)
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.zeros_(self.conv_offset_mask.weight)
        nn.init.zeros_(self.conv_offset_mask.bias)  # type: ignore[arg-type]  # there is a bias

    def forward(self, x: Tensor) -> Tensor:
        """x (B, in, h, w) -> (B, out, h, w); at least in float32, also under autocast (as the official code)."""
        with _full_precision(x.device.type):
            if x.dtype in (torch.float16, torch.bfloat16):
                x = x.float()
            offset, mask = self.conv_offset_mask(x).split((2 * TAPS, TAPS), 1)
            return modulated_deform_conv(x, offset, mask.sigmoid(), self.weight, self.bias)


def modulated_deform_conv(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The convolution itself: out(p) = bias + sum over taps k of weight_k * mask_k(p) * x(p + k + offset_k(p)).

    Reads between cells are bilinear; outside the map everything is zero. Exported to ONNX, it is one `DeformConv`.

    Args:
        x: (B, C, h, w).
        offset: (B, 18, h, w): dy and dx of each tap in turn, in cells, taps in row-major order.
        mask: (B, 9, h, w), taps in the same order.
        weight: (O, C, 3, 3).
        bias: (O,).

    Returns:
        (B, O, h, w).
    """
    if torch.onnx.is_in_onnx_export():
        batch, _, height, width = x.shape
        return torch.onnx.ops.symbolic(
            "DeformConv",
            (x, weight, offset, bias, mask),
            {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
            dtype=x.dtype,
            shape=(batch, weight.shape[0], height, width),
            version=OPSET,
        )
    batch, channels, height, width = x.shape
    # All taps in one call: nine samplings of the input, stacked vertically.
    grid = _reading_places(offset).reshape(batch, TAPS * height, width, 2)
    read = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)  # (B, C, 9 * h, w)
    weighed = read.reshape(batch, channels, TAPS, height * width) * mask.reshape(batch, 1, TAPS, height * width)
    columns = weighed.reshape(batch, channels * TAPS, height * width)
    out = weight.flatten(1) @ columns + bias[:, None]  # (B, O, h * w)
    return out.reshape(batch, -1, height, width)


def _reading_places(offset: Tensor) -> Tensor:
    """Sampling positions of each tap: (B, 18, h, w) offsets in cells to (B, 9, h, w, 2) x and y in -1..1 of
    `grid_sample`."""
    batch, _, height, width = offset.shape
    along = torch.arange(-1, 2, dtype=offset.dtype, device=offset.device)
    tap_y, tap_x = along.repeat_interleave(3)[:, None, None], along.repeat(3)[:, None, None]  # (9, 1, 1)
    row = torch.arange(height, dtype=offset.dtype, device=offset.device)[:, None]
    column = torch.arange(width, dtype=offset.dtype, device=offset.device)
    dy, dx = offset.reshape(batch, TAPS, 2, height, width).unbind(2)  # (B, 9, h, w)
    y, x = dy + tap_y + row, dx + tap_x + column
    return torch.stack(((2 * x + 1) / width - 1, (2 * y + 1) / height - 1), -1)


def _full_precision(device_type: str) -> AbstractContextManager[object]:
    """Disables autocast on devices that support it (the "meta" device does not)."""
    known = torch.amp.is_autocast_available(device_type)
    return torch.autocast(device_type, enabled=False) if known else nullcontext()
