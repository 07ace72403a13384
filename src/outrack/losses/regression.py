"""Losses of heads that are supervised only at object centres, and reading of maps at those centres."""

from __future__ import annotations

from torch import Tensor

from outrack.losses.divisors import divisor
from outrack.losses.precision import at_least_float32

__all__ = ["gather_at", "l1_at"]


def gather_at(maps: Tensor, image: Tensor, cell: Tensor) -> Tensor:
    """The values of a dense head at the objects' centres.

    Args:
        maps: (B, C, h, w).
        image: index of each object's image in the batch, int64 (N,).
        cell: its cell, y * w + x, int64 (N,). Several objects may share a cell.

    Returns:
        (N, C), in the type of `maps`.
    """
    return maps.flatten(2)[image, :, cell]


def l1_at(maps: Tensor, image: Tensor, cell: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error over objects and channels, read at the objects' centres.

    As in the official code, the divisor is N * C + 1e-4, so a batch without objects gives 0.

    Args:
        maps: (B, C, h, w), any float type.
        image: index of each object's image in the batch, int64 (N,).
        cell: its cell, y * w + x, int64 (N,).
        target: (N, C).

    Returns:
        Scalar.

    Raises:
        ValueError: `target` is not (N, C).
    """
    predicted = gather_at(maps, image, cell)  # (N, C)
    if predicted.shape != target.shape:
        raise ValueError(f"target must be (N, C) = {tuple(predicted.shape)}, got {tuple(target.shape)}")
    error = at_least_float32(predicted) - at_least_float32(target)
    return error.abs().sum() / (divisor(error.numel(), error, least=0) + 1e-4)
