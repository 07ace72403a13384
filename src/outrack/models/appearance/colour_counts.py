"""Colour histograms: joint histograms of hue, saturation and value."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["NUM_COLOURS", "colour_counts"]

HUES, SATURATIONS, VALUES = 4, 2, 16
"""Fine bins in value: many clothes have little other colour, and light changes little while a person is out of
sight."""

NUM_COLOURS = HUES * SATURATIONS * VALUES


def colour_counts(rgb: Tensor) -> Tensor:
    """Square roots of the share of each colour among P pixels, whose cosine is the Bhattacharyya coefficient.

    Uses only operations that export to ONNX.

    Args:
        rgb: 0..255, float or uint8 (..., P, 3).

    Returns:
        float32 (..., NUM_COLOURS), of length 1.
    """
    colour = _colour(rgb.float())  # (..., P)
    pixels = colour.shape[-1]
    flat = colour.reshape(-1, pixels)
    share = torch.zeros(flat.shape[0], NUM_COLOURS, device=rgb.device)
    share = share.scatter_add(1, flat, torch.full_like(flat, 1 / pixels, dtype=share.dtype))
    return share.sqrt().reshape(*colour.shape[:-1], NUM_COLOURS)


def _colour(rgb: Tensor) -> Tensor:
    """Number of the bin of each colour: float (..., 3) -> int64 (...)."""
    red, green, blue = rgb.unbind(-1)
    value, chroma = rgb.amax(-1), rgb.amax(-1) - rgb.amin(-1)
    some = chroma.clamp(min=1)
    hue = torch.where(  # in sixths of the circle, from -1 on
        value == red,
        (green - blue) / some,
        torch.where(value == green, (blue - red) / some + 2, (red - green) / some + 4),
    )
    hue = torch.where(hue < 0, hue + 6, hue) / 6
    saturation = chroma / value.clamp(min=1)
    bins = [
        (share * bins).long().clamp(max=bins - 1)
        for share, bins in ((hue, HUES), (saturation, SATURATIONS), (value / 255, VALUES))
    ]
    return (bins[0] * SATURATIONS + bins[1]) * VALUES + bins[2]
