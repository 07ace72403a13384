"""Losses are computed in full precision, because they sum thousands of small numbers."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["at_least_float32"]


def at_least_float32(values: Tensor) -> Tensor:
    """`values` as float32, or as float64 if that is what they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
