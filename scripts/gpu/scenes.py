"""Draws batches from packed pictures on the GPU: crops and mosaics, with their boxes.

A GPU teaches a small network faster than processors can prepare its pictures, so everything happens on it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from packed import CANVAS, MOST_BOXES, Pictures
from torch import Tensor
from torch.nn import functional as F

__all__ = ["KINDS", "Draw", "Sampler", "Source"]

Kind = Literal["truth", "partial", "visible", "none"]

KINDS = {kind: number for number, kind in enumerate(get_args(Kind))}
"""Numbers of the kinds in `Draw.kind`."""
GREY = 114.0
"""Colour around pictures."""
VIEWS = 16
"""Views that are cut out at once, so that their full pictures fit beside the rest."""


class Source(NamedTuple):
    """What a source is used for.

    Attributes:
        share: how often it is drawn.
        kind: `truth`: all people have boxes of their full bodies. `partial`: so, but some people have none.
            `visible`: all people have boxes of what is seen of them. `none`: nothing is known.
        frames: the first and the last that count, as shares of all.
        scale: how much larger than fitted into the network's input it may be shown.
    """

    share: float
    kind: Kind = "truth"
    frames: tuple[float, float] = (0.0, 1.0)
    scale: tuple[float, float] = (0.7, 2.0)


class Draw(NamedTuple):
    """A batch before targets.

    Attributes:
        images: float32 (B, 3, 2h, 2w), 0..255, at twice the size that the network sees.
        boxes: xyxy in pixels of the network, ignore, visibility, float32 (B, N, 6).
        valid: bool (B, N).
        kind: number of each picture's kind, int64 (B,), see `KINDS`.
    """

    images: Tensor
    boxes: Tensor
    valid: Tensor
    kind: Tensor


class Sampler:
    """Draws batches.

    Args:
        pictures: where from.
        sources: what each source may teach; sources that are not named are not drawn.
        mosaic: probability of a picture made of four.
    """

    def __init__(self, pictures: Pictures, sources: dict[str, Source], *, mosaic: float, seed: int) -> None:
        self.pictures = pictures
        self.mosaic = mosaic
        self.rng = np.random.default_rng(seed)
        self.sizes: list[list[float]] = pictures.sizes.tolist()
        self.sources = [(pictures.rows[name], source) for name, source in sources.items()]
        shares = np.array([source.share for _, source in self.sources])
        self.limits = np.cumsum(shares / shares.sum())

    def __call__(self, batch: int, size: tuple[int, int]) -> Draw:
        """`batch` pictures of `size`, width and height."""
        rng, device = self.rng, self.pictures.pixels.device
        is_mosaic = rng.random(batch) < self.mosaic
        owner = np.concatenate([np.full(4 if many else 1, row) for row, many in enumerate(is_mosaic)])
        pane = np.tile((0.0, 0.0, size[0], size[1]), (len(owner), 1))
        for row in np.flatnonzero(is_mosaic):
            x, y = (np.array(size) * rng.uniform(0.3, 0.7, 2)).round()
            pane[owner == row] = [(0, 0, x, y), (x, 0, size[0], y), (0, y, x, size[1]), (x, y, *size)]
        first = [self._draw_source() for _ in range(batch)]
        drawn = [
            self._view(size, pane[one], bool(is_mosaic[row]), self._like(first[row]) if is_mosaic[row] else first[row])
            for one, row in enumerate(owner)
        ]
        rows = torch.tensor([view[0] for view in drawn], device=device)
        affine = torch.tensor([view[1:] for view in drawn], device=device, dtype=torch.float32)  # sx, sy, tx, ty
        panes = torch.tensor(pane, device=device, dtype=torch.float32)
        boxes, valid = self._boxes(rows, affine)
        boxes, valid = self._inside(boxes, valid, panes, torch.tensor(is_mosaic[owner], device=device))
        images = self._pixels(rows, affine, panes, owner, batch, size)
        joined, joined_valid = self._joined(boxes, valid, owner, batch)
        kinds = torch.tensor([KINDS[self.sources[one][1].kind] for one in first], device=device)
        return Draw(images, joined, joined_valid, kinds)

    def _draw_source(self) -> int:
        return int(np.searchsorted(self.limits, self.rng.random() * 0.999999))

    def _like(self, one: int) -> int:
        """A source of the same kind: pictures of a mosaic are of one kind."""
        while self.sources[other := self._draw_source()][1].kind != self.sources[one][1].kind:
            pass
        return other

    def _view(
        self, size: tuple[int, int], pane: NDArray[np.float64], small: bool, chosen: int
    ) -> tuple[int, float, float, float, float]:
        """Row of a picture, and its map to the network's pixels: scale of x (negative: mirrored) and y, shifts."""
        rng = self.rng
        (first, last), source = self.sources[chosen]
        low, high = (first + round(part * (last - first)) for part in source.frames)
        row = int(rng.integers(low, max(high, low + 1)))
        width, height = self.sizes[row]
        scale = min(size[0] / width, size[1] / height) * np.exp(rng.uniform(*np.log(source.scale)))
        scale *= 0.75 if small else 1.0
        sx, sy = scale * np.exp(rng.uniform(-0.1, 0.1)), scale
        slack = 0.0 if small else 0.08
        shifts = []
        for side, start, end in ((sx * width, pane[0], pane[2]), (sy * height, pane[1], pane[3])):
            one, other = start, end - side  # the picture's edge on one edge of the pane, or on the other
            shifts.append(one + (other - one) * rng.uniform(-slack, 1 + slack))
        tx, ty = shifts
        if rng.random() < 0.5:
            sx, tx = -sx, tx + sx * width
        return row, sx, sy, tx, ty

    def _boxes(self, rows: Tensor, affine: Tensor) -> tuple[Tensor, Tensor]:
        boxes = self.pictures.boxes[rows].clone()  # (V, N, 6)
        scale, shift = affine[:, None, :2], affine[:, None, 2:]
        corners = torch.stack((boxes[..., :2] * scale + shift, boxes[..., 2:4] * scale + shift))
        boxes[..., :2], boxes[..., 2:4] = corners.amin(0), corners.amax(0)
        valid = torch.arange(MOST_BOXES, device=rows.device) < self.pictures.counts[rows, None]
        return boxes, valid

    @staticmethod
    def _inside(boxes: Tensor, valid: Tensor, panes: Tensor, mosaic: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes of which enough lies within the pane; of those with little the place is ignored. Whose centre lies
        beyond the picture counts at its border, but not where another picture of a mosaic begins."""
        pane = panes[:, None]
        low, high = torch.maximum(boxes[..., :2], pane[..., :2]), torch.minimum(boxes[..., 2:4], pane[..., 2:])
        inside = (high - low).clamp(min=0).prod(-1)
        area = (boxes[..., 2:4] - boxes[..., :2]).prod(-1).clamp(min=1e-3)
        share = inside / area
        out = boxes.clone()
        middle = (boxes[..., :2] + boxes[..., 2:4]) / 2
        away = ((middle < pane[..., :2]) | (middle > pane[..., 2:])).any(-1) & mosaic[:, None]
        out[..., 4] = torch.where((share < 0.4) | away, 1.0, boxes[..., 4])
        ignored = out[..., 4:5] > 0
        out[..., :4] = torch.where(ignored, torch.cat((low, high), -1), boxes[..., :4])
        return out, valid & (inside > 1)

    def _pixels(
        self, rows: Tensor, affine: Tensor, panes: Tensor, owner: NDArray[np.intp], batch: int, size: tuple[int, int]
    ) -> Tensor:
        height, width = size[1] * 2, size[0] * 2
        device = rows.device
        x = (torch.arange(width, device=device) + 0.5) / 2
        y = (torch.arange(height, device=device) + 0.5) / 2
        out = torch.full((batch, 3, height, width), GREY, device=device)
        owners = torch.tensor(owner, device=device)
        for start in range(0, len(rows), VIEWS):
            part = slice(start, start + VIEWS)
            sx, sy, tx, ty = affine[part].unbind(1)
            u = (x[None] - tx[:, None]) / sx[:, None]  # source pixels
            v = (y[None] - ty[:, None]) / sy[:, None]
            across, down = u[:, None] * 2 / CANVAS[1] - 1, v[:, :, None] * 2 / CANVAS[0] - 1
            grid = torch.stack((across.expand(-1, height, -1), down.expand(-1, -1, width)), -1)
            source = self.pictures.pixels[rows[part]].float()
            values = F.grid_sample(source, grid, mode="bilinear", align_corners=False)
            sizes, pane = self.pictures.sizes[rows[part]], panes[part]
            seen_x = (u > 0) & (u < sizes[:, :1]) & (x[None] >= pane[:, :1]) & (x[None] < pane[:, 2:3])
            seen_y = (v > 0) & (v < sizes[:, 1:]) & (y[None] >= pane[:, 1:2]) & (y[None] < pane[:, 3:])
            seen = seen_x[:, None, None, :] & seen_y[:, None, :, None]
            out.index_add_(0, owners[part], (values - GREY) * seen)  # panes do not overlap
        return out

    @staticmethod
    def _joined(boxes: Tensor, valid: Tensor, owner: NDArray[np.intp], batch: int) -> tuple[Tensor, Tensor]:
        """Boxes of the views of each picture side by side, real ones first, at most MOST_BOXES."""
        device = boxes.device
        most = int(np.bincount(owner).max())
        place = np.concatenate([np.arange(count) for count in np.bincount(owner)])
        rows, places = torch.tensor(owner, device=device), torch.tensor(place, device=device)
        all_boxes = torch.zeros((batch, most, *boxes.shape[1:]), device=device)
        all_valid = torch.zeros((batch, most, boxes.shape[1]), dtype=torch.bool, device=device)
        all_boxes[rows, places], all_valid[rows, places] = boxes, valid
        all_boxes, all_valid = all_boxes.flatten(1, 2), all_valid.flatten(1, 2)
        order = all_valid.int().argsort(dim=1, descending=True, stable=True)[:, :MOST_BOXES]
        return all_boxes.gather(1, order[..., None].expand(-1, -1, 6)), all_valid.gather(1, order)
