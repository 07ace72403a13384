"""Appearance from a branch of its own: the colours of the body, and what is learned beyond them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models.appearance.soft_colour_histogram import NUM_BINS, SoftColourHistogram, mean_share

__all__ = ["AppearanceBranch"]


class AppearanceBranch(nn.Module):
    """Colours of the body, and what is learned beyond them.

    `SoftColourHistogram` tell people apart before anything is learned, which is what UTrack needs: it pairs people by
    likeness, and where all embeddings start alike its gradients vanish and they stay alike. The learned part, a small
    stem of its own on the image joined by the neck's features at stride 8, starts at zero and is added.

    Args:
        feature_channels: of the neck's map at stride 4.
    """

    def __init__(self, feature_channels: int) -> None:
        super().__init__()
        self.words = SoftColourHistogram()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.mix = nn.Sequential(
            nn.Conv2d(64 + feature_channels, 128, 1),
            nn.ReLU(),
            nn.Conv2d(128, 128, 3, padding=1, groups=128),
            nn.Conv2d(128, 128, 1),
            nn.ReLU(),
        )
        self.learned = nn.Conv2d(128, NUM_BINS, 1)
        nn.init.zeros_(self.learned.weight)
        # People start around zero, not all in one direction.
        with torch.no_grad():
            self.learned.bias.copy_(-mean_share())  # type: ignore[union-attr]  # it has a bias

    def forward(self, images: Tensor, features: Tensor) -> Tensor:
        """images float (B, 3, H, W) 0..255, features (B, F, H / 4, W / 4) -> (B, NUM_BINS, H / 4, W / 4)."""
        seen = self.stem(images / 127.5 - 1)
        joined = torch.cat((seen, F.avg_pool2d(features, 2)), 1)
        words: Tensor = self.words(images)
        return words + F.interpolate(self.learned(self.mix(joined)), scale_factor=2.0)
