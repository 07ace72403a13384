"""The occlusion branch: predicts where objects occlude each other, from a wide context and the detections."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models.heads import CENTRE_BIAS, Head
from outrack.models.maps import DenseMaps
from outrack.models.spatial import double_size

__all__ = ["OCCLUSION", "OcclusionBranch", "check_occlusion_heads"]

OCCLUSION = ("occlusion", "occlusion_offset")
"""The heads that the branch fills."""
DILATIONS = (1, 2, 4)


def check_occlusion_heads(heads: Sequence[Head]) -> None:
    """The branch needs both heads or neither.

    Raises:
        ValueError: one of the two without the other.
    """
    if sum(head.name in OCCLUSION for head in heads) not in (0, len(OCCLUSION)):
        raise ValueError(f"heads {' and '.join(OCCLUSION)} belong together; give both or neither")


class OcclusionBranch(nn.Module):
    """Occlusion centres and their offsets (paper Sec. 3.2.1) from the neck's features and the detector's own maps.

    The centre of an overlap follows from two boxes, and lies where neither person has their own centre. So this branch
    reads the person's heat map and box size at every cell, and has a wide context at stride 8.

    Args:
        feature_channels: channels of the neck's map at stride 4.
        channels: channels of its own maps at stride 4; 1.5 times as many at stride 8.
    """

    def __init__(self, feature_channels: int, channels: int = 32) -> None:
        super().__init__()
        narrow, wide = channels, channels * 3 // 2
        self.join = nn.Sequential(nn.Conv2d(feature_channels + 5, narrow, 1), nn.ReLU())
        self.halve = nn.Sequential(nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.ReLU())
        self.around = nn.ModuleList(
            nn.Conv2d(wide, wide, 3, padding=dilation, dilation=dilation) for dilation in DILATIONS
        )
        self.back = nn.Conv2d(wide, narrow, 1)
        self.fine = nn.Sequential(
            nn.Conv2d(narrow, narrow, 3, padding=1, groups=narrow), nn.Conv2d(narrow, narrow, 1), nn.ReLU()
        )
        self.last = nn.Conv2d(narrow, 3, 1)
        with torch.no_grad():
            self.last.bias.copy_(torch.tensor([CENTRE_BIAS, 0.0, 0.0]))  # type: ignore[union-attr]  # it has a bias

    def forward(self, features: Tensor, maps: DenseMaps) -> tuple[Tensor, Tensor]:
        """features (B, F, h, w) and maps of people -> logits of centres (B, 1, h, w), offsets (B, 2, h, w).

        The detector's maps are detached: gradients of occlusions do not change it.
        """
        people = maps.centres.amax(1, keepdim=True).sigmoid()
        detected = torch.cat((people, maps.ltrb / 16), 1).detach()  # scales sides to about 1, like the features
        near = self.join(torch.cat((features, detected), 1))
        seen = self.halve(near)
        for layer in self.around:
            seen = seen + F.relu(layer(seen))
        out = self.last(self.fine(near + double_size(self.back(seen))))
        return out[:, :1], out[:, 1:]
