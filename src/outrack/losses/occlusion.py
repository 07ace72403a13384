"""OccE: where objects occlude each other (paper Section 3.2.1, Eq. 9-14)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from torch import Tensor

from outrack.losses.focal import centre_focal_loss
from outrack.losses.regression import l1_at

__all__ = ["OcclusionLoss", "OcclusionNormalise", "occlusion_loss"]

OcclusionNormalise = Literal["paper", "official"]


class OcclusionLoss(NamedTuple):
    """Scalars: the occlusion centres' focal loss and their offsets' L1 loss. Their sum is L_occ of Eq. 14."""

    centre: Tensor
    offset: Tensor


def occlusion_loss(
    centres: Tensor,
    offsets: Tensor,
    target: Tensor,
    image: Tensor,
    cell: Tensor,
    offset_target: Tensor,
    *,
    ignore: Tensor | None = None,
    normalise: OcclusionNormalise = "paper",
) -> OcclusionLoss:
    """Loss of the two occlusion heads over N valid occlusions (H = 1 in Eq. 9).

    Args:
        centres: logits of occlusion centres, (B, 1, h, w).
        offsets: sub-cell position of the occlusion centre, x and y, (B, 2, h, w).
        target: Y of Eq. 10, float (B, 1, h, w).
        image: index of each occlusion's image in the batch, int64 (N,).
        cell: the cell that its centre falls in, y * w + x, int64 (N,).
        offset_target: centre minus its cell, in 0..1, (N, 2).
        ignore: ignored cells of the heat map, see `centre_focal_loss`.
        normalise: `paper` divides both sums by the number of occlusions (Eq. 14). `official` is the official code: the
            focal sum is divided by the number of centre cells (two occlusions may share one), the offsets also by two
            channels. Its offset term is half the paper's.

    Raises:
        ValueError: a shape does not fit, or `normalise` is unknown.
    """
    offset = l1_at(offsets, image, cell, offset_target)
    if normalise == "official":
        return OcclusionLoss(centre_focal_loss(centres, target, ignore=ignore), offset)
    if normalise != "paper":
        raise ValueError(f"normalise must be paper or official, got {normalise!r}")
    centre = centre_focal_loss(centres, target, ignore=ignore, num_objects=len(cell))
    return OcclusionLoss(centre, offset * offsets.shape[1])  # Eq. 13 sums x and y; l1_at averages them
