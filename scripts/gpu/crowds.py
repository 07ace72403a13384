"""Crowds composed on the GPU: cut-out people on pictures without people."""

from __future__ import annotations

import numpy as np
import torch
from packed import CANVAS, Pictures
from torch import Tensor
from torch.nn import functional as F

__all__ = ["compose"]

CLOSE = 0.35
"""Probability of a few people who are so close that the picture cuts them off."""


def compose(pictures: Pictures, people: list[Tensor], row: int, background: int, rng: np.random.Generator) -> None:
    """Write one composed crowd into picture `row`: people on a plane, the nearer in front.

    Boxes are of full bodies, visibility is known exactly.
    """
    canvas = _background(pictures, background, rng)
    height, width = CANVAS
    owner = torch.full((height, width), -1, dtype=torch.int16, device=canvas.device)
    boxes: list[tuple[float, ...]] = []
    for centre, tall, foot in _close(rng) if rng.random() < CLOSE else _crowd(rng):
        person = people[rng.integers(len(people))]
        wide = max(tall * person.shape[2] / person.shape[1], 4)
        corner, size = (round(centre - wide / 2), round(foot - tall)), (round(wide), round(tall))
        area = _paste(canvas, owner, person, corner, size, len(boxes), rng)
        if area is not None:
            boxes.append((*corner, corner[0] + size[0], corner[1] + size[1], 0.0, area))
    notes = torch.tensor(boxes, device=canvas.device).reshape(-1, 6)
    seen = torch.bincount(owner[owner >= 0].long(), minlength=len(boxes))[: len(boxes)]
    notes[:, 5] = seen / notes[:, 5].clamp(min=1)
    pictures.pixels[row] = canvas.clamp(0, 255).byte()
    pictures.sizes[row] = torch.tensor((width, height), device=canvas.device)
    pictures.boxes[row, : len(boxes)] = notes
    pictures.counts[row] = len(boxes)


def _crowd(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Middle, height and foot of people on a plane, the nearest last."""
    height, width = CANVAS
    horizon, slope = rng.uniform(-0.4, 0.45) * height, rng.uniform(0.25, 1.1)
    feet = np.sort(rng.uniform(max(horizon, 0) + 0.1 * height, 1.25 * height, rng.integers(3, 22)))
    near = rng.uniform(0.05, 0.95)
    bodies = []
    for foot in feet:
        tall = float(np.clip((foot - horizon) * slope * rng.uniform(0.88, 1.12), 18, 900))
        centre = width * (rng.normal(near, 0.12) if rng.random() < 0.4 else rng.uniform(-0.03, 1.03))
        bodies.append((centre, tall, float(foot)))
    return bodies


def _close(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """The same of people in front of the camera, from head to knee or less; the nearest last."""
    height, width = CANVAS
    tall = np.sort(rng.uniform(0.7, 2.2, rng.integers(1, 5)) * height)
    head = rng.uniform(-0.05, 0.4, len(tall)) * height
    return [(float(rng.uniform(-0.05, 1.05) * width), float(t), float(t + h)) for t, h in zip(tall, head, strict=True)]


def _background(pictures: Pictures, row: int, rng: np.random.Generator) -> Tensor:
    """Some part of picture `row` that fills the canvas, float16 (3, height, width)."""
    height, width = CANVAS
    bg_w, bg_h = pictures.sizes[row].tolist()
    scale = max(width / bg_w, height / bg_h)
    patch = pictures.pixels[row, :, : int(bg_h), : int(bg_w)][None].half()
    big = F.interpolate(patch, (round(bg_h * scale), round(bg_w * scale)), mode="bilinear")[0]
    top, left = rng.integers(0, big.shape[1] - height + 1), rng.integers(0, big.shape[2] - width + 1)
    return big[:, top : top + height, left : left + width].clone()


def _paste(
    canvas: Tensor,
    owner: Tensor,
    person: Tensor,
    corner: tuple[int, int],
    size: tuple[int, int],
    number: int,
    rng: np.random.Generator,
) -> float | None:
    """Paste a person with the upper left corner at x, y, and their number where they are opaque.

    Returns:
        the person's opaque pixels within the canvas; None if too few are within it.
    """
    height, width = owner.shape
    (x1, y1), (wide, tall) = corner, size
    u1, v1, u2, v2 = max(x1, 0), max(y1, 0), min(x1 + wide, width), min(y1 + tall, height)
    if u2 - u1 < 3 or v2 - v1 < 3:
        return None
    small = F.interpolate(person[None], (tall, wide), mode="bilinear", antialias=False)[0]
    if rng.random() < 0.5:
        small = small.flip(-1)
    small = small[:, v1 - y1 : v2 - y1, u1 - x1 : u2 - x1]
    light = torch.tensor(rng.uniform(0.6, 1.25) * rng.uniform(0.94, 1.06, 3), device=canvas.device).half()
    alpha = small[3:] / 255
    region = canvas[:, v1:v2, u1:u2]
    region.copy_(region * (1 - alpha) + (small[:3] * light[:, None, None]).clamp(0, 255) * alpha)
    opaque = alpha[0] > 0.5
    owner[v1:v2, u1:u2].masked_fill_(opaque, number)
    return float(opaque.sum())
