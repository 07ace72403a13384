"""CenterTrack on the default CPU network: a small one, for experiments on two cores."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from outrack.models.backbones.mobilenet import STEM_CHANNELS, SameConv2d
from outrack.models.heads import Head, head_layers
from outrack.models.maps import DenseMaps
from outrack.models.mobile_centernet import COCO_HEADS, MobileCenterNet
from outrack.models.necks.centernet_neck import CenterNetNeck

__all__ = ["MobileCenterTrack"]

DISPLACEMENT = Head("displacement", 2, hidden=64, convolution="separable")


class MobileCenterTrack(MobileCenterNet):
    """`MobileCenterNet` that also takes the previous frame with the positions of people in it, and predicts
    displacements.

    As in CenterTrack, the two have separate stems that are added to the image's. Both are initialised to zero, so the
    network starts as the detector whose weights it loads.

    Args:
        heads: as for `MobileCenterNet`; `displacement` must be among them.

    Raises:
        ValueError: no displacement head.
    """

    architecture = "mobile-centertrack"
    inputs = ("images", "previous_images", "previous_heat")

    def __init__(self, heads: Sequence[Head] = (*COCO_HEADS, DISPLACEMENT)) -> None:
        super().__init__([head for head in heads if head.name != "displacement"])
        self.heads = tuple(heads)
        displacement = next((head for head in heads if head.name == "displacement"), None)
        if displacement is None:
            raise ValueError("a network that uses the previous frame needs a displacement head")
        self.memory = nn.ModuleDict(
            {
                "image": _silent(SameConv2d(3, STEM_CHANNELS, 3, stride=2)),
                "heat": _silent(SameConv2d(1, STEM_CHANNELS, 3, stride=2)),
                "displacement": head_layers(displacement, CenterNetNeck.out_channels),
            }
        )

    def prefix_of(self, head: str) -> str:
        """The stems of the previous frame belong to the displacement head."""
        return "memory." if head == "displacement" else super().prefix_of(head)

    def forward(
        self, images: Tensor, previous_images: Tensor | None = None, previous_heat: Tensor | None = None
    ) -> DenseMaps:
        """Maps (B, channels, H / 4, W / 4) of the current images; arguments as for `CenterTrack.forward`."""
        now = images.float()
        before = now if previous_images is None else previous_images.float()
        heat = torch.zeros_like(now[:, :1]) if previous_heat is None else previous_heat
        stems = self.trunk.stem(now) + self.memory["image"](before / 127.5 - 1) + self.memory["heat"](heat)
        features = self.neck(self.trunk.after_stem(stems))
        return self.maps_of(features)._replace(displacement=self.memory["displacement"](features))


def _silent(convolution: SameConv2d) -> nn.Sequential:
    """The convolution and its activation, initialised to output 0."""
    nn.init.zeros_(convolution.weight)
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]  # there is a bias
    return nn.Sequential(convolution, nn.Hardswish())
