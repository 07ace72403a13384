"""Where appearance is read: at points spread over the body, and not at one cell as in the paper.

The centre cell sees what the detector needs: that a person is there, not the clothes. A body read at several
heights, each with channels of its own, keeps head, chest, hips and legs apart, as colour histograms of body parts do.
What is learned trusts colours less, since light changes between the pictures of a pair; where it does not change that
costs. So the colours as they are may stand beside it. Training reads the learned part alone: in the one run that had
colours beside it, little was learned beyond them.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from outrack.models.appearance.colour_counts import colour_counts
from outrack.models.maps import DenseMaps

__all__ = [
    "BODY",
    "BodyPoints",
    "BodyReading",
    "appearance_at",
    "learned_at",
]

BodyPoints = tuple[tuple[tuple[float, float], ...], ...]
"""Groups of points; each group is averaged over its points. A point is x and y from the middle of the body, in shares
of its width and height."""


STANDING, LOWER_EDGE = 1.8, 0.98
"""Height to width that a person has at least. Whose box has less and ends at the lower edge of the picture is cut off
there, and is read as if they went on below. (Elsewhere people are as wide as that when they stride.)"""


class BodyReading(NamedTuple):
    """How appearance is read of a box.

    Attributes:
        points: G groups of P points each, the same number in all; every group reads all channels.
        stride: pixels per cell of the map that is read.
    """

    points: BodyPoints
    stride: int

    def cells(self, xyxy: Tensor, *, width: int, height: int) -> Tensor:
        """Flat cells of every point of every box, int64 (..., G, P).

        Args:
            xyxy: boxes in input pixels, float32 (..., 4).
            width, height: size of that map; points outside are moved to its border.
        """
        share = torch.tensor(self.points, dtype=xyxy.dtype, device=xyxy.device)  # (G, P, 2)
        x1, y1, x2, y2 = (side[..., None, None] for side in (xyxy / self.stride).unbind(-1))
        y2 = torch.where(y2 < LOWER_EDGE * height, y2, torch.maximum(y2, y1 + STANDING * (x2 - x1)))
        x = ((x1 + x2) / 2 + share[..., 0] * (x2 - x1)).floor().long().clamp(0, width - 1)  # (..., G, P)
        y = ((y1 + y2) / 2 + share[..., 1] * (y2 - y1)).floor().long().clamp(0, height - 1)
        return y * width + x


def _body_points(*, rows: int, columns: int) -> BodyPoints:
    """Head and shoulders, chest, hips, and legs: a grid of points each, 0.16 of the height by 0.4 of the width."""
    across = [0.4 * column / (columns - 1) - 0.2 for column in range(columns)]
    down = [0.16 * row / (rows - 1) - 0.08 for row in range(rows)]
    return tuple(tuple((x, centre + y) for y in down for x in across) for centre in (-0.38, -0.2, 0.02, 0.28))


BODY = BodyReading(points=_body_points(rows=5, columns=5), stride=4)
"""Where the learned part is read. 25 points leave little of a person unread; six were measurably worse."""

BODY_PIXELS = BodyReading(points=_body_points(rows=7, columns=7), stride=1)
"""Where the colours beside are read: single pixels, since the mean of several may be a colour that none of them has."""

HISTOGRAM_WEIGHT = 2.0
"""Length of the colour histograms of the whole body, next to a learned part of length 1. Chosen on real video
(docs/lab/bundled-network.md)."""


def learned_at(embedding: Tensor, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """The learned part of appearance, not normalised, float (..., G * C). In operations that export to ONNX.

    Args:
        embedding: its map, (B, C, h, w).
        image: row of each box's image in the batch, int64 (...), or a shape that broadcasts to it.
        xyxy: boxes in input pixels, float32 (..., 4).
        reading: where to read.
    """
    height, width = embedding.shape[2:]
    cells = reading.cells(xyxy, width=width, height=height)
    rows = embedding.flatten(2).transpose(1, 2)[image[..., None, None], cells]  # (..., G, P, C)
    return rows.mean(-2).flatten(-2)


def appearance_at(maps: DenseMaps, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """Appearance that tells people apart, with the colours beside it; not normalised, float (..., D). Exports to ONNX.

    Args:
        maps: with an embedding, and with pixels where the colours stand beside it.
        image, xyxy, reading: as for `learned_at`.
    """
    assert maps.embedding is not None
    learned = learned_at(maps.embedding, image, xyxy, reading)
    if maps.pixels is None:
        return learned
    counts = colour_counts(_pixels_at(maps.pixels, image, xyxy, BODY_PIXELS))  # (..., G, colours), each of length 1
    weight = HISTOGRAM_WEIGHT / len(BODY_PIXELS.points) ** 0.5
    return torch.cat((F.normalize(learned, dim=-1), weight * counts.flatten(-2)), -1)


def _pixels_at(pixels: Tensor, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """(B, 3, H, W) at the points of boxes (..., 4) in the images (...): (..., G, P, 3).

    Every channel is read on its own: to lay the channels of all pixels side by side took a twentieth of the network's
    time.
    """
    channels, height, width = pixels.shape[1:]
    cells = reading.cells(xyxy, width=width, height=height)
    first = image[..., None, None] * channels * height * width + cells  # place of a point's first channel
    channel = torch.arange(channels, device=pixels.device) * (height * width)
    return pixels.flatten()[first[..., None] + channel]
