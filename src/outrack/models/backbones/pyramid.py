"""The features that a backbone passes to a neck."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

__all__ = ["Pyramid"]


class Pyramid(NamedTuple):
    """Feature maps of one image batch, (B, channels, H / stride, W / stride)."""

    stride4: Tensor
    stride8: Tensor
    stride16: Tensor
    stride32: Tensor
