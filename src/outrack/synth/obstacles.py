"""Obstacles that occlude people: pillars, lamp posts, boards, bushes, trees, walls and parked cars, drawn by code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

__all__ = ["Obstacle", "ObstacleKind", "draw_obstacle_kind", "obstacle_picture"]

_SUPERSAMPLE = 2


class ObstacleKind(IntEnum):
    """Kinds of obstacles."""

    PILLAR = 0
    LAMP_POST = 1
    BOARD = 2
    BUSH = 3
    TREE = 4
    WALL = 5
    CAR = 6


# Width and height in metres, smallest and largest.
_SIZES_M = {
    ObstacleKind.PILLAR: ((0.45, 0.95), (3.2, 4.5)),
    ObstacleKind.LAMP_POST: ((0.5, 0.6), (3.8, 5.0)),
    ObstacleKind.BOARD: ((0.9, 1.9), (1.7, 2.5)),
    ObstacleKind.BUSH: ((1.2, 2.6), (0.9, 1.7)),
    ObstacleKind.TREE: ((2.2, 3.4), (4.0, 5.5)),
    ObstacleKind.WALL: ((1.8, 3.2), (0.7, 1.2)),
    ObstacleKind.CAR: ((3.9, 4.6), (1.35, 1.6)),
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An obstacle on the ground.

    Attributes:
        kind: its kind.
        x, z: position on the ground in metres (see `Camera`).
        width_m, height_m: size of its picture in metres.
        seed: determines its colours.
    """

    kind: ObstacleKind
    x: float
    z: float
    width_m: float
    height_m: float
    seed: int


def draw_obstacle_kind(rng: np.random.Generator, x: float, z: float) -> Obstacle:
    """A random obstacle at this place."""
    kind = ObstacleKind(rng.choice(7, p=[0.2, 0.12, 0.2, 0.16, 0.1, 0.12, 0.1]))
    width, height = (rng.uniform(*bounds) for bounds in _SIZES_M[kind])
    return Obstacle(kind, x, z, float(width), float(height), int(rng.integers(1 << 31)))


def obstacle_picture(obstacle: Obstacle, pixels_per_metre: float) -> Image.Image:
    """The obstacle as RGBA with straight alpha at this scale; its lowest row is on the ground."""
    rng = np.random.default_rng(obstacle.seed)
    size = (
        max(round(obstacle.width_m * pixels_per_metre), 2) * _SUPERSAMPLE,
        max(round(obstacle.height_m * pixels_per_metre), 2) * _SUPERSAMPLE,
    )
    canvas = Image.new("RGBA", size, (90, 90, 90, 0))
    pen = ImageDraw.Draw(canvas)
    match obstacle.kind:
        case ObstacleKind.PILLAR:
            _pillar(rng, pen, size)
        case ObstacleKind.LAMP_POST:
            _lamp_post(rng, pen, size)
        case ObstacleKind.BOARD:
            _board(rng, pen, size)
        case ObstacleKind.BUSH:
            _leaves(rng, pen, (0, 0, size[0], size[1] * 1.25))
        case ObstacleKind.TREE:
            _tree(rng, pen, size)
        case ObstacleKind.WALL:
            _wall(rng, pen, size)
        case ObstacleKind.CAR:
            _car(rng, pen, size)
    return canvas.reduce(_SUPERSAMPLE).filter(ImageFilter.GaussianBlur(0.4))


def _colour(rng: np.random.Generator, low: int, high: int, *, grey: bool) -> tuple[int, int, int]:
    base = np.full(3, rng.integers(low, high)) if grey else rng.integers(low, high, 3)
    r, g, b = (int(value) for value in np.clip(base + rng.normal(0, 6, 3), 0, 255))
    return r, g, b


def _shade(colour: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    r, g, b = (min(int(value * share), 255) for value in colour)
    return r, g, b


def _pillar(rng: np.random.Generator, pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    w, h = size
    colour = _colour(rng, 90, 215, grey=True)
    for x in range(w):  # a round column: light from the left
        share = 1.08 - 0.55 * ((x / w - 0.3) / 0.7) ** 2
        pen.line((x, 0, x, h), fill=_shade(colour, share))
    pen.rectangle((0, h - w // 4, w, h), fill=_shade(colour, 0.62))
    if rng.random() < 0.4:
        y = h * 0.55
        pen.rectangle((w * 0.2, y, w * 0.75, y + w * 0.75), fill=_colour(rng, 60, 240, grey=False))


def _lamp_post(rng: np.random.Generator, pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    w, h = size
    colour = _colour(rng, 25, 110, grey=True)
    half = w * 0.13
    pen.rectangle((w / 2 - half, h * 0.06, w / 2 + half, h), fill=colour)
    pen.rectangle((w / 2 - half, h * 0.06, w / 2 - half * 0.3, h), fill=_shade(colour, 1.5))
    pen.rectangle((w / 2 - half * 1.8, h * 0.9, w / 2 + half * 1.8, h), fill=_shade(colour, 0.8))
    pen.ellipse((0, 0, w - 1, w * 0.9), fill=(226, 222, 200))
    if rng.random() < 0.5:
        sign = _colour(rng, 30, 220, grey=False)
        pen.ellipse((0, h * 0.3, w - 1, h * 0.3 + w), fill=sign, outline=(235, 235, 235), width=max(w // 10, 1))


def _board(rng: np.random.Generator, pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    w, h = size
    legs = h * rng.uniform(0.02, 0.25)
    frame = _colour(rng, 40, 120, grey=True)
    for x in (0.12, 0.82):
        pen.rectangle((w * x, h - legs - 2, w * (x + 0.06), h), fill=frame)
    pen.rectangle((0, 0, w - 1, h - legs), fill=frame)
    inner = (w * 0.05, h * 0.03, w * 0.95, h - legs - h * 0.03)
    pen.rectangle(inner, fill=_colour(rng, 50, 245, grey=False))
    for _ in range(5):  # a poster: blocks and lines of writing
        x0, y0 = rng.uniform(0.08, 0.6) * w, rng.uniform(0.06, 0.6) * (h - legs)
        block = (x0, y0, x0 + w * rng.uniform(0.1, 0.3), y0 + h * rng.uniform(0.02, 0.2))
        pen.rectangle(block, fill=_colour(rng, 20, 245, grey=False))


def _leaves(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
    """Overlapping leaves in an ellipse, dark ones first."""
    left, top, right, bottom = box
    cx, cy, rx, ry = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
    green = np.array([rng.uniform(45, 90), rng.uniform(80, 125), rng.uniform(35, 70)])
    leaf = max(min(rx, ry) * 0.2, 1.5)
    pen.ellipse(
        (cx - rx * 0.9, cy - ry * 0.9, cx + rx * 0.9, cy + ry * 0.9), fill=tuple((green * 0.55).astype(int).tolist())
    )
    angle, radius = rng.uniform(0, 2 * np.pi, 170), np.sqrt(rng.uniform(0, 0.92, 170))
    xs, ys = cx + rx * 0.93 * radius * np.cos(angle), cy + ry * 0.93 * radius * np.sin(angle)
    share = np.linspace(0.6, 1.25, 170) * rng.uniform(0.85, 1.15, 170)
    for x, y, light in zip(xs, ys, share, strict=True):
        pen.ellipse(
            (x - leaf, y - leaf * 0.8, x + leaf, y + leaf * 0.8), fill=tuple((green * light).astype(int).tolist())
        )


def _tree(rng: np.random.Generator, pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    w, h = size
    bark = _shade((96, 76, 58), rng.uniform(0.7, 1.2))
    half = w * rng.uniform(0.05, 0.08)
    pen.polygon(
        [(w / 2 - half, h * 0.3), (w / 2 + half, h * 0.3), (w / 2 + half * 1.4, h), (w / 2 - half * 1.4, h)], fill=bark
    )
    pen.rectangle((w / 2 + half * 0.2, h * 0.3, w / 2 + half, h * 0.99), fill=_shade(bark, 0.75))
    _leaves(rng, pen, (0, 0, w, h * 0.5))


def _wall(rng: np.random.Generator, pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    w, h = size
    colour = _colour(rng, 100, 190, grey=True)
    pen.rectangle((0, 0, w, h), fill=colour)
    rows = 6
    for row in range(rows):
        y, shift = h * row / rows, (row % 2) * w / 12
        pen.line((0, y, w, y), fill=_shade(colour, 0.78), width=2)
        for k in range(7):
            x = k * w / 6 + shift
            pen.line((x, y, x, y + h / rows), fill=_shade(colour, 0.82), width=2)
    pen.rectangle((0, 0, w, h * 0.1), fill=_shade(colour, 1.2))


def _car(rng: np.random.Generator, pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    w, h = size
    paint = _colour(rng, 30, 220, grey=bool(rng.random() < 0.6))
    glass = (48, 58, 68)
    pen.rounded_rectangle((0, h * 0.42, w - 1, h * 0.86), radius=h * 0.14, fill=paint)
    pen.polygon(
        [(w * 0.16, h * 0.46), (w * 0.3, h * 0.03), (w * 0.72, h * 0.03), (w * 0.88, h * 0.46)],
        fill=_shade(paint, 0.95),
    )
    for x0, x1, lean0, lean1 in ((0.2, 0.48, 0.11, 0.0), (0.51, 0.83, 0.0, 0.13)):
        window = [(w * x0, h * 0.43), (w * (x0 + lean0), h * 0.09), (w * (x1 - lean1), h * 0.09), (w * x1, h * 0.43)]
        pen.polygon(window, fill=glass)
    pen.rectangle((0, h * 0.7, w, h * 0.86), fill=_shade(paint, 0.7))
    for x in (0.2, 0.8):
        r = h * 0.2
        pen.ellipse((w * x - r, h - 2 * r, w * x + r, h - 1), fill=(24, 24, 26))
        pen.ellipse((w * x - r * 0.5, h - 1.5 * r, w * x + r * 0.5, h - 0.5 * r), fill=(150, 150, 152))
    pen.rectangle((w * 0.01, h * 0.5, w * 0.04, h * 0.6), fill=(235, 225, 190))
    pen.rectangle((w * 0.96, h * 0.5, w * 0.99, h * 0.6), fill=(170, 40, 36))
