"""FairMOT (Zhang et al. 2021): detection and appearance from DLA-34 in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor

from outrack.models.backbones.dla import DLA34
from outrack.models.heads import CENTRE_BIAS, DenseHeads, Head, extra_heads
from outrack.models.maps import DenseMaps
from outrack.models.necks.dla_neck import DLANeck, NodeType
from outrack.models.network import DenseNetwork

__all__ = ["FairMOT", "fairmot_heads"]


def fairmot_heads(
    *,
    embedding_dim: int = 128,
    occlusion: bool = False,
    hidden: int = 256,
    convolution: Literal["dense", "separable"] = "dense",
) -> tuple[Head, ...]:
    """Heads of FairMOT.

    Args:
        embedding_dim: length of the appearance vector: 128 in the official code, 256 in the paper's text, 0 for
            detection only.
        occlusion: the two heads of OccE (paper Sec. 3.2.1).
        hidden, convolution: settings of every head, see `Head`.
    """
    return (
        Head("centres", 1, CENTRE_BIAS, hidden, convolution),
        Head("ltrb", 4, 0.0, hidden, convolution),
        *extra_heads(
            offset=True, embedding_dim=embedding_dim, occlusion=occlusion, hidden=hidden, convolution=convolution
        ),
    )


class FairMOT(DenseNetwork):
    """DLA-34, its neck, and heads at stride 4. With the occlusion heads it is the paper's OUTrackfm.

    The pixels are only divided by 255, as in FairMOT, although its initial COCO weights were trained on BGR with mean
    and standard deviation (notes#input-and-augmentation).

    Args:
        heads: see `fairmot_heads`.
        neck: `deform` (paper) or `conv`, see `outrack.models.necks.dla_neck`.
    """

    architecture = "fairmot-dla34"
    size = (1088, 608)

    def __init__(self, heads: Sequence[Head] | None = None, *, neck: NodeType = "deform") -> None:
        super().__init__(fairmot_heads() if heads is None else heads, neck=neck)
        self.trunk = DLA34()
        self.neck = DLANeck(neck)
        self.outputs = DenseHeads(self.heads, DLANeck.out_channels)

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W), RGB 0..255 -> maps (B, channels, H / 4, W / 4)."""
        maps: DenseMaps = self.outputs(self.neck(self.trunk(images.float() / 255)))
        return maps
