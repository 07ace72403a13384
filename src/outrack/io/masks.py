"""Instance masks of stills: value 0 is background, each other value a person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.pictures import open_image

__all__ = ["boxes_of_mask", "read_instance_mask"]


def read_instance_mask(path: Path) -> NDArray[np.uint8]:
    """The mask of a picture, (H, W).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not an image, or has several channels.
    """
    with open_image(path) as image:
        mask = np.asarray(image)
    if mask.ndim != 2:
        raise ValueError(f"{path}: expected a mask of one channel, one value per person, got {mask.shape[2]} channels")
    return mask


def boxes_of_mask(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Smallest boxes around the pixels of each value above 0, by value: (H, W) to (N, 4) xyxy."""
    boxes = []
    for value in np.unique(mask[mask > 0]):
        y, x = np.nonzero(mask == value)
        boxes.append((x.min(), y.min(), x.max() + 1, y.max() + 1))
    return np.array(boxes, np.float64).reshape(-1, 4)
