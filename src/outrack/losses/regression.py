"""Losses of heads that are supervised only at object centres, and reading of maps at those centres."""

from __future__ import annotations

import torch
from torch import Tensor

from outrack.losses.divisors import divisor
from outrack.losses.precision import at_least_float32

__all__ = ["gather_at", "giou_at", "l1_at"]


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


def giou_at(maps: Tensor, image: Tensor, cell: Tensor, target: Tensor) -> Tensor:
    """Mean of 1 - GIoU (Rezatofighi et al., 2019) of the boxes read at the objects' centres.

    Predicted and true box share their centre: errors of the offset head have a separate loss. Unlike with the L1 loss,
    an error of two pixels costs a small box more than a large one, as in evaluation. Not in the paper.

    Args:
        maps: distances to the four sides, l, t, r, b, in cells, (B, 4, h, w), any float type.
        image: index of each object's image in the batch, int64 (N,).
        cell: its cell, y * w + x, int64 (N,).
        target: true distances, (N, 4).

    Returns:
        Scalar, 0 for a batch without objects.

    Raises:
        ValueError: `maps` or `target` do not have four channels.
    """
    predicted = gather_at(maps, image, cell)  # (N, 4)
    if predicted.shape != target.shape or predicted.shape[1] != 4:
        raise ValueError(f"expected target (N, 4) like {tuple(predicted.shape)}, got {tuple(target.shape)}")
    box, truth = at_least_float32(predicted), at_least_float32(target)
    shared = _area(torch.minimum(box, truth))
    hull = _area(torch.maximum(box, truth)).clamp(min=1e-6)
    union = (_area(box) + _area(truth) - shared).clamp(min=1e-6)
    giou = shared / union - (hull - union) / hull
    return (1 - giou).sum() / divisor(len(target), giou)


def _area(ltrb: Tensor) -> Tensor:
    """Area of boxes given by their distances (N, 4) from a point; 0 if opposite sides have crossed."""
    size = (ltrb[:, :2] + ltrb[:, 2:]).clamp(min=0)
    return size[:, 0] * size[:, 1]
