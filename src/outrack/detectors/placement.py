"""Where a picture lies in the input of a network: scaled, with a margin that repeats its edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.scaling import scaled_image
from outrack.structures import Frame

__all__ = ["Placement", "network_image"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placement:
    """The map between the pixels of a picture and those of the network's input.

    Attributes:
        picture: width and height of the picture.
        size: width and height of the input.
        margin: width of the margin on each side, in pixels of the input. It repeats the picture's edge: appearance of
            people who are cut off is read there, too, and grey would change it once they are in the picture.
    """

    picture: tuple[int, int]
    size: tuple[int, int]
    margin: int = 0

    @property
    def scale(self) -> Floats:
        """Pixels of the picture for one of the input, (2,)."""
        return np.array([side / inner for side, inner in zip(self.picture, self.inner, strict=True)])

    @property
    def inner(self) -> tuple[int, int]:
        """Width and height of the picture in the input."""
        return self.size[0] - 2 * self.margin, self.size[1] - 2 * self.margin

    def image(self, picture: Frame | NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The input for a picture of this size, channels first, (3, height, width)."""
        inside = network_image(picture, self.inner)
        if not self.margin:
            return inside
        sides = (self.margin, self.margin)
        return np.pad(inside, ((0, 0), sides, sides), mode="edge")

    def to_picture(self, points: NDArray[np.floating]) -> Floats:
        """Points (N, 2), or corners of boxes (N, 4), of the input in pixels of the picture."""
        return np.asarray((points - self.margin) * np.tile(self.scale, points.shape[1] // 2))

    def to_input(self, points: Floats) -> Floats:
        """The inverse of `to_picture`."""
        return np.asarray(points / np.tile(self.scale, points.shape[1] // 2) + self.margin)


def network_image(picture: Frame | NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A frame, or an image (H, W, 3), at `size` (width, height), channels first, (3, height, width)."""
    if isinstance(picture, Frame):
        return scaled_image(picture.pixels, size) if picture.decoded is None else picture.decoded.scaled_planes(size)
    return scaled_image(picture, size)
