"""Difficulties of synthetic crowds: settings by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

__all__ = ["DIFFICULTIES", "Appearance", "Difficulty", "DifficultyName", "Variation", "difficulty_named"]

DifficultyName = Literal["easy", "medium", "hard"]


@dataclass(frozen=True, slots=True)
class Variation:
    """Appearance of one person at one moment, apart from pose.

    Attributes:
        brightness, contrast, gamma: 1 is unchanged.
        cast: gains of red, green and blue (colour cast).
        blur: standard deviation, relative to the person's height.
        scale: size relative to that of the perspective (posture, shoes, wrong estimate of the height).
        aspect: width relative to that of the cut-out.
        shear: sideways lean, relative to the height.
    """

    brightness: float
    contrast: float
    gamma: float
    cast: tuple[float, float, float]
    blur: float
    scale: float
    aspect: float
    shear: float

    def towards(self, other: Variation, share: float) -> Variation:
        """Interpolation between this (share 0) and another one (share 1)."""

        def between(a: float, b: float) -> float:
            return a + (b - a) * share

        r, g, b = (between(x, y) for x, y in zip(self.cast, other.cast, strict=True))
        return Variation(
            between(self.brightness, other.brightness),
            between(self.contrast, other.contrast),
            between(self.gamma, other.gamma),
            (r, g, b),
            between(self.blur, other.blur),
            between(self.scale, other.scale),
            between(self.aspect, other.aspect),
            between(self.shear, other.shear),
        )


@dataclass(frozen=True, slots=True)
class Appearance:
    """Variation of the same person between moments. Two warps of one cut-out are too easy a pair for Re-ID learning, so
    each person has a separate draw at each moment (notes#pairs-of-stills).

    Attributes:
        light: standard deviation of the logarithm of brightness, contrast and gamma.
        cast: standard deviation of the logarithm of each colour gain.
        blur: largest blur, in shares of the person's height.
        scale: standard deviation of the logarithm of the size.
        aspect: standard deviation of the logarithm of the width.
        shear: standard deviation of the lean.
        turn: probability that a person of a pair is seen from another side in the second picture.
    """

    light: float = 0.12
    cast: float = 0.05
    blur: float = 0.006
    scale: float = 0.03
    aspect: float = 0.05
    shear: float = 0.03
    turn: float = 0.25

    def draw(self, rng: np.random.Generator) -> Variation:
        """The appearance at one moment."""
        brightness, contrast, gamma = np.exp(rng.normal(0, self.light, 3) * (1, 0.8, 0.8)).tolist()
        r, g, b = np.exp(rng.normal(0, self.cast, 3)).tolist()
        return Variation(
            brightness=brightness,
            contrast=contrast,
            gamma=gamma,
            cast=(r, g, b),
            blur=float(self.blur * rng.uniform() ** 2),
            scale=float(np.exp(rng.normal(0, self.scale))),
            aspect=float(np.exp(rng.normal(0, self.aspect))),
            shear=float(rng.normal(0, self.shear)),
        )


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What makes a crowd hard to detect, to distinguish and to track.

    Attributes:
        person_heights: heights of the smallest and largest person, relative to the picture's height.
        stories: relative frequencies of cross, together, meet, hide, stand and approach.
        group: smallest and largest number of people in one story.
        gap_m: distance in depth between people who cross, in metres; smaller means more occlusion.
        obstacles: smallest and largest number of obstacles.
        appearance: variation of a person's appearance.
        shake_px: fast camera movement in pixels, for a picture 512 wide.
        pan: slow camera movement, relative to the background's margin.
        noise: largest standard deviation of the sensor noise, in grey levels.
        jpeg: worst and best JPEG quality.
        dark: probability of dusk or night light.
        frame_blur: probability that the whole picture is out of focus.
    """

    person_heights: tuple[float, float]
    stories: tuple[float, float, float, float, float, float]
    group: tuple[int, int]
    gap_m: float
    obstacles: tuple[int, int]
    appearance: Appearance = field(default_factory=Appearance)
    shake_px: float = 0.5
    pan: float = 0.0
    noise: float = 3.0
    jpeg: tuple[int, int] = (75, 95)
    dark: float = 0.0
    frame_blur: float = 0.0

    def __post_init__(self) -> None:
        smallest, largest = self.person_heights
        if not 0 < smallest < largest <= 1:
            raise ValueError(f"person_heights: expected 0 < smallest < largest <= 1, got {self.person_heights}")
        if len(self.stories) != 6 or min(self.stories) < 0 or sum(self.stories) == 0:
            raise ValueError(f"stories: expected six frequencies of 0 or more, not all 0, got {self.stories}")
        for name, (low, high), least in (("group", self.group, 1), ("obstacles", self.obstacles, 0)):
            if not least <= low <= high:
                raise ValueError(f"{name}: expected {least} <= smallest <= largest, got {(low, high)}")
        if not 1 <= self.jpeg[0] <= self.jpeg[1] <= 100:
            raise ValueError(f"jpeg: expected 1 <= worst <= best <= 100, got {self.jpeg}")


DIFFICULTIES: Mapping[DifficultyName, Difficulty] = MappingProxyType(
    {
        "easy": Difficulty(
            person_heights=(0.28, 0.62),
            stories=(3, 1, 1, 0, 1, 1),
            group=(1, 2),
            gap_m=1.6,
            obstacles=(0, 1),
            appearance=Appearance(light=0.08, cast=0.03, blur=0.003, scale=0.02, aspect=0.03, shear=0.02, turn=0.1),
        ),
        "medium": Difficulty(
            person_heights=(0.16, 0.62),
            stories=(4, 2, 2, 2, 1, 1),
            group=(1, 3),
            gap_m=1.0,
            obstacles=(1, 3),
            shake_px=1.0,
            pan=0.3,
            noise=6.0,
            jpeg=(55, 95),
            dark=0.15,
            frame_blur=0.1,
        ),
        "hard": Difficulty(
            person_heights=(0.11, 0.68),
            stories=(5, 3, 2, 3, 1, 1),
            group=(2, 5),
            gap_m=0.6,
            obstacles=(2, 5),
            appearance=Appearance(light=0.17, cast=0.06, blur=0.012, scale=0.05, aspect=0.08, shear=0.05, turn=0.4),
            shake_px=2.0,
            pan=0.7,
            noise=11.0,
            jpeg=(35, 90),
            dark=0.3,
            frame_blur=0.25,
        ),
    }
)


def difficulty_named(name: str) -> Difficulty:
    """The difficulty of this name.

    Raises:
        ValueError: there is none.
    """
    for known, difficulty in DIFFICULTIES.items():
        if known == name:
            return difficulty
    raise ValueError(f"unknown difficulty {name!r}; expected one of {', '.join(DIFFICULTIES)}")
