"""Where and from what appearance is read: one cell (the paper), or points spread over the body and a branch of its own.

The centre cell sees what the detector needs: that somebody is there, not what he wears. A body read at several
heights, each with channels of its own, keeps head, chest, hips and legs apart, as colour histograms of body parts do.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from outrack.models.colour_words import NUM_WORDS, ColourWords, usual_share

__all__ = ["BODY", "AppearanceBranch", "BodyPoints", "BodyReading", "read_at_boxes", "read_at_rows"]

BodyPoints = tuple[tuple[tuple[float, float], ...], ...]
"""Groups of points; each group is averaged over its points. A point is x and y from the centre of the box, in shares of
its width and height."""


class BodyReading(NamedTuple):
    """How appearance is read of a box.

    Attributes:
        points: G groups of P points each; every group reads all channels.
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
        tuple((x, row + y) for y in (-0.08, -0.04, 0.0, 0.04, 0.08) for x in (-0.2, -0.1, 0.0, 0.1, 0.2))
        for row in (-0.38, -0.2, 0.02, 0.28)
    ),
    stride=4,
)
"""Head and shoulders, chest, hips, and legs; 25 points each, which leave little of a person unread. With six points R1
was 87.1 instead of 95.0 and 87.5 instead of 91.2 on two real videos."""


def read_at_boxes(embedding: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """Appearance of K boxes of every image, not normalised, (B, K, G * C). In operations that export to ONNX.

    Args:
        embedding: map of appearance, (B, C, h, w).
        xyxy: boxes in input pixels, (B, K, 4).
        reading: where to read.
    """
    height, width = embedding.shape[2:]
    batch, boxes = xyxy.shape[:2]
    groups, num = len(reading.points), len(reading.points[0])
    cells = reading.cells(xyxy, width=width, height=height).reshape(batch, 1, boxes * groups * num)
    flat = embedding.flatten(2)  # (B, C, h * w)
    read = flat.gather(2, cells.expand(-1, flat.shape[1], -1))
    mean = read.reshape(batch, flat.shape[1], boxes, groups, num).mean(4)  # (B, C, K, G)
    return mean.permute(0, 2, 3, 1).flatten(2)


def read_at_rows(embedding: Tensor, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """As `read_at_boxes`, of N boxes that lie in any images of the batch, (N, G * C).

    Args:
        embedding: (B, C, h, w).
        image: row of each box's image in the batch, int64 (N,).
        xyxy: boxes in input pixels, (N, 4).
        reading: where to read.
    """
    height, width = embedding.shape[2:]
    cells = reading.cells(xyxy, width=width, height=height)  # (N, G, P)
    return embedding.flatten(2)[image[:, None, None], :, cells].mean(2).flatten(1)  # (N, G, P, C) before the mean


COLOURS_BESIDE = 2.0
"""Weight of the colours as they are, next to what was learned."""


class AppearanceBranch(nn.Module):
    """Colours of the body, and what is learned beyond them.

    `ColourWords` tell people apart before anything is learned, which is what UTrack needs: it pairs people by likeness,
    and where all embeddings start alike its gradients vanish and they stay alike. The learned part, a small stem of its
    own on the image joined by the neck's features at stride 8, starts at zero and is added.

    What is learned trusts colours less, since light changes between the pictures of a pair; where it does not change
    that costs. So the colours as they are may stand beside it; both forms have the same weights. In training mode there
    are zeros in their place: in the one run that had the colours there, little was learned beyond them.

    Args:
        feature_channels: of the neck's map at stride 4.
        channels: of its own map: `NUM_WORDS`, or twice as many with the colours beside.
    """

    usual: Tensor

    def __init__(self, feature_channels: int, channels: int = NUM_WORDS) -> None:
        super().__init__()
        self.channels = channels
        self.words = ColourWords()
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
        self.learned = nn.Conv2d(128, NUM_WORDS, 1)
        nn.init.zeros_(self.learned.weight)
        # People start around zero, not all in one direction.
        self.register_buffer("usual", usual_share()[:, None, None], persistent=False)
        with torch.no_grad():
            self.learned.bias.copy_(-usual_share())  # type: ignore[union-attr]  # it has a bias

    def forward(self, images: Tensor, features: Tensor) -> Tensor:
        """images float (B, 3, H, W) 0..255, features (B, F, H / 4, W / 4) -> (B, channels, H / 4, W / 4)."""
        seen = self.stem(images / 127.5 - 1)
        joined = torch.cat((seen, F.avg_pool2d(features, 2)), 1)
        learned = F.interpolate(self.learned(self.mix(joined)), scale_factor=2.0)
        words: Tensor = self.words(images)
        if self.channels == NUM_WORDS:
            return words + learned
        beside = torch.zeros_like(words) if self.training else COLOURS_BESIDE * (words - self.usual)
        return torch.cat((words + learned, beside), 1)
