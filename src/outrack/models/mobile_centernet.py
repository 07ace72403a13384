"""The default network: MobileNetV3 backbone, upsampling neck, heads at stride 4. Designed for CPUs."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from outrack.models.backbones.mobilenet import MobileNetV3
from outrack.models.heads import CENTRE_BIAS, DenseHeads, Head
from outrack.models.maps import DenseMaps
from outrack.models.necks.centernet_neck import CenterNetNeck
from outrack.models.network import DenseNetwork
from outrack.models.occlusion import OCCLUSION, OcclusionBranch, check_occlusion_heads

__all__ = ["COCO_HEADS", "MobileCenterNet"]

COCO_HEADS = (
    Head("centres", 1, CENTRE_BIAS, hidden=0, convolution="separable"),
    Head("ltrb", 4, hidden=0, convolution="separable"),
)
"""The heads of the COCO weights. They have no hidden layer; heads added later (`extra_heads`) may have one.
There is no offset head: these boxes are measured from the integer centre."""


class MobileCenterNet(DenseNetwork):
    """CenterNet on MobileNetV3, 2 million parameters.

    Args:
        heads: `centres`, `ltrb` and optional ones, e.g. `(*COCO_HEADS, *extra_heads(occlusion=True))`.
            Occlusions come from an `OcclusionBranch`, which fills both of their heads.

    Raises:
        ValueError: one of the two occlusion heads without the other.
    """

    architecture = "mobile-centernet"
    has_coco_heads = True

    def __init__(self, heads: Sequence[Head] = COCO_HEADS) -> None:
        super().__init__(heads)
        check_occlusion_heads(heads)
        self.trunk = MobileNetV3()
        self.neck = CenterNetNeck(MobileNetV3.channels)
        self.outputs = DenseHeads([head for head in heads if head.name not in OCCLUSION], CenterNetNeck.out_channels)
        self.occlusions = OcclusionBranch(CenterNetNeck.out_channels) if self.predicts_occlusions else None

    def prefix_of(self, head: str) -> str:
        return "occlusions." if head in OCCLUSION else super().prefix_of(head)

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W) -> maps (B, channels, H / 4, W / 4). The backbone was trained on raw 0..255."""
        return self.maps_of(self.neck(self.trunk(images.float())))

    def maps_of(self, features: Tensor) -> DenseMaps:
        """The neck's features (B, 128, h, w) -> maps (B, channels, h, w)."""
        maps: DenseMaps = self.outputs(features)
        if self.occlusions is None:
            return maps
        centres, offsets = self.occlusions(features, maps)
        return maps._replace(occlusion=centres, occlusion_offset=offsets)
