"""Targets of a batch, made on the GPU: heat map, ignored cells and boxes, from true boxes or from the teacher's."""

from __future__ import annotations

from typing import NamedTuple

import torch
from scenes import KINDS, Draw, clipped
from torch import Tensor

STRIDE = 4
HIDDEN = 0.08
"""People of whom less is visible are neither objects nor background."""
SURE, DOUBTFUL = 0.55, 0.15
"""Scores of the teacher: from the first on a box counts in full, up to the second not at all."""
OVERLAP = 0.7
LEAST_TALL = 20.0
"""Pixels of people whom the teacher misses in a picture with visible boxes; smaller ones are ignored."""


class Objects(NamedTuple):
    """What there is to find, in cells.

    Attributes:
        boxes: of whole bodies, which may go on beyond the picture, (B, N, 4).
        seen: the part in the picture; its middle is where the object is found, (B, N, 4).
        is_open: sides of which only the least distance is known, bool (B, N, 4).
        weight: 0..1, (B, N).
        ignored: regions to ignore, (B, M, 4).
    """

    boxes: Tensor
    seen: Tensor
    is_open: Tensor
    weight: Tensor
    ignored: Tensor


class DenseTargets(NamedTuple):
    """Maps at the network's stride.

    Attributes:
        centre: weight at the cell of each object's centre, else 0, (B, h, w).
        near: how near a cell is to a centre, 1 there, (B, h, w).
        ignore: cells that count for nothing, bool (B, h, w).
        ltrb: sides of the object that a cell belongs to, (B, 4, h, w).
        is_open: which of them may be longer, bool (B, 4, h, w).
        box_weight: what its box counts; that of each object sums to its weight, (B, h, w).
    """

    centre: Tensor
    near: Tensor
    ignore: Tensor
    ltrb: Tensor
    is_open: Tensor
    box_weight: Tensor


def objects_of(draw: Draw, found: Tensor, scores: Tensor) -> Objects:
    """True objects if labelled, otherwise the teacher's detections, combined with partial labels.

    Args:
        found, scores: the teacher's boxes in pixels (B, K, 4), (B, K).
    """
    truth = draw.boxes[..., :4]
    region = draw.valid & (draw.boxes[..., 4] > 0)
    hidden = draw.valid & ~region & (draw.boxes[..., 5] < HIDDEN)
    person = draw.valid & ~region & ~hidden
    kind = draw.kind[:, None]
    is_truth = (kind == KINDS["truth"]) | (kind == KINDS["partial"])

    likely = scores > DOUBTFUL
    whole = _extended(truth, draw.is_open, found)
    overlap = _iou(found[:, :, None], whole) * person[:, None] * likely[..., None]  # (B, K, N)
    inside = _inside(found[:, :, None], whole) * person[:, None]
    confirmed = overlap.amax(2) > 0.5
    elsewhere = inside.amax(2) < 0.3
    sharp = ((scores - DOUBTFUL) / (SURE - DOUBTFUL)).clamp(0, 1)
    visible = torch.where(confirmed, torch.ones_like(sharp), sharp) * ~elsewhere
    taught = torch.where(kind == KINDS["visible"], visible, sharp) * ~is_truth * likely

    missed = person & (overlap.amax(1) < 0.3) & (kind == KINDS["visible"])
    others = _shared(truth[:, :, None], truth[:, None]) * person[:, None]
    others.diagonal(dim1=1, dim2=2).zero_()
    # The visible part of a person whom no other person hides is the body, except for what the picture's edge cuts off.
    # An arm at the edge is no person.
    wide, tall = (draw.seen[..., 2:] - draw.seen[..., :2]).unbind(-1)
    alone = (others.amax(2) < 0.3 * _size(truth)) & (tall >= LEAST_TALL) & (wide <= 1.2 * tall)
    unlabelled = likely & (overlap.amax(2) < 0.3) & (kind == KINDS["partial"])
    nothing = torch.zeros_like(truth)
    ignored = torch.cat(
        (
            torch.where((region | hidden & is_truth | missed & ~alone)[..., None], draw.seen, nothing),
            torch.where(unlabelled[..., None], found, torch.zeros_like(found)),
        ),
        1,
    )
    weight = torch.cat(((person & is_truth | missed & alone).float(), taught), 1)
    order = weight.argsort(1, descending=True)[:, : max(int((weight > 0).sum(1).max()), 1)]
    boxes, seen, is_open = (
        torch.cat(parts, 1).gather(1, order[..., None].expand(-1, -1, 4))
        for parts in (
            (truth, found),
            (draw.seen, clipped(found, draw.extent[:, None])),
            (draw.is_open, torch.zeros_like(found, dtype=torch.bool)),
        )
    )
    return Objects(boxes / STRIDE, seen / STRIDE, is_open, weight.gather(1, order), ignored / STRIDE)


def dense_targets(objects: Objects, height: int, width: int) -> DenseTargets:
    """Draw the objects on maps of `height` x `width` cells."""
    boxes, seen, is_open, weight, ignored = objects
    batch, count = weight.shape
    device = boxes.device
    x, y = torch.arange(width, device=device).float(), torch.arange(height, device=device).float()
    limit = torch.tensor((width - 1.0, height - 1.0), device=device)
    centre = torch.minimum(((seen[..., :2] + seen[..., 2:]) / 2).clamp(min=0), limit).floor()
    radius = gaussian_radius((seen[..., 2:] - seen[..., :2]).clamp(min=1).ceil())
    spread = 2 * ((2 * radius + 1) / 6) ** 2
    dx, dy = x - centre[..., :1], y - centre[..., 1:]  # (B, N, w), (B, N, h)
    gx = torch.exp(-(dx**2) / spread[..., None]) * (dx.abs() <= radius[..., None])
    gy = torch.exp(-(dy**2) / spread[..., None]) * (dy.abs() <= radius[..., None])
    gx = gx * (weight > 0)[..., None]
    near = torch.zeros(batch, height, width, device=device)
    owner = torch.zeros(batch, height, width, dtype=torch.int64, device=device)
    for start in range(0, count, 16):
        part = gy[:, start : start + 16, :, None] * gx[:, start : start + 16, None]
        best, index = part.max(1)
        owner = torch.where(best > near, index + start, owner)
        near = torch.maximum(near, best)
    rows = torch.arange(batch, device=device)[:, None].expand(-1, count)
    cell = (centre[..., 1] * width + centre[..., 0]).long()
    centres = torch.zeros(batch, height * width, device=device)
    centres.scatter_reduce_(1, cell, weight, "amax")
    sides = boxes[rows[:, :1, None], owner]  # (B, h, w, 4)
    cells = torch.stack((x[None].expand(height, -1), y[:, None].expand(-1, width)), -1)
    ltrb = torch.cat((cells - sides[..., :2], sides[..., 2:] - cells), -1).permute(0, 3, 1, 2)
    may_go_on = is_open[rows[:, :1, None], owner].permute(0, 3, 1, 2)
    share = near * (near > 0.4)
    total = torch.zeros(batch, count, device=device).scatter_add_(1, owner.flatten(1), share.flatten(1))
    box_weight = share * (weight / total.clamp(min=1e-4)).gather(1, owner.flatten(1)).view_as(share)
    return DenseTargets(centres.view_as(near), near, _covered(ignored, x, y) & (near == 0), ltrb, may_go_on, box_weight)


def occlusion_targets(draw: Draw, height: int, width: int) -> DenseTargets:
    """Centres of overlaps (paper Eq. 9-11) of the true boxes of people who are not hidden altogether; pictures without
    truth are ignored."""
    boxes = draw.boxes[..., :4]
    region = draw.valid & ((draw.boxes[..., 4] > 0) | (draw.boxes[..., 5] < HIDDEN))
    person = draw.valid & ~region
    most = max(int(person.sum(1).max()), 2)
    order = person.int().argsort(dim=1, descending=True, stable=True)[:, :most]
    boxes, person = boxes.gather(1, order[..., None].expand(-1, -1, 4)), person.gather(1, order)
    low = torch.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = torch.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    area = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
    shared = (high - low).clamp(min=0).prod(-1)
    share = shared / torch.minimum(area[:, :, None], area[:, None]).clamp(min=1e-3)
    pair = (share > OVERLAP) & person[:, :, None] & person[:, None]
    pair = torch.triu(pair, 1).flatten(1)
    chosen = pair.int().argsort(dim=1, descending=True, stable=True)[:, :64]
    overlaps = torch.cat((low, high), -1).flatten(1, 2).gather(1, chosen[..., None].expand(-1, -1, 4))
    limit = torch.tensor((width, height, width, height), device=boxes.device) * float(STRIDE)
    overlaps = torch.minimum(overlaps.clamp(min=0), limit)
    there = pair.gather(1, chosen) & ((overlaps[..., 2:] - overlaps[..., :2]) > 0).all(-1)
    closed = torch.zeros_like(overlaps, dtype=torch.bool)
    whole = Objects(overlaps / STRIDE, overlaps / STRIDE, closed, there.float(), torch.zeros_like(boxes))
    made = dense_targets(whole, height, width)
    known = (draw.kind == KINDS["truth"])[:, None, None]
    x, y = (torch.arange(n, device=boxes.device).float() for n in (width, height))
    regions = torch.where(region[..., None], draw.boxes[..., :4], 0 * draw.boxes[..., :4]) / STRIDE
    return made._replace(ignore=(~known | _covered(regions, x, y)) & (made.near == 0), centre=made.centre * known)


def gaussian_radius(size: Tensor, min_overlap: float = 0.7) -> Tensor:
    """CornerNet's rule for boxes of `size` (..., 2) cells, as `outrack.boxes.gaussian_radius`; whole numbers."""
    width, height = size.unbind(-1)
    b = min_overlap * (width + height)
    return ((b**2 + 4 * min_overlap * (1 - min_overlap) * width * height).sqrt() - b).floor()


def no_doubles(boxes: Tensor, scores: Tensor) -> Tensor:
    """Scores (B, K), 0 for those who lie on a better one; best first."""
    overlap = torch.triu(_iou(boxes[:, :, None], boxes[:, None]), 1)
    return scores * (overlap.amax(1) < 0.65)


def _covered(boxes: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Cells that one of the boxes (B, M, 4) touches, bool (B, h, w)."""
    in_x = (x + 1 > boxes[..., :1]) & (x < boxes[..., 2:3])
    in_y = (y + 1 > boxes[..., 1:2]) & (y < boxes[..., 3:])
    some = (boxes[..., 2] > boxes[..., 0])[..., None]
    return torch.einsum("bmh,bmw->bhw", (in_y & some).float(), in_x.float()) > 0


def _extended(truth: Tensor, is_open: Tensor, found: Tensor) -> Tensor:
    """True boxes (B, N, 4) with their open sides as far out as those of each found one (B, K, 4): (B, K, N, 4)."""
    ours, theirs = truth[:, None], found[:, :, None]
    out = torch.cat((torch.minimum(ours[..., :2], theirs[..., :2]), torch.maximum(ours[..., 2:], theirs[..., 2:])), -1)
    return torch.where(is_open[:, None], out, ours)


def _iou(a: Tensor, b: Tensor) -> Tensor:
    """(..., 4), (..., 4) -> (...)."""
    shared = _shared(a, b)
    return shared / (_size(a) + _size(b) - shared).clamp(min=1e-3)


def _inside(a: Tensor, b: Tensor) -> Tensor:
    """Share of each smaller box that the other covers, (...)."""
    return _shared(a, b) / torch.minimum(_size(a), _size(b)).clamp(min=1e-3)


def _shared(a: Tensor, b: Tensor) -> Tensor:
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    return (high - low).clamp(min=0).prod(-1)


def _size(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
