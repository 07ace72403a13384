"""CenterTrack (Zhou et al. 2020): a detector that also sees the previous frame and predicts each object's
displacement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from outrack.models.backbones.dla import RecurrentDLA34
from outrack.models.heads import DenseHeads, Head, extra_heads
from outrack.models.maps import DenseMaps
from outrack.models.necks.dla_neck import DLANeck, NodeType
from outrack.models.network import DenseNetwork

__all__ = ["CenterTrack", "centertrack_heads"]

CENTRE_BIAS = -4.6
"""CenterTrack starts its heat map at sigmoid(-4.6) = 0.01."""

BGR_MEAN = (0.408, 0.447, 0.470)
BGR_STD = (0.289, 0.274, 0.278)


def centertrack_heads(
    *, occlusion: bool = False, hidden: int = 256, convolution: Literal["dense", "separable"] = "dense"
) -> tuple[Head, ...]:
    """Heads of CenterTrack for people.

    The official one has another box head, for the visible size (`wh`). Its boxes are replaced by the amodal ones if
    there are any, so it is omitted.

    Args:
        occlusion: the two heads of OccE (paper Sec. 3.2.1).
        hidden, convolution: settings of every head, see `Head`.
    """
    return (
        Head("centres", 1, CENTRE_BIAS, hidden, convolution),
        Head("ltrb", 4, 0.0, hidden, convolution),
        Head("displacement", 2, 0.0, hidden, convolution),
        *extra_heads(offset=True, occlusion=occlusion, hidden=hidden, convolution=convolution),
    )


class CenterTrack(DenseNetwork):
    """DLA-34 with three stems, its neck, and heads at stride 4.

    The head `ltrb` is CenterTrack's `ltrb_amodal`: signed offsets of the box sides from the integer
    centre, x1, y1, x2, y2. The output is converted to the form of `DenseMaps`, distances from the continuous centre, so
    that decoding and losses are the same for every network. The boxes are exactly CenterTrack's: the offset that
    decoding adds is subtracted here. It is detached, so that boxes do not influence the offset.

    Args:
        heads: see `centertrack_heads`.
        neck: `deform` (paper) or `conv`, see `outrack.models.necks.dla_neck`.
    """

    architecture = "centertrack-dla34"
    size = (960, 544)
    inputs = ("images", "previous_images", "previous_heat")

    mean: Tensor
    std: Tensor

    def __init__(self, heads: Sequence[Head] | None = None, *, neck: NodeType = "deform") -> None:
        super().__init__(centertrack_heads() if heads is None else heads, neck=neck)
        self.trunk = RecurrentDLA34()
        self.neck = DLANeck(neck)
        self.outputs = DenseHeads(self.heads, DLANeck.out_channels)
        self.register_buffer("mean", torch.tensor(BGR_MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(BGR_STD)[:, None, None], persistent=False)

    def forward(
        self, images: Tensor, previous_images: Tensor | None = None, previous_heat: Tensor | None = None
    ) -> DenseMaps:
        """Maps (B, channels, H / 4, W / 4) of the current images.

        Args:
            images: (B, 3, H, W), RGB 0..255.
            previous_images: the previous frames, of the same shape; by default the current ones, as for the first frame
                of a video.
            previous_heat: positions of people in the previous frames, (B, 1, H, W), 0..1; by default empty.
        """
        now = self._normalised(images)
        before = now if previous_images is None else self._normalised(previous_images)
        heat = now.new_zeros(now[:, :1].shape) if previous_heat is None else previous_heat
        maps: DenseMaps = self.outputs(self.neck(self.trunk(now, before, heat)))
        low, high = maps.ltrb.chunk(2, 1)
        shift = 0 if maps.offset is None else maps.offset.detach()
        return maps._replace(ltrb=torch.cat((shift - low, high - shift), 1))

    def _normalised(self, images: Tensor) -> Tensor:
        bgr: Tensor = (images.float().flip(1) / 255 - self.mean) / self.std
        return bgr
