"""Light and camera artefacts of the whole picture: dusk, colour cast, defocus, sensor noise, JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from outrack.synth.difficulty import Difficulty

__all__ = ["Tone", "draw_tone", "expose"]

_NOISE_SLACK = 64  # margin of the noise tile over a picture, so that each frame shows a different part


@dataclass(frozen=True, slots=True)
class Tone:
    """Effects of light and camera on all pictures of one recording.

    Attributes:
        gain: brightness of red, green and blue; 1 is unchanged.
        gamma: 1 is unchanged; larger values darken mid-greys.
        blur: standard deviation of the defocus in pixels.
        noise: standard deviation of the sensor noise in grey levels.
        jpeg: quality, 1 to 100.
    """

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: int = 95


def draw_tone(rng: np.random.Generator, difficulty: Difficulty) -> Tone:
    """Random light and camera of one recording."""
    dark = rng.random() < difficulty.dark
    brightness = rng.uniform(0.42, 0.75) if dark else rng.uniform(0.85, 1.12)
    r, g, b = (brightness * np.exp(rng.normal(0, 0.06, 3)) * ((0.92, 0.97, 1.12) if dark else (1, 1, 1))).tolist()
    return Tone(
        gain=(r, g, b),
        gamma=float(np.exp(rng.normal(0, 0.1))),
        blur=float(rng.uniform(0.5, 1.1)) if rng.random() < difficulty.frame_blur else 0.0,
        noise=float(rng.uniform(0.3, 1) * difficulty.noise),
        jpeg=int(rng.integers(difficulty.jpeg[0], difficulty.jpeg[1] + 1)),
    )


def expose(image: Image.Image, tone: Tone, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture as the camera would store it, RGB uint8 (H, W, 3); the noise is drawn from `rng`."""
    level = np.arange(256) / 255
    table = np.clip(level[None] * np.array(tone.gain)[:, None], 0, 1) ** tone.gamma
    exposed = image.point(np.rint(table * 255).astype(int).ravel().tolist())
    if tone.blur > 0:
        exposed = exposed.filter(ImageFilter.GaussianBlur(tone.blur))
    pixels = _with_noise(np.array(exposed), tone.noise, rng)
    if tone.jpeg >= 95:
        return pixels
    stored = io.BytesIO()
    Image.fromarray(pixels).save(stored, "JPEG", quality=tone.jpeg)
    stored.seek(0)
    with Image.open(stored) as decoded:
        return np.array(decoded.convert("RGB"))


def _with_noise(pixels: NDArray[np.uint8], sigma: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    if sigma <= 0:
        return pixels
    height, width = pixels.shape[:2]
    y, x = rng.integers(_NOISE_SLACK, size=2)
    noise = _noise_tile(height, width)[y : y + height, x : x + width] * np.int16(round(sigma * 16))
    return np.clip(pixels + (noise >> 9), 0, 255).astype(np.uint8)


@lru_cache(maxsize=8)
def _noise_tile(height: int, width: int) -> NDArray[np.int16]:
    """Normal noise with a standard deviation of 32, somewhat larger than a picture; drawn once, since it is slow."""
    shape = (height + _NOISE_SLACK, width + _NOISE_SLACK, 3)
    tile = np.rint(np.clip(np.random.default_rng(7).normal(0, 32, shape), -120, 120)).astype(np.int16)
    tile.flags.writeable = False
    return tile
