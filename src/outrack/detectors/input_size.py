"""Input size of a network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

__all__ = ["SPEEDS", "CoverArea", "FitInto", "InputSize", "Speed", "fit_into", "network_size"]

SMALLEST_SIDE, LARGEST_SIDE = 96, 8192
"""In pixels: at the largest a picture takes 200 MB, and the network's maps a hundred times as much."""

Speed = Literal["fast", "balanced", "accurate"]
SPEEDS = MappingProxyType({"fast": 0.5, "balanced": 1.0, "accurate": 2.25})
"""Pixels of the input, as a multiple of the size in the network's file. Time grows in proportion."""


class InputSize(Protocol):
    """A rule from the size of a picture to the size of the network's input, both width and height."""

    def __call__(self, frame_size: tuple[int, int]) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class FitInto:
    """The largest size that fits into a width and height.

    Raises:
        ValueError: a side is too short for detection, or too long for memory.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        sides = (self.width, self.height)
        if not SMALLEST_SIDE <= min(sides) <= max(sides) <= LARGEST_SIDE:
            got = self.width if self.width == self.height else sides
            raise ValueError(f"image_size: expected {SMALLEST_SIDE} to {LARGEST_SIDE} pixels, got {got}")

    def __call__(self, frame_size: tuple[int, int]) -> tuple[int, int]:
        """See `network_size`."""
        return network_size(frame_size, (self.width, self.height))


@dataclass(frozen=True, slots=True)
class CoverArea:
    """A fixed number of pixels, for any aspect ratio: wide and upright videos take as long as others.

    Attributes:
        pixels: target of width times height.
    """

    pixels: int

    def __post_init__(self) -> None:
        if not SMALLEST_SIDE**2 <= self.pixels <= LARGEST_SIDE**2:
            raise ValueError(f"area: expected {SMALLEST_SIDE**2} to {LARGEST_SIDE**2} pixels, got {self.pixels}")

    def __call__(self, frame_size: tuple[int, int]) -> tuple[int, int]:
        """Width and height, multiples of 32, at most `LARGEST_SIDE`, of about this area and the picture's shape."""
        width, height = frame_size
        scale = math.sqrt(self.pixels / (width * height))
        long = min(round(max(width, height) * scale), LARGEST_SIDE)
        return network_size(frame_size, (long, long))


def fit_into(image_size: int | tuple[int, int]) -> FitInto:
    """The rule for a longest side, or for a width and height; errors as for `FitInto`.

    Raises:
        TypeError: it is neither.
    """
    sides = tuple(image_size) if isinstance(image_size, tuple | list) else (image_size, image_size)
    if len(sides) != 2 or not all(isinstance(side, int) for side in sides):
        raise TypeError(f"image_size: expected the long side (640), or width and height (768, 576), got {image_size!r}")
    return FitInto(*sides)


def network_size(frame_size: tuple[int, int], into: tuple[int, int]) -> tuple[int, int]:
    """Width and height, multiples of 32, that a frame is scaled to.

    The frame is scaled to fit, then each side goes to the nearest multiple: instead of padding, the picture is
    stretched by a few percent. Sides below 96 become 96.
    """
    scale = min(into[0] / frame_size[0], into[1] / frame_size[1])
    width, height = (max(round(side * scale / 32) * 32, SMALLEST_SIDE) for side in frame_size)
    return width, height
