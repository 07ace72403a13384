"""Drawing surfaces: an array of RGB pixels, or single planes of a picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Layer", "rgb_layer"]

Pixels = NDArray[np.uint8]


class Layer:
    """A raster of values; each place covers a square of pixels of the picture.

    Args:
        values: uint8, row by row; modified by drawing.
        height, width: rows and places in a row.
        stride: places between the starts of two rows.
        depth: values per place.
        shrink: side of a place's square in pixels.
        values_of: from RGB (..., 3) to the values (..., depth) of this layer.

    Attributes:
        height, width, depth, shrink, values_of: as given.
        rows: the values by row, (height, depth * width).
    """

    def __init__(
        self,
        values: Pixels,
        height: int,
        width: int,
        *,
        stride: int,
        depth: int,
        shrink: int,
        values_of: Callable[[Pixels], Pixels],
    ) -> None:
        self.height, self.width, self.depth, self.shrink = height, width, depth, shrink
        self.values_of = values_of
        whole = values[: height * stride * depth]
        self.rows = whole.reshape(height, stride * depth)[:, : width * depth]
        # A place is set as one item of several bytes, which is several times faster than several items.
        self._places = whole.view(f"V{depth}")
        self._stride = stride

    def shrunk(self, length: int) -> int:
        """A length in pixels, converted to places of this layer and rounded up."""
        return -(-length // self.shrink)

    def blend(self, x: NDArray[np.int64], y: NDArray[np.int64], values: Pixels, opacity: NDArray[np.float32]) -> None:
        """Blend values (D, depth) with those at places inside the layer, (D,); at the same place the last one wins."""
        index = y * self._stride + x
        under = self._places[index].view(np.uint8).reshape(-1, self.depth).astype(np.float32)
        blended = under + opacity[:, None] * (values - under)
        self._places[index] = blended.astype(np.uint8).view(f"V{self.depth}")[:, 0]


def rgb_layer(canvas: Pixels) -> Layer:
    """All pixels of an RGB picture, uint8 (H, W, 3), contiguous."""
    height, width, _ = canvas.shape
    return Layer(canvas.reshape(-1), height, width, stride=width, depth=3, shrink=1, values_of=lambda rgb: rgb)
