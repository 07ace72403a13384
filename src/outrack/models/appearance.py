"""Where and from what appearance is read: one cell (the paper), or points spread over the body and a branch of its own.

The centre cell sees what the detector needs: that somebody is there, not what he wears. A body read at several
heights, each with channels of its own, keeps head, chest, hips and legs apart, as colour histograms of body parts do.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["BODY", "AppearanceBranch", "BodyPoints", "BodyReading", "read_at_boxes", "read_at_rows"]

BodyPoints = tuple[tuple[tuple[float, float], ...], ...]
"""Groups of points; each group owns an equal share of the channels and averages them over its points. A point is x and
y from the centre of the box, in shares of its width and height."""


class BodyReading(NamedTuple):
    """How appearance is read of a box.

    Attributes:
        points: G groups of P points each.
        stride: pixels per cell of the embedding map, which may be coarser than the other maps.
    """

    points: BodyPoints
    stride: int

    def cells(self, xyxy: Tensor, *, width: int, height: int) -> Tensor:
        """Flat cells of every point of every box, int64 (..., G, P).

        Args:
            xyxy: boxes in input pixels, (..., 4).
            width, height: size of the embedding map; points outside are moved to its border.
        """
        share = torch.tensor(self.points, dtype=xyxy.dtype, device=xyxy.device)  # (G, P, 2)
        low, high = xyxy[..., None, None, :2] / self.stride, xyxy[..., None, None, 2:] / self.stride
        at = (low + high) / 2 + share * (high - low)  # (..., G, P, 2)
        x = at[..., 0].floor().clamp(0, width - 1)
        y = at[..., 1].floor().clamp(0, height - 1)
        return (y * width + x).long()


BODY = BodyReading(
    points=tuple(
        tuple((x, y) for y in (row - 0.05, row + 0.05) for x in (-0.16, 0.0, 0.16)) for row in (-0.38, -0.2, 0.02, 0.28)
    ),
    stride=8,
)
"""Head and shoulders, chest, hips, and legs; six points each."""


def read_at_boxes(embedding: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """Appearance of K boxes of every image, not normalised, (B, K, D). In operations that export to ONNX.

    Args:
        embedding: map of appearance, (B, D, h, w), D divisible by the number of groups.
        xyxy: boxes in input pixels, (B, K, 4).
        reading: where to read.
    """
    batch, dim, height, width = embedding.shape
    groups, num, boxes = len(reading.points), len(reading.points[0]), xyxy.shape[1]
    cells = reading.cells(xyxy, width=width, height=height)  # (B, K, G, P)
    index = cells.transpose(1, 2).reshape(batch, groups, 1, boxes * num)
    parts = embedding.reshape(batch, groups, dim // groups, height * width)
    read = parts.gather(3, index.expand(-1, -1, dim // groups, -1))  # (B, G, D / G, K * P)
    mean = read.reshape(batch, groups, dim // groups, boxes, num).mean(4)
    return mean.permute(0, 3, 1, 2).flatten(2)


def read_at_rows(embedding: Tensor, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """As `read_at_boxes`, of N boxes that lie in any images of the batch, (N, D).

    Args:
        embedding: (B, D, h, w).
        image: row of each box's image in the batch, int64 (N,).
        xyxy: boxes in input pixels, (N, 4).
        reading: where to read.
    """
    batch, dim, height, width = embedding.shape
    groups = len(reading.points)
    cells = reading.cells(xyxy, width=width, height=height)  # (N, G, P)
    parts = embedding.reshape(batch, groups, dim // groups, height * width)
    group = torch.arange(groups, device=cells.device)[None, :, None]
    return parts[image[:, None, None], group, :, cells].mean(2).flatten(1)  # (N, G, P, D / G) before the mean


class AppearanceBranch(nn.Module):
    """A small stem of its own on the image, joined by the neck's features at stride 8.

    The stem keeps colours and patterns, which a detector has no use for. The result is standardised channel by channel:
    otherwise what all people have in common outweighs what sets them apart, all embeddings point the same way, and
    UTrack's losses, whose gradients vanish there, never get them apart (measured: mean cosine 1.000 after 600 steps).

    Args:
        feature_channels: of the neck's map at stride 4.
        embedding_dim: channels of the result.
    """

    def __init__(self, feature_channels: int, embedding_dim: int) -> None:
        super().__init__()
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
            nn.Conv2d(128, embedding_dim, 1),
            nn.BatchNorm2d(embedding_dim, affine=False),
        )

    def forward(self, images: Tensor, features: Tensor) -> Tensor:
        """images float (B, 3, H, W) 0..255, features (B, C, H / 4, W / 4) -> (B, D, H / 8, W / 8)."""
        seen = self.stem(images / 127.5 - 1)
        joined = torch.cat((seen, F.avg_pool2d(features, 2)), 1)
        appearance: Tensor = self.mix(joined)
        return appearance
