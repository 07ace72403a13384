"""Where appearance is read: at points spread over the body, and not at one cell as in the paper.

The centre cell sees what the detector needs: that somebody is there, not what he wears. A body read at several
heights, each with channels of its own, keeps head, chest, hips and legs apart, as colour histograms of body parts do.
What is learned trusts colours less, since light changes between the pictures of a pair; where it does not change that
costs. So the colours as they are may stand beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from outrack.models.colour_counts import colour_counts
from outrack.models.maps import DenseMaps

__all__ = [
    "BODY",
    "BodyPoints",
    "BodyReading",
    "appearance_at_boxes",
    "appearance_at_rows",
    "read_at_boxes",
    "read_at_rows",
]

BodyPoints = tuple[tuple[tuple[float, float], ...], ...]
"""Groups of points; each group is averaged over its points. A point is x and y from the middle of the body, in shares
of its width and height."""


STANDING = 1.8
"""Height to width that a person has at least. A box that is less high ends where the picture or something in front cuts
the person off, and the person goes on below: the body is read where it would be. On a video in which people come in at
the lower edge R1 was 96.0 without this and 98.0 with it."""


class BodyReading(NamedTuple):
    """How appearance is read of a box.

    Attributes:
        points: G groups of P points each; every group reads all channels.
        stride: pixels per cell of the map that is read.
    """

    points: BodyPoints
    stride: int

    def cells(self, xyxy: Tensor, *, width: int, height: int) -> Tensor:
        """Flat cells of every point of every box, int64 (..., G, P).

        Args:
            xyxy: boxes in input pixels, (..., 4).
            width, height: size of that map; points outside are moved to its border.
        """
        share = torch.tensor(self.points, dtype=xyxy.dtype, device=xyxy.device)  # (G, P, 2)
        x1, y1, x2, y2 = (side[..., None, None] for side in (xyxy / self.stride).unbind(-1))
        y2 = torch.maximum(y2, y1 + STANDING * (x2 - x1))
        x = ((x1 + x2) / 2 + share[..., 0] * (x2 - x1)).floor().clamp(0, width - 1)  # (..., G, P)
        y = ((y1 + y2) / 2 + share[..., 1] * (y2 - y1)).floor().clamp(0, height - 1)
        return (y * width + x).long()


def _body_points(*, rows: int, columns: int) -> BodyPoints:
    """Head and shoulders, chest, hips, and legs: a grid of points each, 0.16 of the height by 0.4 of the width."""
    across = [0.4 * column / (columns - 1) - 0.2 for column in range(columns)]
    down = [0.16 * row / (rows - 1) - 0.08 for row in range(rows)]
    return tuple(tuple((x, centre + y) for y in down for x in across) for centre in (-0.38, -0.2, 0.02, 0.28))


BODY = BodyReading(points=_body_points(rows=5, columns=5), stride=4)
"""Where the learned part is read. 25 points leave little of a person unread: with six R1 was 87.1 instead of 95.0 and
87.5 instead of 91.2 on two real videos."""

BODY_PIXELS = BodyReading(points=_body_points(rows=7, columns=7), stride=1)
"""Where the colours beside are read: single pixels, since the mean of several may be a colour that none of them has."""

COLOURS_BESIDE = 1.25
"""Weight of the colours as they are, next to what was learned."""


def read_at_boxes(embedding: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """Appearance of K boxes of every image, not normalised, (B, K, G * C). In operations that export to ONNX.

    Args:
        embedding: map of appearance, (B, C, h, w).
        xyxy: boxes in input pixels, (B, K, 4).
        reading: where to read.
    """
    return _at_boxes(embedding, xyxy, reading).mean(4).permute(0, 2, 3, 1).flatten(2)


def read_at_rows(embedding: Tensor, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """As `read_at_boxes`, of N boxes that lie in any images of the batch, (N, G * C).

    Args:
        embedding: (B, C, h, w).
        image: row of each box's image in the batch, int64 (N,).
        xyxy: boxes in input pixels, (N, 4).
        reading: where to read.
    """
    return _at_rows(embedding, image, xyxy, reading).mean(2).flatten(1)


def appearance_at_boxes(maps: DenseMaps, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """Appearance of K boxes of every image with the colours beside, not normalised, (B, K, D). Exports to ONNX.

    Args:
        maps: with an embedding, and with pixels where the colours stand beside it.
        xyxy: boxes in input pixels, (B, K, 4).
        reading: where the embedding is read.
    """
    assert maps.embedding is not None
    learned = read_at_boxes(maps.embedding, xyxy, reading)
    if maps.pixels is None:
        return learned
    counts = colour_counts(_at_boxes(maps.pixels, xyxy, BODY_PIXELS).movedim(1, -1))  # (B, K, G, colours)
    return torch.cat((learned, COLOURS_BESIDE * counts.flatten(2)), 2)


def appearance_at_rows(maps: DenseMaps, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """As `appearance_at_boxes`, of N boxes that lie in any images of the batch, (N, D).

    Args:
        maps: as there.
        image: row of each box's image in the batch, int64 (N,).
        xyxy: boxes in input pixels, (N, 4).
        reading: where the embedding is read.
    """
    assert maps.embedding is not None
    learned = read_at_rows(maps.embedding, image, xyxy, reading)
    if maps.pixels is None:
        return learned
    counts = colour_counts(_at_rows(maps.pixels, image, xyxy, BODY_PIXELS))  # (N, G, colours)
    return torch.cat((learned, COLOURS_BESIDE * counts.flatten(1)), 1)


def _at_boxes(values: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """(B, C, h, w) at the points of boxes (B, K, 4): (B, C, K, G, P)."""
    height, width = values.shape[2:]
    cells = reading.cells(xyxy, width=width, height=height)  # (B, K, G, P)
    read = values.flatten(2).gather(2, cells.flatten(1)[:, None].expand(-1, values.shape[1], -1))
    return read.reshape(*values.shape[:2], *cells.shape[1:])


def _at_rows(values: Tensor, image: Tensor, xyxy: Tensor, reading: BodyReading) -> Tensor:
    """(B, C, h, w) at the points of boxes (N, 4) in the images (N,): (N, G, P, C)."""
    height, width = values.shape[2:]
    cells = reading.cells(xyxy, width=width, height=height)  # (N, G, P)
    return values.flatten(2)[image[:, None, None], :, cells]
