"""The default network: MobileNetV3 trunk, upsampling neck, heads at stride 4. Made for CPUs."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from outrack.models.centernet_neck import CenterNetNeck
from outrack.models.heads import CENTRE_BIAS, DenseHeads, Head
from outrack.models.maps import DenseMaps
from outrack.models.mobilenet import MobileNetV3
from outrack.models.network import DenseNetwork

__all__ = ["COCO_HEADS", "MobileCenterNet"]

COCO_HEADS = (
    Head("centres", 1, CENTRE_BIAS, hidden=0, convolution="separable"),
    Head("ltrb", 4, hidden=0, convolution="separable"),
)
"""The heads that the COCO weights fill. They have no hidden layer; heads added later (`extra_heads`) may have one.
There is no offset head: these boxes are measured from the integer centre."""


class MobileCenterNet(DenseNetwork):
    """CenterNet on MobileNetV3, 2 million parameters.

    Args:
        heads: `centres`, `ltrb` and whatever else is wanted, e.g. `(*COCO_HEADS, *extra_heads(occlusion=True))`.
    """

    architecture = "mobile-centernet"

    def __init__(self, heads: Sequence[Head] = COCO_HEADS) -> None:
        super().__init__(heads)
        self.trunk = MobileNetV3()
        self.neck = CenterNetNeck(MobileNetV3.channels)
        self.outputs = DenseHeads(self.heads, CenterNetNeck.out_channels)

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W) -> maps (B, channels, H / 4, W / 4). The trunk learned on raw 0..255."""
        maps: DenseMaps = self.outputs(self.neck(self.trunk(images.float())))
        return maps
