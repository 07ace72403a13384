"""CycAs: cycle association between two frames, the unsupervised baseline of the paper (as in the official code)."""

from __future__ import annotations

import torch
from torch import Tensor

from outrack.losses.frame_pairs import LOWEST, pair_similarities, softmax_temperature

__all__ = ["cycas_loss"]


def cycas_loss(
    embeddings: Tensor,
    pair: Tensor,
    second: Tensor,
    negative: Tensor,
    *,
    temperature: float | None = None,
    margin: float = 0.5,
) -> Tensor:
    """Every object of the less crowded frame, assigned to the other frame and back, should return to itself.

    The walk is Cyc = A A', soft assignments there and back. Each row and each column of Cyc must hold its maximum on
    the diagonal by `margin`. Unlike UTrack it does not compare objects of one frame, has no placeholder, and cannot use
    negative pairs, which are ignored like pairs with an empty frame. Of two equally crowded frames the walk starts at
    the first one.

    If all embeddings are equal the loss is twice the margin, a local minimum: small differences first make some people
    more popular than others, before they lead any object back to itself. Large first steps from random weights end in
    this minimum and stay there. A warm-up of the learning rate, or pretrained weights as in the paper, avoid it.

    Args:
        embeddings: appearance, not normalised, (N, D), any float type.
        pair: pair of each object, 0 to P - 1, int64 (N,), in any order.
        second: whether the object is of its pair's second frame, bool (N,).
        negative: whether the two frames of a pair are of different scenes, bool (P,).
        temperature: temperature of the softmax; None adapts it, 2 ln(C + 1) with C objects to choose from.
        margin: by how much returning must outweigh ending elsewhere.

    Returns:
        Scalar: sum over walks divided by the number of walks.

    Raises:
        ValueError: a setting or a shape is invalid.
    """
    if temperature is not None and temperature <= 0:
        raise ValueError(f"temperature must be positive, or None to adapt it, got {temperature}")
    if margin <= 0:
        raise ValueError(f"margin must be positive, got {margin}")
    if negative.ndim != 1:
        raise ValueError(f"negative must be (P,), got {tuple(negative.shape)}")
    similarities = pair_similarities(embeddings, pair, second, len(negative))
    cosine, present, in_second = similarities.cosine, similarities.present, similarities.second
    num_first, num_second = similarities.num_first, similarities.num_second

    choices = torch.where(in_second, num_first[:, None], num_second[:, None])  # (P, L), C of each row
    t = softmax_temperature(choices, temperature, cosine.dtype)
    across = similarities.others & ~similarities.same_frame
    assignment = (cosine * t[:, :, None]).masked_fill(~across, LOWEST).softmax(2)  # A and A' in one, (P, L, L)
    # Rows of one frame have weight only on the other frame, so the square contains both round trips.
    with torch.autocast(cosine.device.type, enabled=False):
        cycle = assignment @ assignment  # (P, L, L)

    # From the less crowded frame; an empty one holds no starts.
    starts = present & ~negative.bool()[:, None] & (in_second == (num_second < num_first)[:, None])  # (P, L)
    home = cycle.diagonal(dim1=1, dim2=2)
    elsewhere = torch.where(similarities.others, cycle, 0)
    there = (elsewhere.amax(2) - home + margin).relu()
    back = (elsewhere.amax(1) - home + margin).relu()
    return torch.where(starts, there + back, 0).sum() / starts.sum().clamp(min=1)
