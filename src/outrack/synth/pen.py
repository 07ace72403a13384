"""Draws ellipses, polygons and tapered limbs on a canvas, in units of body heights."""

from __future__ import annotations

import math
from typing import NamedTuple

from PIL import Image, ImageDraw

from outrack.synth.looks import Colour
from outrack.synth.skeleton import (
    Joint,
)

__all__ = ["Limb", "Pen", "darker"]


class Limb(NamedTuple):
    start: Joint
    end: Joint
    widths: tuple[float, float]
    colour: Colour


class Pen:
    """Draws in units of body heights: x to the right of the body's axis, y upwards from the ground."""

    def __init__(self, canvas: Image.Image, scale: int) -> None:
        self.canvas = canvas
        self.scale = scale
        self.draw = ImageDraw.Draw(canvas)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        return self.canvas.width / 2 + x * self.scale, self.canvas.height - (y + 0.02) * self.scale

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        (left, top), (right, bottom) = self.pixel(x - rx, y + ry), self.pixel(x + rx, y - ry)
        self.draw.ellipse((left, top, right, bottom), fill=(*colour, 255))

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self.draw.polygon([self.pixel(x, y) for x, y in points], fill=(*colour, 255))

    def limb(self, limb: Limb) -> None:
        """A tapered stroke with round ends."""
        (x0, y0, _), (x1, y1, _) = limb.start, limb.end
        w0, w1 = limb.widths
        length = math.hypot(x1 - x0, y1 - y0) or 1e-6
        nx, ny = (y1 - y0) / length, (x0 - x1) / length
        self.polygon(
            [
                (x0 + nx * w0, y0 + ny * w0),
                (x1 + nx * w1, y1 + ny * w1),
                (x1 - nx * w1, y1 - ny * w1),
                (x0 - nx * w0, y0 - ny * w0),
            ],
            limb.colour,
        )
        self.ellipse(x0, y0, w0, w0, limb.colour)
        self.ellipse(x1, y1, w1, w1, limb.colour)


def darker(colour: Colour, share: float) -> Colour:
    r, g, b = (int(value * share) for value in colour)
    return r, g, b
