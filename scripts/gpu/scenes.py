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
from views import View, cut_view, mirrored, ordinary_view

from outrack.training.data.target_encoder import LEAST_SEEN

__all__ = ["KINDS", "Draw", "Sampler", "Source", "clipped"]

Kind = Literal["truth", "partial", "visible", "none"]

KINDS = {kind: number for number, kind in enumerate(get_args(Kind))}
"""Numbers of the kinds in `Draw.kind`."""
GREY = 114.0
"""Colour around pictures."""
AT_EDGE = 1.5
"""Pixels within which a side of a box counts as lying on the picture's edge: the person may go on beyond it."""
LEAST_PIXELS = 6.0
"""Width and height that a cut person has to have in the picture, at least; the place of others is ignored."""
CUT_OFF = 0.3
"""Probability that an edge of the picture goes through a person close to the camera, if there is one."""


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
        seen: the part of each box that lies in its picture, xyxy, float32 (B, N, 4).
        is_open: sides at which the picture ends, so that the person may go on beyond the box, bool (B, N, 4).
        valid: bool (B, N).
        kind: number of each picture's kind, int64 (B,), see `KINDS`.
        extent: where there are pictures and not grey, xyxy in pixels of the network, float32 (B, 4).
    """

    images: Tensor
    boxes: Tensor
    seen: Tensor
    is_open: Tensor
    valid: Tensor
    kind: Tensor
    extent: Tensor


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
        self.sizes: list[tuple[float, float]] = [(width, height) for width, height in pictures.sizes.tolist()]
        self.boxes = pictures.boxes.cpu().numpy()
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
            self._view(size, pane[one], self._like(first[row]), in_mosaic=True)
            if is_mosaic[row]
            else self._view(size, pane[one], first[row], in_mosaic=False)
            for one, row in enumerate(owner)
        ]
        rows = torch.tensor([row for row, _ in drawn], device=device)
        affine = torch.tensor([view for _, view in drawn], device=device, dtype=torch.float32)  # sx, sy, tx, ty
        panes = torch.tensor(pane, device=device, dtype=torch.float32)
        extents = self._extents(rows, affine, panes)
        boxes, is_open, valid = self._boxes(rows, affine)
        boxes, seen, valid = self._inside(boxes, valid, extents)
        images = self._pixels(rows, affine, extents, owner, batch, size)
        tables, joined_valid = self._joined(torch.cat((boxes, seen, is_open.float()), -1), valid, owner, batch)
        kinds = torch.tensor([KINDS[self.sources[one][1].kind] for one in first], device=device)
        extent = torch.stack([
            torch.cat((part[:, :2].amin(0), part[:, 2:].amax(0)))
            for part in extents.split(np.bincount(owner).tolist())
        ])  # fmt: skip
        return Draw(images, tables[..., :6], tables[..., 6:10], tables[..., 10:] > 0, joined_valid, kinds, extent)

    def _draw_source(self) -> int:
        return int(np.searchsorted(self.limits, self.rng.random() * 0.999999))

    def _like(self, one: int) -> int:
        """A source of the same kind: pictures of a mosaic are of one kind."""
        while self.sources[other := self._draw_source()][1].kind != self.sources[one][1].kind:
            pass
        return other

    def _view(
        self, size: tuple[int, int], pane: NDArray[np.float64], chosen: int, *, in_mosaic: bool
    ) -> tuple[int, View]:
        """Row of a picture of a source, and the part of it that is shown in the pane."""
        rng = self.rng
        (first, last), source = self.sources[chosen]
        low, high = (first + round(part * (last - first)) for part in source.frames)
        row = int(rng.integers(low, max(high, low + 1)))
        view = None
        if not in_mosaic and rng.random() < CUT_OFF:
            notes = self.boxes[row]
            view = cut_view(self.sizes[row], pane, notes[(notes[:, 4] == 0) & (notes[:, 5] > 0.5), :4], rng=rng)
        if view is None:
            share, slack = (0.75, 0.0) if in_mosaic else (1.0, 0.08)
            fit = (share * size[0], share * size[1])
            view = ordinary_view(self.sizes[row], pane, fit=fit, scales=source.scale, slack=slack, rng=rng)
        return row, mirrored(view, self.sizes[row][0]) if rng.random() < 0.5 else view

    def _extents(self, rows: Tensor, affine: Tensor, panes: Tensor) -> Tensor:
        """The part of each pane that its picture fills, (V, 4)."""
        ends = torch.stack((affine[:, 2:], affine[:, 2:] + affine[:, :2] * self.pictures.sizes[rows]))
        return clipped(torch.cat((ends.amin(0), ends.amax(0)), -1), panes)

    def _boxes(self, rows: Tensor, affine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes in pixels of the network, which of their sides are open, and which are valid."""
        boxes = self.pictures.boxes[rows].clone()  # (V, N, 6)
        ends = torch.cat((torch.zeros_like(affine[:, :2]), self.pictures.sizes[rows]), -1)[:, None]
        is_open = (boxes[..., :4] - ends).abs() <= AT_EDGE
        mirrored = (affine[:, 0] < 0)[:, None, None]
        is_open = torch.where(mirrored, is_open[..., [2, 1, 0, 3]], is_open)
        scale, shift = affine[:, None, :2], affine[:, None, 2:]
        corners = torch.stack((boxes[..., :2] * scale + shift, boxes[..., 2:4] * scale + shift))
        boxes[..., :2], boxes[..., 2:4] = corners.amin(0), corners.amax(0)
        valid = torch.arange(MOST_BOXES, device=rows.device) < self.pictures.counts[rows, None]
        return boxes, is_open, valid

    @staticmethod
    def _inside(boxes: Tensor, valid: Tensor, extents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes, their parts in the picture, and which are valid. People of whom enough is in the picture keep the box
        of their whole body; of others the place is ignored."""
        seen = clipped(boxes[..., :4], extents[:, None])
        size = seen[..., 2:] - seen[..., :2]
        share = size / (boxes[..., 2:4] - boxes[..., :2]).clamp(min=1e-3)
        least = torch.tensor(LEAST_SEEN, device=boxes.device)
        is_cut = (share < 0.999).any(-1)
        enough = (share >= least).all(-1) & (~is_cut | (size >= LEAST_PIXELS).all(-1))
        ignored = (boxes[..., 4] > 0) | ~enough
        out = torch.cat((torch.where(ignored[..., None], seen, boxes[..., :4]), ignored[..., None], boxes[..., 5:]), -1)
        return out, seen, valid & (size.prod(-1) > 1)

    def _pixels(
        self, rows: Tensor, affine: Tensor, extents: Tensor, owner: NDArray[np.intp], batch: int, size: tuple[int, int]
    ) -> Tensor:
        out = torch.full((batch, 3, size[1] * 2, size[0] * 2), GREY, device=rows.device)
        corners = (extents * 2).round().int().tolist()
        for row, ((sx, sy, tx, ty), (x1, y1, x2, y2)) in enumerate(zip(affine.tolist(), corners, strict=True)):
            if x2 <= x1 or y2 <= y1:
                continue
            x = (torch.arange(x1, x2, device=rows.device) + 0.5) / 2
            y = (torch.arange(y1, y2, device=rows.device) + 0.5) / 2
            across, down = (x - tx) / sx * 2 / CANVAS[1] - 1, (y - ty) / sy * 2 / CANVAS[0] - 1
            grid = torch.stack((across.expand(len(y), -1), down[:, None].expand(-1, len(x))), -1)[None]
            source = self.pictures.pixels[rows[row]].float()[None]
            out[owner[row], :, y1:y2, x1:x2] = F.grid_sample(source, grid, mode="bilinear", align_corners=False)[0]
        return out

    @staticmethod
    def _joined(boxes: Tensor, valid: Tensor, owner: NDArray[np.intp], batch: int) -> tuple[Tensor, Tensor]:
        """Rows of the views of each picture, (V, N, C), side by side, valid ones first, at most MOST_BOXES."""
        device = boxes.device
        most = int(np.bincount(owner).max())
        place = np.concatenate([np.arange(count) for count in np.bincount(owner)])
        rows, places = torch.tensor(owner, device=device), torch.tensor(place, device=device)
        all_boxes = torch.zeros((batch, most, *boxes.shape[1:]), device=device)
        all_valid = torch.zeros((batch, most, boxes.shape[1]), dtype=torch.bool, device=device)
        all_boxes[rows, places], all_valid[rows, places] = boxes, valid
        all_boxes, all_valid = all_boxes.flatten(1, 2), all_valid.flatten(1, 2)
        order = all_valid.int().argsort(dim=1, descending=True, stable=True)[:, :MOST_BOXES]
        return all_boxes.gather(1, order[..., None].expand(-1, -1, boxes.shape[-1])), all_valid.gather(1, order)


def clipped(boxes: Tensor, extent: Tensor) -> Tensor:
    """The parts of boxes (..., 4) in `extent` (..., 4); empty ones for boxes beside it."""
    low, high = torch.maximum(boxes[..., :2], extent[..., :2]), torch.minimum(boxes[..., 2:], extent[..., 2:])
    return torch.cat((low, torch.maximum(high, low)), -1)
