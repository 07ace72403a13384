"""Drawing centres on heat maps, and finding where boxes occlude each other. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outrack.boxes import intersection_area, xyxy_area

__all__ = ["draw_gaussian", "gaussian_radius", "occlusion_pairs"]


def gaussian_radius(h: ArrayLike, w: ArrayLike, min_overlap: float = 0.7) -> NDArray[np.float64]:
    """How far the corners of a box may move while it still overlaps the true one by `min_overlap` (CornerNet).

    CornerNet takes the smallest of three cases' roots; two of them are solved wrongly in its code, which all
    successors kept. For 0 < min_overlap < 1 the wrong ones are never smallest: they are at least (h + w) / 2, the
    third at most (1 - min_overlap) (h + w) / 2. So the third is all there is.

    Args:
        h, w: height and width of the box in cells; numbers or arrays that broadcast.
        min_overlap: intersection over union to keep, between 0 and 1.

    Returns:
        Radius in cells, not rounded, in the broadcast shape. Callers that draw take `int(...)` of it.

    Raises:
        ValueError: `min_overlap` is not between 0 and 1.
    """
    if not 0 < min_overlap < 1:
        raise ValueError(f"min_overlap must be between 0 and 1, got {min_overlap}")
    h, w = np.asarray(h, np.float64), np.asarray(w, np.float64)
    b = min_overlap * (h + w)
    return np.asarray(np.sqrt(b**2 + 4 * min_overlap * (1 - min_overlap) * h * w) - b)


def draw_gaussian(heatmap: NDArray[np.floating[Any]], x: int, y: int, radius: int) -> None:
    """Draw one centre into `heatmap` (h, w), in place: the cell-wise maximum with a Gaussian that is 1 at (x, y).

    The kernel is CenterNet's: 2 * radius + 1 cells wide, sigma a sixth of that. What lies outside the map is cut off.

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


def occlusion_pairs(xyxy: NDArray[np.float64], tau: float = 0.7) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Boxes that occlude each other: the overlap takes more than `tau` of the smaller box (paper Eq. 9).

    Args:
        xyxy: boxes (N, 4).
        tau: strict threshold, 0 or more and below 1.

    Returns:
        Pairs (P, 2), each once with the lower index first, in order; and their overlaps, xyxy (P, 4). Empty boxes
        occlude nobody. (The official code lists every pair twice, which changes nothing but its count.)

    Raises:
        ValueError: `tau` is out of range.
    """
    if not 0 <= tau < 1:
        raise ValueError(f"tau must be 0 or more and below 1, got {tau}")
    area = xyxy_area(xyxy)
    occluded = intersection_area(xyxy, xyxy) > tau * np.minimum(area[:, None], area[None, :])
    pairs = np.argwhere(np.triu(occluded, k=1))
    a, b = xyxy[pairs[:, 0]], xyxy[pairs[:, 1]]
    overlaps = np.concatenate([np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])], axis=1)
    return pairs, overlaps
