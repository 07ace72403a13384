"""The simplest appearance: colour histograms of three body parts, a baseline for learned embeddings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outrack.boxes import clip_xyxy

__all__ = ["hsv_histogram"]

HUE_BINS, SATURATION_BINS, VALUE_BINS = 8, 4, 4
NUM_PARTS = 3
"""Head, trunk and legs: thirds of the box from top to bottom."""


def hsv_histogram(image: NDArray[np.uint8], xyxy: NDArray[np.float64]) -> NDArray[np.float32]:
    """Joint hue, saturation and value histograms of three body parts of each box.

    The bins hold the square root of their share, so that the cosine of two embeddings is the mean Bhattacharyya
    coefficient of the parts.

    Args:
        image: RGB uint8 (H, W, 3).
        xyxy: boxes in its pixels (N, 4); they are clipped to the image, and a box without a pixel gives zeros.

    Returns:
        float32 (N, 384), of length 1.
    """
    height, width = image.shape[:2]
    hsv = np.asarray(Image.fromarray(image).convert("HSV")).astype(np.int64)  # (H, W, 3), 0..255
    hue, saturation, value = (
        hsv[..., channel] * bins // 256 for channel, bins in enumerate((HUE_BINS, SATURATION_BINS, VALUE_BINS))
    )
    colours = (hue * SATURATION_BINS + saturation) * VALUE_BINS + value  # (H, W)
    num_colours = HUE_BINS * SATURATION_BINS * VALUE_BINS
    histograms = np.zeros((len(xyxy), NUM_PARTS, num_colours), np.float32)
    for row, (x1, y1, x2, y2) in enumerate(np.rint(clip_xyxy(xyxy, width, height)).astype(np.int64)):
        rows = np.linspace(y1, y2, NUM_PARTS + 1).round().astype(np.int64)
        for part in range(NUM_PARTS):
            counts = np.bincount(colours[rows[part] : rows[part + 1], x1:x2].ravel(), minlength=num_colours)
            histograms[row, part] = np.sqrt(counts / max(counts.sum(), 1) / NUM_PARTS)
    return histograms.reshape(len(xyxy), NUM_PARTS * num_colours)
