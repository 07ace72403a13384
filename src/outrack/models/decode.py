"""From dense maps to detections, in torch operations that also export to ONNX."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from outrack.models.appearance.body import BodyReading, appearance_at
from outrack.models.maps import DenseMaps

__all__ = ["DecodedDetections", "decode"]


class DecodedDetections(NamedTuple):
    """The best K objects and P occlusions of each of B images, best first, before any threshold.

    Attributes:
        boxes: xyxy in pixels of the network's input, float32 (B, K, 4).
        scores: 0..1, float32 (B, K); padded with 0 if a map has fewer peaks than K.
        classes: int64 (B, K).
        embeddings: L2-normalised float32 (B, K, D), or None.
        occlusions: x, y in input pixels and score, float32 (B, P, 3), or None.
        displacements: from each box centre to the same object's centre in the previous frame, input pixels, float32
            (B, K, 2), or None.
    """

    boxes: Tensor
    scores: Tensor
    classes: Tensor
    embeddings: Tensor | None = None
    occlusions: Tensor | None = None
    displacements: Tensor | None = None


class Peaks(NamedTuple):
    """The highest local maxima of heat maps: cells x, y (B, K) float32, scores (B, K), classes and flat cells (B, K)
    int64."""

    x: Tensor
    y: Tensor
    scores: Tensor
    classes: Tensor
    cells: Tensor


def decode(
    maps: DenseMaps,
    *,
    stride: int,
    max_objects: int = 128,
    max_occlusions: int = 64,
    body: BodyReading | None = None,
) -> DecodedDetections:
    """Pick the peaks of the heat maps and read the other maps there (notes#decoding).

    The box is the integer cell plus the predicted offset, minus and plus ltrb, times the stride. The embedding is that
    of the integer cell, or of points all over the box. Overlapping boxes are only suppressed by the 3x3 peak rule.

    Args:
        maps: raw maps of a network.
        stride: pixels per cell.
        max_objects: K, at most the number of cells (paper: 500).
        max_occlusions: P, at most the number of cells.
        body: the network's; None reads the embedding at the centre's cell.
    """
    peaks = _peaks(maps.centres, max_objects)
    cell = torch.stack((peaks.x, peaks.y), 2)  # (B, K, 2)
    centre = cell if maps.offset is None else cell + _at(maps.offset, peaks.cells)
    ltrb = _at(maps.ltrb, peaks.cells)  # (B, K, 4)
    boxes = torch.cat((centre - ltrb[..., :2], centre + ltrb[..., 2:]), 2) * stride
    displacements = None
    if maps.displacement is not None:
        previous = (cell + _at(maps.displacement, peaks.cells)) * stride
        displacements = previous - (boxes[..., :2] + boxes[..., 2:]) / 2
    embeddings = None
    if maps.embedding is not None:
        if body is None:
            appearance = _at(maps.embedding, peaks.cells)
        else:
            images = torch.arange(boxes.shape[0], device=boxes.device)[:, None]
            appearance = appearance_at(maps, images, boxes, body)
        embeddings = F.normalize(appearance, dim=2)
    return DecodedDetections(
        boxes, peaks.scores, peaks.classes, embeddings, _occlusions(maps, stride, max_occlusions), displacements
    )


def _occlusions(maps: DenseMaps, stride: int, limit: int) -> Tensor | None:
    """Occlusion centres (paper Sec. 3.2.1), (B, P, 3) or None."""
    if maps.occlusion is None:
        return None
    peaks = _peaks(maps.occlusion, limit)
    points = torch.stack((peaks.x, peaks.y), 2)  # (B, P, 2)
    if maps.occlusion_offset is not None:
        points = points + _at(maps.occlusion_offset, peaks.cells)
    return torch.cat((points * stride, peaks.scores[..., None]), 2)


def _peaks(logits: Tensor, limit: int) -> Peaks:
    """The `limit` highest cells of (B, C, h, w) that no cell among their eight neighbours exceeds."""
    height, width = logits.shape[2:]
    is_peak = logits == F.max_pool2d(logits, 3, stride=1, padding=1)
    candidates = torch.where(is_peak, logits, torch.full_like(logits, -torch.inf)).flatten(1)  # (B, C * h * w)
    best, index = candidates.topk(min(limit, candidates.shape[1]))
    # Division instead of %: the exporter cannot translate a remainder by a dynamic size.
    classes = torch.div(index, height * width, rounding_mode="floor")
    cells = index - classes * (height * width)
    y = torch.div(cells, width, rounding_mode="floor")
    x = cells - y * width
    return Peaks(x.float(), y.float(), best.sigmoid(), classes, cells)


def _at(values: Tensor, cells: Tensor) -> Tensor:
    """The columns of (B, C, h, w) at flat cells (B, K), as (B, K, C)."""
    channels = values.shape[1]
    return values.flatten(2).gather(2, cells[:, None].expand(-1, channels, -1)).transpose(1, 2)
