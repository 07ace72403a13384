"""The shipped network: the default CPU network with appearance read from a branch of its own, all over the body."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from outrack.models.appearance import BODY, AppearanceBranch
from outrack.models.centernet_neck import CenterNetNeck
from outrack.models.colour_words import NUM_WORDS
from outrack.models.heads import Head
from outrack.models.maps import DenseMaps
from outrack.models.mobile_centernet import COCO_HEADS, MobileCenterNet

__all__ = ["MobileOutrack"]


class MobileOutrack(MobileCenterNet):
    """`MobileCenterNet` whose embedding map comes from an `AppearanceBranch`, with which people start by their colours.

    Args:
        heads: as for `MobileCenterNet`; of `embedding`, which must be among them, only the channels count.

    Raises:
        ValueError: no embedding head, or its channels cannot be shared among the parts of the body.
    """

    architecture = "mobile-outrack"
    body = BODY

    def __init__(self, heads: Sequence[Head] = (*COCO_HEADS, Head("embedding", 128))) -> None:
        super().__init__([head for head in heads if head.name != "embedding"])
        self.heads = tuple(heads)
        dim = NUM_WORDS * len(BODY.points)
        if self.embedding_dim != dim:
            raise ValueError(
                f"expected {dim} embedding channels, {NUM_WORDS} for each of {len(BODY.points)} parts of the body; "
                f"got {self.embedding_dim}"
            )
        self.appearance = AppearanceBranch(CenterNetNeck.out_channels)

    def prefix_of(self, head: str) -> str:
        return "appearance." if head == "embedding" else super().prefix_of(head)

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W) -> maps at stride 4."""
        images = images.float()
        features = self.neck(self.trunk(images))
        return self.maps_of(features)._replace(embedding=self.appearance(images, features))
