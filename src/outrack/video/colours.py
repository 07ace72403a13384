"""One colour per identity: the same in every frame and run, and different from those of neighbouring ids."""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["colour_of", "ink_on"]

Colour = tuple[int, int, int]

_GOLDEN_TURN = (math.sqrt(5) - 1) / 2
_LIGHTNESS = (0.74, 0.64, 0.84)


@lru_cache(maxsize=1024)
def colour_of(track_id: int) -> Colour:
    """RGB colour of an identity.

    Hues advance by the golden ratio of a turn, so any few consecutive ids lie far apart. Equal steps of hue look equal
    in OKLCH (Ottosson 2020), not in HSV, where a third of the circle is green; lightness varies with every id too.
    """
    return _oklch_to_rgb(_LIGHTNESS[track_id % 3], 0.18, (0.07 + track_id * _GOLDEN_TURN) % 1.0)


def ink_on(colour: Colour) -> Colour:
    """White if it is readable on `colour` (a contrast of 3 : 1, as WCAG 2 requires for large text), else black."""
    red, green, blue = ((part / 255) ** 2.2 for part in colour)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (255, 255, 255) if 1.05 / (luminance + 0.05) > 3.05 else (0, 0, 0)


def _oklch_to_rgb(lightness: float, chroma: float, turn: float) -> Colour:
    """OKLCH to sRGB; colours outside the gamut are clipped."""
    a, b = chroma * math.cos(math.tau * turn), chroma * math.sin(math.tau * turn)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _gamma(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055))
