"""The bundled network: the default CPU network with appearance read from a branch of its own, all over the body."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from torch import Tensor

from outrack.models.appearance.body import BODY
from outrack.models.appearance.branch import AppearanceBranch
from outrack.models.appearance.colour_counts import NUM_COLOURS
from outrack.models.appearance.soft_colour_histogram import NUM_BINS
from outrack.models.backbones.mobilenet import Shallow
from outrack.models.heads import Head
from outrack.models.maps import DenseMaps
from outrack.models.mobile_centernet import COCO_HEADS, MobileCenterNet
from outrack.models.necks.centernet_neck import CenterNetNeck
from outrack.models.occlusion import DeepOcclusionBranch

__all__ = ["MobileOutrack"]

PARTS = len(BODY.points)
LEARNED_DIM, COLOURS_DIM = NUM_BINS * PARTS, NUM_COLOURS * PARTS


class MobileOutrack(MobileCenterNet):
    """`MobileCenterNet` whose embedding map comes from an `AppearanceBranch`, with which people start by their colours.

    Args:
        heads: as for `MobileCenterNet`; of `embedding`, which must be among them, only the channels count: 128, or 640
            with the colours as they are beside what was learned. Both have the same weights.

    Raises:
        ValueError: no embedding head, or its channels cannot be shared among the parts of the body.
    """

    architecture = "mobile-outrack"
    body = BODY
    size = (448, 320)
    occlusion_score = 0.2  # chosen on `cutouts-val`, see docs/default-network
    occlusions: DeepOcclusionBranch | None

    def __init__(self, heads: Sequence[Head] = (*COCO_HEADS, Head("embedding", LEARNED_DIM + COLOURS_DIM))) -> None:
        super().__init__([head for head in heads if head.name != "embedding"])
        self.heads = tuple(heads)
        if self.embedding_dim not in (LEARNED_DIM, LEARNED_DIM + COLOURS_DIM):
            raise ValueError(
                f"expected {LEARNED_DIM} embedding channels, {NUM_BINS} for each of {PARTS} parts of the body, or "
                f"{LEARNED_DIM + COLOURS_DIM}, {NUM_COLOURS} colours more for each; got {self.embedding_dim}"
            )
        self.appearance = AppearanceBranch(CenterNetNeck.out_channels)

    @property
    def learned_dim(self) -> int:
        return LEARNED_DIM

    def prefix_of(self, head: str) -> str:
        return "appearance." if head == "embedding" else super().prefix_of(head)

    def _occlusion_branch(self) -> DeepOcclusionBranch:
        return DeepOcclusionBranch()

    def start_heads(self, heads: Collection[str]) -> None:
        if self.occlusions is not None and "occlusion" in heads:
            self.occlusions.init_from(self.trunk, self.neck)

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W) -> maps at stride 4, the embedding's of 32 channels, and the pixels."""
        images = images.float()
        shallow = self.trunk.shallow(self.trunk.stem(images))
        features = self.neck(self.trunk.deep(shallow))
        return self.maps_of(shallow, features)._replace(
            embedding=self.appearance(images, features),
            pixels=images if self.embedding_dim > self.learned_dim else None,
        )

    def occlusion_features(self, shallow: Shallow, features: Tensor) -> Tensor:
        """What the occlusion branch sees, (B, 128, h, w): features of its own."""
        assert self.occlusions is not None  # asked for with the branch only
        return self.occlusions.features(shallow)
