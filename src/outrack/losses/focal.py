"""Penalty-reduced focal loss on centre heat maps (CornerNet, CenterNet; paper Eq. 11-12)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from outrack.losses.divisors import divisor
from outrack.losses.precision import at_least_float32

__all__ = ["centre_focal_loss"]


def centre_focal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    ignore: Tensor | None = None,
    alpha: float = 2.0,
    beta: float = 4.0,
    num_objects: Tensor | int | None = None,
) -> Tensor:
    """Focal loss with a reduced penalty near centres, summed over cells and divided by the number of objects.

    The official code clamps the probability to [1e-4, 1 - 1e-4] to keep its logarithm finite, which also stops the
    gradient beyond. Here the logarithm is computed from the logit directly, without clamping.

    Args:
        logits: raw heat maps, (B, K, h, w), any float type.
        target: Y of Eq. 10, Gaussians that are exactly 1 at centres, float (B, K, h, w).
        ignore: cells that count neither as object nor as background, where non-zero; bool or float
            (B, 1, h, w) or (B, K, h, w).
        alpha: how strongly confident cells are down-weighted, 0 or more.
        beta: how strongly background cells near a centre are down-weighted, 0 or more.
        num_objects: the divisor. By default the number of cells equal to 1 over the batch, as in the official code.

    Returns:
        Scalar. Without objects, the undivided sum over the background.

    Raises:
        ValueError: the shapes of `logits` and `target` differ, or alpha or beta is negative.
    """
    if logits.shape != target.shape:
        raise ValueError(f"logits and target must have one shape, got {tuple(logits.shape)} and {tuple(target.shape)}")
    if alpha < 0 or beta < 0:
        raise ValueError(f"alpha and beta must be 0 or more, got {alpha} and {beta}")
    logits, target = at_least_float32(logits), at_least_float32(target)
    log_p, log_not_p = logsigmoid(logits), logsigmoid(-logits)
    is_centre = target == 1
    loss = torch.where(  # Eq. 12, with p^alpha = exp(alpha log p)
        is_centre,
        -(alpha * log_not_p).exp() * log_p,
        -((1 - target) ** beta) * (alpha * log_p).exp() * log_not_p,
    )
    if ignore is not None:
        ignored = ignore.bool()
        loss = loss.masked_fill(ignored, 0)
        is_centre = is_centre & ~ignored
    count = is_centre.sum() if num_objects is None else torch.as_tensor(num_objects, device=loss.device)
    return loss.sum() / divisor(count, loss)
