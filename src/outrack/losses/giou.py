"""GIoU of the boxes (Rezatofighi et al., 2019): a detection loss besides the paper's."""

from __future__ import annotations

import torch
from torch import Tensor

from outrack.losses.detection import DetectionMaps, DetectionTargets
from outrack.losses.divisors import divisor
from outrack.losses.precision import at_least_float32
from outrack.losses.regression import gather_at

__all__ = ["giou_at", "giou_loss"]


def giou_loss(maps: DetectionMaps, targets: DetectionTargets) -> Tensor:
    """`giou_at` of all objects of a batch."""
    objects = targets.objects
    return giou_at(maps.ltrb, objects.image, objects.cell, objects.ltrb)


def giou_at(maps: Tensor, image: Tensor, cell: Tensor, target: Tensor) -> Tensor:
    """Mean of 1 - GIoU of the boxes read at the objects' centres.

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
