"""The output of every network of this package: raw dense maps at the network's stride, and inputs passed through."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

__all__ = ["DenseMaps"]


class DenseMaps(NamedTuple):
    """Raw outputs of one forward pass; B images, h x w cells of `stride` pixels. Absent maps are None.

    Attributes:
        centres: logits of object centres, (B, K, h, w) for K classes.
        ltrb: distances from the continuous centre to the sides of the amodal box, in cells, (B, 4, h, w).
        offset: sub-cell position of the centre, x and y, (B, 2, h, w).
        embedding: appearance, not normalised, (B, C, h, w), or of the stride of the network's `body`. C is its length
            if it is read at one cell.
        occlusion: logits of occlusion centres (paper Eq. 10), (B, 1, h, w).
        occlusion_offset: sub-cell position of the occlusion centre (paper Eq. 13), (B, 2, h, w).
        displacement: previous centre minus this integer centre, in cells (CenterTrack), (B, 2, h, w).
        pixels: the input images, float 0..255 (B, 3, H, W), if their colours are part of appearance.
    """

    centres: Tensor
    ltrb: Tensor
    offset: Tensor | None = None
    embedding: Tensor | None = None
    occlusion: Tensor | None = None
    occlusion_offset: Tensor | None = None
    displacement: Tensor | None = None
    pixels: Tensor | None = None
