"""Augmentation of colour, sharpness and noise; boxes do not change."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

__all__ = ["Photometric", "change_light", "degrade"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Photometric:
    """Ranges of the photometric changes. The first two are FairMOT's (notes#input-and-augmentation); the others are off
    in the paper.

    Attributes:
        saturation: gain of S (HSV) is drawn from 1 +- this.
        value: gain of V (HSV) is drawn from 1 +- this.
        tint: gain of each of R, G and B is drawn from 1 +- this (another camera's white balance).
        blur: probability of a Gaussian blur of up to 1.5 pixels.
        noise: probability of Gaussian noise of up to 10 grey levels.
        jpeg: probability of JPEG compression at quality 30 to 80.
    """

    saturation: float = 0.5
    value: float = 0.5
    tint: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: float = 0.0

    def __post_init__(self) -> None:
        for name in ("saturation", "value", "tint"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"photometric.{name}: expected a share in [0, 1), got {getattr(self, name)}")
        for name in ("blur", "noise", "jpeg"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"photometric.{name}: expected a probability, got {getattr(self, name)}")


def change_light(pixels: Pixels, photometric: Photometric, rng: np.random.Generator) -> Pixels:
    """`pixels` (H, W, 3) with random gains of saturation, value and white balance.

    Works on RGB directly: a gain g of S moves every channel away from V = max(R, G, B), by min(g, 1 / S).
    """
    saturation, value = 1 + (2 * rng.random(2) - 1) * (photometric.saturation, photometric.value)
    gains = value * (1 + (2 * rng.random(3) - 1) * photometric.tint)
    if saturation == 1 and (gains == 1).all():
        return pixels
    # Plane by plane, each contiguous: three times as fast as interleaved channels.
    red, green, blue = planes = [np.array(plane) for plane in Image.fromarray(pixels).split()]
    bright = np.maximum(np.maximum(red, green), blue)
    gain: np.float32 | NDArray[np.float32] = np.float32(saturation)
    if saturation > 1:
        depth = bright - np.minimum(np.minimum(red, green), blue)  # V * S
        gain = np.minimum(gain, bright / np.maximum(depth, 1).astype(np.float32))
    lit = [_lit(plane, bright, gain, np.float32(value)) for plane, value in zip(planes, gains, strict=True)]
    return np.array(Image.merge("RGB", lit))


def _lit(
    plane: NDArray[np.uint8], bright: NDArray[np.uint8], saturation: np.float32 | NDArray[np.float32], value: np.float32
) -> Image.Image:
    """One channel (H, W), `saturation` times as far from the brightest one, then `value` times as bright."""
    changed = (bright - plane).astype(np.float32)
    changed *= saturation
    np.subtract(bright, changed, out=changed)
    changed *= value
    changed += 0.5
    return Image.fromarray(np.clip(changed, 0, 255, out=changed).astype(np.uint8))


def degrade(pixels: Pixels, photometric: Photometric, rng: np.random.Generator) -> Pixels:
    """`pixels` (H, W, 3) with the defects of a worse camera: blurred, noisy, compressed, each at random."""
    blur, noise, jpeg = rng.random(3) < (photometric.blur, photometric.noise, photometric.jpeg)
    if blur:
        radius = rng.uniform(0.3, 1.5)
        pixels = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))
    if noise:
        grain = rng.standard_normal(pixels.shape, np.float32) * np.float32(rng.uniform(2, 10))
        pixels = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    if jpeg:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=int(rng.integers(30, 80)))
        pixels = np.asarray(Image.open(file))
    return pixels
