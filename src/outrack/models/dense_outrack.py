"""The dense network: residual backbone, feature pyramid, all heads of the paper. Designed for CPUs with 8-bit
arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from outrack.models.appearance.body import BODY
from outrack.models.appearance.branch import AppearanceBranch
from outrack.models.appearance.vector import LEARNED_DIM, WHOLE_DIM, check_embedding_dim
from outrack.models.backbones.reslite import ResLite, convolution
from outrack.models.heads import CENTRE_BIAS, Head, extra_heads
from outrack.models.maps import DenseMaps
from outrack.models.necks.dense_neck import DenseNeck
from outrack.models.network import DenseNetwork
from outrack.models.occlusion import OCCLUSION, OcclusionBranch, check_occlusion_heads

__all__ = ["DenseOutrack", "dense_outrack_heads"]

HIDDEN = 64
SIDE_UNIT, SIDE_BIAS = 8.0, 1.0
"""Cells per unit of the last layer's output for box sides, and its initial output: sides of typical size."""
SHARED = ("centres", "ltrb", "offset")
"""Heads that share one hidden layer."""
KNOWN = (*SHARED, "embedding", *OCCLUSION)


def dense_outrack_heads(
    *, offset: bool = False, embedding_dim: int = WHOLE_DIM, occlusion: bool = True
) -> tuple[Head, ...]:
    """Heads of the dense network.

    Args:
        offset: sub-cell position of the centre. Without it sides are measured from the integer centre.
        embedding_dim: length of the appearance vector: 128, or 640 with colour histograms appended; 0 for detection
            only.
        occlusion: the two heads of OccE (paper Sec. 3.2.1).
    """
    return (
        Head("centres", 1, CENTRE_BIAS, hidden=HIDDEN),
        Head("ltrb", 4, SIDE_BIAS, hidden=HIDDEN),
        *extra_heads(offset=offset, embedding_dim=embedding_dim, occlusion=occlusion, hidden=HIDDEN),
    )


class DenseOutrack(DenseNetwork):
    """CenterNet on a dense residual backbone, with the appearance and occlusion branches of `MobileOutrack`.

    Dense are its convolutions, unlike the depthwise ones of `MobileOutrack`; every network here predicts dense maps.

    Args:
        heads: see `dense_outrack_heads`. `centres`, `ltrb` and `offset` share one hidden layer; of `embedding` only the
            channels are used.

    Raises:
        ValueError: `centres` or `ltrb` is missing, a head is unknown, the embedding's channels cannot be divided among
            the body parts, or there is only one of the two occlusion heads.
    """

    architecture = "dense-outrack"
    body = BODY._replace(stride=AppearanceBranch.stride)
    size = (640, 384)
    occlusion_score = 0.2

    def __init__(self, heads: Sequence[Head] | None = None) -> None:
        super().__init__(dense_outrack_heads() if heads is None else heads)
        names = [head.name for head in self.heads]
        if len(set(names)) != len(names) or not {"centres", "ltrb"} <= set(names) <= set(KNOWN):
            raise ValueError(f"expected {', '.join(KNOWN)}, all but the first two optional; got {', '.join(names)}")
        check_occlusion_heads(self.heads)
        if self.embedding_dim:
            check_embedding_dim(self.embedding_dim)
        self.trunk = ResLite()
        self.neck = DenseNeck(ResLite.channels)
        self.hidden = nn.Sequential(convolution(DenseNeck.at4, HIDDEN), nn.ReLU())
        self.outputs = nn.ModuleDict({head.name: _last(head) for head in self.heads if head.name in SHARED})
        self.appearance = AppearanceBranch(ResLite.channels[1], DenseNeck.at8) if self.embedding_dim else None
        self.occlusions = OcclusionBranch(DenseNeck.at4) if self.predicts_occlusions else None

    @property
    def learned_dim(self) -> int:
        return LEARNED_DIM if self.embedding_dim else 0

    def prefix_of(self, head: str) -> str:
        if head == "embedding":
            return "appearance."
        return "occlusions." if head in OCCLUSION else super().prefix_of(head)

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W) -> maps at stride 4, the embedding's of 32 channels at stride 8, and the pixels."""
        images = images.float()
        pyramid = self.trunk(images)
        at8 = self.neck.to_stride8(pyramid)
        features = self.neck.to_stride4(pyramid, at8)
        maps = self.boxes(features)
        if self.appearance is not None:
            maps = maps._replace(
                embedding=self.appearance(pyramid.stride8, at8),
                pixels=images if self.embedding_dim > self.learned_dim else None,
            )
        if self.occlusions is not None:
            occlusion, offset = self.occlusions(features, maps)
            maps = maps._replace(occlusion=occlusion, occlusion_offset=offset)
        return maps

    def boxes(self, features: Tensor) -> DenseMaps:
        """The neck's features (B, 48, h, w) -> maps of centres and sides, and of offsets if there is a head for
        them."""
        hidden = self.hidden(features)
        maps = DenseMaps(**{name: layer(hidden) for name, layer in self.outputs.items()})
        return maps._replace(ltrb=SIDE_UNIT * maps.ltrb)


def _last(head: Head) -> nn.Conv2d:
    layer = nn.Conv2d(HIDDEN, head.channels, 1)
    nn.init.constant_(layer.bias, head.bias)  # type: ignore[arg-type]  # there is a bias
    if head.name == "offset":  # so that boxes of weights without offsets do not move until it is trained
        nn.init.zeros_(layer.weight)
    return layer
