"""UTrack: appearance learned from boxes alone, without identities (paper Section 3.1, Eq. 1-8).

Two facts supervise it. Objects of one frame are different people (strong). Objects of two nearby frames are mostly the
same people, and those of two scenes never (weak). Nothing here grows with the number of people in the data.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from outrack.losses.frame_pairs import LOWEST, PairSimilarities, pair_similarities, softmax_temperature

__all__ = ["Negatives", "Normalise", "Placeholder", "UTrackLoss", "utrack_loss"]

Placeholder = Literal["mean", "zero", "none"]
Negatives = Literal["paper", "official", "off"]
Normalise = Literal["pair", "batch"]


class UTrackLoss(NamedTuple):
    """Scalars. `total` is the weighted sum of intra, inter and cycle, plus negative; the terms are unweighted.

    Attributes:
        total: L_id of Eq. 8.
        intra: positive pairs, no object is assigned to another one of the same frame (Eq. 3).
        inter: positive pairs, the first choice of each object is clear (Eq. 4).
        cycle: positive pairs, choices are mutual (Eq. 5).
        negative: negative pairs, all objects are assigned to the placeholder (Eq. 7).
    """

    total: Tensor
    intra: Tensor
    inter: Tensor
    cycle: Tensor
    negative: Tensor


def utrack_loss(
    embeddings: Tensor,
    pair: Tensor,
    second: Tensor,
    negative: Tensor,
    *,
    temperature: float | None = None,
    placeholder: Placeholder = "mean",
    margin: float = 0.5,
    intra_weight: float = 1.0,
    inter_weight: float = 1.0,
    cycle_weight: float = 1.0,
    negatives: Negatives = "paper",
    normalise: Normalise = "pair",
) -> UTrackLoss:
    """Unsupervised Re-ID loss of P frame pairs with N objects in total.

    Pairs with an empty frame are ignored.

    Args:
        embeddings: appearance at the objects' centres, not normalised, (N, D), any float type.
        pair: pair of each object, 0 to P - 1, int64 (N,), in any order.
        second: whether the object is of its pair's second frame, bool (N,).
        negative: whether the two frames of a pair are of different scenes, bool (P,).
        temperature: T of Eq. 2; None adapts it to each pair, 2 ln(C + 1) with C columns, placeholder included.
        placeholder: p, the similarity to no object, for those that appear or disappear: the mean similarity of the pair
            (not differentiated), zero, or no such column.
        margin: m of Eq. 4.
        intra_weight, inter_weight, cycle_weight: weights of Eq. 3, 4 and 5; 0 disables a term.
        negatives: `paper` is Eq. 7. `official` is the official code: p = 0, and a hinge that requires the placeholder
            to win by `margin`. `off` ignores negative pairs.
        normalise: `pair` divides each pair by its objects and averages over pairs (Eq. 6 and 8; Eq. 7 as printed
            lacks the division, which would let one crowded negative pair outweigh the batch). `batch` divides the sum
            over all pairs by the sum of their objects, as the official code does.

    Raises:
        ValueError: a setting or a shape is invalid.
    """
    check_utrack_settings(temperature, placeholder, margin, negatives, normalise)
    if negative.ndim != 1:
        raise ValueError(f"negative must be (P,), got {tuple(negative.shape)}")
    negative = negative.bool()
    similarities = pair_similarities(embeddings, pair, second, len(negative))
    others, same_frame, present = similarities.others, similarities.same_frame, similarities.present
    assignment = _assignment(similarities, negative & (negatives == "official"), temperature, placeholder)
    to_objects = torch.where(others, assignment[:, :, :-1], 0)  # (P, L, L)

    intra = torch.where(same_frame, to_objects, 0).sum((1, 2))  # Eq. 3

    first, runner_up = assignment.topk(2, dim=2).values.unbind(2)  # (P, L) each
    inter = torch.where(present, (runner_up + margin - first).relu(), 0).sum(1)  # Eq. 4

    one_sided = (to_objects - to_objects.mT).abs()
    cycle = torch.where(same_frame, 0, one_sided).sum((1, 2)) / 2  # Eq. 5: each couple once

    apart = to_objects.sum((1, 2))  # Eq. 7
    if negatives == "official":
        hinge = (to_objects.amax(2) + margin - assignment[:, :, -1]).relu()
        apart = apart + torch.where(present, hinge, 0).sum(1)

    share = _share(similarities, negative, negatives, normalise)
    of_positive, of_negative = torch.where(negative, 0, share), torch.where(negative, share, 0)
    intra, inter, cycle = ((of_positive * term).sum() for term in (intra, inter, cycle))
    apart = (of_negative * apart).sum()
    total = intra_weight * intra + inter_weight * inter + cycle_weight * cycle + apart
    return UTrackLoss(total, intra, inter, cycle, apart)


def _assignment(
    similarities: PairSimilarities, zero_placeholder: Tensor, temperature: float | None, placeholder: Placeholder
) -> Tensor:
    """M' of the paper: Eq. 2 on the similarities and the placeholder, (P, L, L + 1), last column is the placeholder.

    Without a placeholder its column is 0, which leaves M of Eq. 2. Rows of padding are meaningless, but finite.
    """
    cosine, others = similarities.cosine, similarities.others
    if placeholder == "mean":
        p = torch.where(others, cosine, 0).sum((1, 2)).detach() / others.sum((1, 2)).clamp(min=1)
        p = torch.where(zero_placeholder, 0, p)
    else:
        p = cosine.new_zeros(len(cosine))
    columns = similarities.present.sum(1) + (placeholder != "none")  # C
    t = softmax_temperature(columns, temperature, cosine.dtype)
    to_objects = (cosine * t[:, None, None]).masked_fill(~others, LOWEST)
    to_placeholder = torch.full_like(p, LOWEST) if placeholder == "none" else p * t
    to_placeholder = to_placeholder[:, None, None].expand(-1, cosine.shape[1], 1)
    return torch.cat([to_objects, to_placeholder], dim=2).softmax(dim=2)


def _share(similarities: PairSimilarities, negative: Tensor, negatives: Negatives, normalise: Normalise) -> Tensor:
    """Factor of the terms of each pair, (P,); 0 for ignored pairs."""
    usable = (similarities.num_first > 0) & (similarities.num_second > 0)
    if negatives == "off":
        usable = usable & ~negative
    objects = (similarities.num_first + similarities.num_second) * usable
    share = usable.to(similarities.cosine.dtype)
    if normalise == "batch":
        return share / objects.sum().clamp(min=1)
    return share / (objects.clamp(min=1) * usable.sum().clamp(min=1))


def check_utrack_settings(
    temperature: float | None, placeholder: str, margin: float, negatives: str, normalise: str
) -> None:
    """Refuse settings that `utrack_loss` cannot be computed with, before anything is trained.

    Raises:
        ValueError: names the setting.
    """
    for name, value, allowed in (
        ("placeholder", placeholder, get_args(Placeholder)),
        ("negatives", negatives, get_args(Negatives)),
        ("normalise", normalise, get_args(Normalise)),
    ):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
    if temperature is not None and temperature <= 0:
        raise ValueError(f"temperature must be positive, or None to adapt it, got {temperature}")
    if margin <= 0:
        raise ValueError(f"margin must be positive, got {margin}")
    if placeholder == "none" and negatives != "off":
        raise ValueError(
            "negative pairs are learned by assigning all objects to the placeholder: "
            f"with placeholder='none' set negatives='off', got {negatives!r}"
        )
