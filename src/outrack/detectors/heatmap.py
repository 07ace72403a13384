"""Drawing object centres on heat maps. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_gaussian"]


def draw_gaussian(heatmap: NDArray[np.floating[Any]], x: int, y: int, radius: int) -> None:
    """Draw one centre into `heatmap` (h, w), in place: the cell-wise maximum with a Gaussian that is 1 at (x, y).

    The kernel is CenterNet's: 2 * radius + 1 cells wide, sigma a sixth of that. It is clipped to the map.

    Raises:
        ValueError: `radius` is negative.
    """
    if radius < 0:
        raise ValueError(f"radius must be 0 or more, got {radius}")
    height, width = heatmap.shape
    left, right = max(x - radius, 0), min(x + radius + 1, width)
    top, bottom = max(y - radius, 0), min(y + radius + 1, height)
    if left >= right or top >= bottom:
        return
    sigma = (2 * radius + 1) / 6
    along_x = np.exp(-((np.arange(left, right) - x) ** 2) / (2 * sigma**2))
    along_y = np.exp(-((np.arange(top, bottom) - y) ** 2) / (2 * sigma**2))
    window = heatmap[top:bottom, left:right]
    np.maximum(window, np.outer(along_y, along_x).astype(heatmap.dtype), out=window)
