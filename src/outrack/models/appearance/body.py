"""Reads appearance at points spread over the body, not at one cell as in the paper.

The centre cell contains what the detector needs: the presence of a person, not the clothes. Reading the body at several
heights, each with separate channels, distinguishes head, chest, hips and legs, as colour histograms of body parts do.
Learned appearance relies less on colours, since light changes between the pictures of a pair; where light does not
change, that is a loss. So colour histograms may be appended. Training uses only the learned part: in the one run with
colours appended, little was learned beyond them.
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
"""Smallest ratio of height to width of a person. A box with a smaller ratio that ends at the lower edge of the picture
is cut off there, and is read as if it continued below. (Elsewhere striding people are that wide.)"""


class BodyReading(NamedTuple):
    """How the appearance of a box is read.

    Attributes:
        points: G groups of P points each; every group reads all channels.
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
"""Points of the learned part. 25 points cover most of a person; six were measurably worse."""

BODY_PIXELS = BodyReading(points=_body_points(rows=7, columns=7), stride=1)
"""Points of the colour histograms: single pixels, since the mean of several may be a colour that none of them has."""

HISTOGRAM_WEIGHT = 2.0
"""Length of the colour histograms of the whole body, next to a learned part of length 1. Chosen on real video
(docs/lab/bundled-network.md)."""


def learned_at(embedding: Tensor, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """The learned part of appearance, not normalised, float (..., G * C). Uses only operations that export to ONNX.

    Args:
        embedding: its map, (B, C, h, w).
        image: row of each box's image in the batch, int64 (...), or a shape that broadcasts to it.
        xyxy: boxes in input pixels, float32 (..., 4).
        reading: where to read.
    """
    height, width = embedding.shape[2:]
    cells = image[..., None, None] * (height * width) + reading.cells(xyxy, width=width, height=height)
    # Its gradient, unlike that of an index, is summed in the same order by any number of threads.
    read = F.embedding(cells, embedding.permute(0, 2, 3, 1).flatten(0, 2))  # (..., G, P, C)
    return read.mean(-2).flatten(-2)


def appearance_at(maps: DenseMaps, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """Appearance with the colour histograms appended; not normalised, float (..., D). Exports to ONNX.

    Args:
        maps: with an embedding, and with pixels if colour histograms are appended.
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

    Every channel is read separately: interleaving the channels of all pixels took a twentieth of the network's time.
    """
    channels, height, width = pixels.shape[1:]
    cells = reading.cells(xyxy, width=width, height=height)
    first = image[..., None, None] * channels * height * width + cells  # index of a point's first channel
    channel = torch.arange(channels, device=pixels.device) * (height * width)
    return pixels.flatten()[first[..., None] + channel]
