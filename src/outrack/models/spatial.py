"""Spatial operations with an ONNX form that the exporter would not find by itself.

Both have one operator in ONNX that runtimes execute in their own memory layout; the torch form exports to many small
ones, and the layout changes around them cost more than they do.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["double_size", "spatial_mean"]

OPSET = 20
"""Version of the operators of exported files, and of those that are written here."""


def double_size(x: Tensor) -> Tensor:
    """Bilinear enlargement by two, (B, C, h, w) -> (B, C, 2h, 2w), in TensorFlow's legacy convention.

    Output cell 2i lies exactly on input cell i and 2i + 1 halfway to i + 1; the last cell repeats. It is neither of
    torch's two conventions, and the COCO weights were trained with it. ONNX calls it `asymmetric`.
    """
    if torch.onnx.is_in_onnx_export():
        batch, channels, height, width = x.shape
        return torch.onnx.ops.symbolic(
            "Resize",
            (x, None, torch.tensor([1.0, 1.0, 2.0, 2.0])),
            {"mode": "linear", "coordinate_transformation_mode": "asymmetric"},
            dtype=x.dtype,
            shape=(batch, channels, 2 * height, 2 * width),
            version=OPSET,
        )
    # Channels last, which is faster on CPUs: in the other layout the following depthwise convolutions take four times
    # as long.
    cells = x.permute(0, 2, 3, 1)
    for axis in (2, 1):
        last = cells.narrow(axis, cells.shape[axis] - 1, 1)
        following = torch.cat((cells.narrow(axis, 1, cells.shape[axis] - 1), last), axis)
        cells = torch.stack((cells, (cells + following) / 2), axis + 1).flatten(axis, axis + 1)
    return cells.permute(0, 3, 1, 2)


def spatial_mean(x: Tensor) -> Tensor:
    """Mean over all cells, (B, C, h, w) -> (B, C, 1, 1)."""
    if torch.onnx.is_in_onnx_export():
        return torch.onnx.ops.symbolic(
            "GlobalAveragePool", (x,), {}, dtype=x.dtype, shape=(x.shape[0], x.shape[1], 1, 1), version=OPSET
        )
    return x.mean((2, 3), keepdim=True)
