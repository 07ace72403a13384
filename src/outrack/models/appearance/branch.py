"""Computes appearance from features of the detector, so that it costs little."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["EMBEDDING_CHANNELS", "AppearanceBranch"]

EMBEDDING_CHANNELS = 32
"""Channels of the map; each body part reads all of them."""


class AppearanceBranch(nn.Module):
    """A narrow branch at stride 8, on features of the backbone and the neck.

    The last layer is a batch normalisation: UTrack matches people by similarity, and if all embeddings start equal its
    gradients vanish and they stay equal. Features after a ReLU all point in one direction; normalised, they start
    around zero.

    Args:
        trunk_channels: channels of the trunk's map at stride 8.
        neck_channels: channels of the neck's map at stride 8.
        hidden: channels in between.
    """

    stride = 8

    def __init__(self, trunk_channels: int, neck_channels: int, hidden: int = 64) -> None:
        super().__init__()
        self.trunk = nn.Conv2d(trunk_channels, hidden, 1)
        self.neck = nn.Conv2d(neck_channels, hidden, 1, bias=False)
        self.mix = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden),
            nn.Conv2d(hidden, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, EMBEDDING_CHANNELS, 1),
            nn.BatchNorm2d(EMBEDDING_CHANNELS, affine=False),
        )

    def forward(self, trunk: Tensor, neck: Tensor) -> Tensor:
        """Maps (B, trunk, h, w) and (B, neck, h, w) -> (B, EMBEDDING_CHANNELS, h, w)."""
        embedding: Tensor = self.mix(self.trunk(trunk) + self.neck(neck))
        return embedding
