"""The bundled network: the default CPU network with appearance, read all over the body."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from outrack.models.appearance.body import BODY
from outrack.models.appearance.branch import AppearanceBranch
from outrack.models.appearance.vector import LEARNED_DIM, WHOLE_DIM, check_embedding_dim
from outrack.models.backbones.mobilenet import MobileNetV3
from outrack.models.heads import Head
from outrack.models.maps import DenseMaps
from outrack.models.mobile_centernet import COCO_HEADS, MobileCenterNet
from outrack.models.necks.centernet_neck import CenterNetNeck

__all__ = ["MobileOutrack"]


class MobileOutrack(MobileCenterNet):
    """`MobileCenterNet` with an embedding branch, read at points all over the body.

    Args:
        heads: as for `MobileCenterNet`; of the required `embedding`, only the channels matter: 128, or 640 with colour
            histograms appended. Both have the same weights.

    Raises:
        ValueError: no embedding head, or its channels cannot be divided among the body parts.
    """

    architecture = "mobile-outrack"
    body = BODY._replace(stride=AppearanceBranch.stride)
    size = (640, 384)
    occlusion_score = 0.2

    def __init__(self, heads: Sequence[Head] = (*COCO_HEADS, Head("embedding", WHOLE_DIM))) -> None:
        super().__init__([head for head in heads if head.name != "embedding"])
        self.heads = tuple(heads)
        check_embedding_dim(self.embedding_dim)
        self.appearance = AppearanceBranch(MobileNetV3.channels[1], CenterNetNeck.channels_at8)

    @property
    def learned_dim(self) -> int:
        return LEARNED_DIM

    def prefix_of(self, head: str) -> str:
        return "appearance." if head == "embedding" else super().prefix_of(head)

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W) -> maps at stride 4, the embedding's of 32 channels at stride 8, and the pixels."""
        images = images.float()
        pyramid = self.trunk(images)
        at8 = self.neck.to_stride8(pyramid)
        features = self.neck.to_stride4(pyramid, at8)
        return self.maps_of(features)._replace(
            embedding=self.appearance(pyramid.stride8, at8),
            pixels=images if self.embedding_dim > self.learned_dim else None,
        )
