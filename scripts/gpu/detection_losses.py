"""Losses of centres and boxes, for targets on maps."""

from __future__ import annotations

import torch
from targets import DenseTargets
from torch import Tensor
from torch.nn import functional as F

__all__ = ["box_loss", "focal"]


def focal(logits: Tensor, target: DenseTargets) -> Tensor:
    """`outrack.losses.focal.centre_focal_loss` with centres of weight 0..1; mean over their number."""
    logits = logits.float()
    log_p, log_not_p = F.logsigmoid(logits), F.logsigmoid(-logits)
    is_centre = target.centre > 0
    background = torch.where(is_centre, 1 - target.centre, (1 - target.near) ** 4)
    loss = -target.centre * (2 * log_not_p).exp() * log_p - background * (2 * log_p).exp() * log_not_p
    return loss.masked_fill(target.ignore, 0).sum() / target.centre.sum().clamp(min=1)


def box_loss(ltrb: Tensor, target: DenseTargets) -> tuple[Tensor, Tensor]:
    """1 - GIoU and L1 in cells of the boxes at and near centres, mean over objects. An open side may be longer."""
    box, truth = ltrb.float(), target.ltrb
    longer = target.is_open & (box > truth)
    box, truth = torch.where(longer, box.detach(), box), torch.where(longer, box.detach(), truth)
    shared = _area(torch.minimum(box, truth))
    hull = _area(torch.maximum(box, truth)).clamp(min=1e-4)
    union = (_area(box) + _area(truth) - shared).clamp(min=1e-4)
    giou = shared / union - (hull - union) / hull
    count = target.box_weight.sum().clamp(min=1)
    size = _area(truth).clamp(min=1).sqrt()
    l1 = (box - truth).abs().mean(1) / size
    return ((1 - giou) * target.box_weight).sum() / count, (l1 * target.box_weight).sum() / count


def _area(ltrb: Tensor) -> Tensor:
    size = (ltrb[:, :2] + ltrb[:, 2:]).clamp(min=0)
    return size[:, 0] * size[:, 1]
