"""Clothes of a drawn person: a `PersonLook` is drawn once per identity and does not change with pose or light."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bottom", "Colour", "Hair", "Pattern", "PersonLook", "draw_look", "pattern_texture"]

Colour = tuple[int, int, int]

_SKIN: tuple[Colour, ...] = (
    (244, 208, 177),
    (229, 184, 143),
    (198, 146, 105),
    (150, 103, 70),
    (96, 65, 46),
    (70, 48, 36),
)
_HAIR: tuple[Colour, ...] = ((28, 24, 22), (62, 42, 30), (105, 72, 44), (176, 136, 84), (130, 60, 34), (150, 150, 148))
# Everyday clothes are mostly dark or muted, so many people look alike from a distance; a few are bright.
_MUTED: tuple[Colour, ...] = (
    (30, 31, 36), (45, 52, 72), (70, 74, 80), (120, 122, 124), (205, 203, 196), (236, 235, 230),
    (96, 82, 66), (150, 128, 98), (74, 84, 62), (58, 40, 44), (62, 84, 120), (110, 134, 165),
)  # fmt: skip
_BRIGHT: tuple[Colour, ...] = (
    (190, 40, 42), (226, 120, 40), (226, 190, 60), (60, 140, 80), (40, 150, 160), (44, 90, 190),
    (130, 70, 160), (215, 105, 150), (150, 200, 90), (240, 150, 130),
)  # fmt: skip
_TEXTURE_SIZE = 128


class Pattern(IntEnum):
    """Pattern of the cloth of the upper body."""

    PLAIN = 0
    HOOPS = 1
    STRIPES = 2
    CHECKS = 3
    DOTS = 4
    BLOCKS = 5


class Bottom(IntEnum):
    """Clothes of the legs."""

    TROUSERS = 0
    SHORTS = 1
    SKIRT = 2
    COAT = 3


class Hair(IntEnum):
    """Hair or headgear."""

    SHORT = 0
    LONG = 1
    BUN = 2
    HAT = 3
    BALD = 4


@dataclass(frozen=True, slots=True)
class PersonLook:
    """One person's body and clothes.

    Attributes:
        skin, hair, top, accent, bottom, shoes, bag_colour: RGB colours; `accent` is the pattern's second colour.
        pattern: pattern of the upper body.
        legs: clothes of the legs.
        hair_style: hair or headgear.
        long_sleeves: False leaves the forearms bare.
        backpack: worn on the back, so only visible from behind and from the side.
        handbag: carried in one hand.
        print_on_front: a print on the chest, so not visible from behind.
        build: width of the body relative to the average, 0.85 to 1.25.
        height_m: body height in metres.
    """

    skin: Colour
    hair: Colour
    top: Colour
    accent: Colour
    bottom: Colour
    shoes: Colour
    bag_colour: Colour
    pattern: Pattern
    legs: Bottom
    hair_style: Hair
    long_sleeves: bool
    backpack: bool
    handbag: bool
    print_on_front: bool
    build: float
    height_m: float


def draw_look(rng: np.random.Generator) -> PersonLook:
    """A random person, usually in muted colours."""
    return PersonLook(
        skin=_pick(rng, _SKIN),
        hair=_pick(rng, _HAIR),
        top=_cloth(rng, bright=0.4),
        accent=_cloth(rng, bright=0.5),
        bottom=_cloth(rng, bright=0.15),
        shoes=_cloth(rng, bright=0.15),
        bag_colour=_cloth(rng, bright=0.5),
        pattern=Pattern(rng.choice(6, p=[0.5, 0.12, 0.08, 0.12, 0.06, 0.12])),
        legs=Bottom(rng.choice(4, p=[0.58, 0.14, 0.14, 0.14])),
        hair_style=Hair(rng.choice(5, p=[0.4, 0.26, 0.1, 0.16, 0.08])),
        long_sleeves=bool(rng.random() < 0.65),
        backpack=bool(rng.random() < 0.22),
        handbag=bool(rng.random() < 0.2),
        print_on_front=bool(rng.random() < 0.25),
        build=float(rng.uniform(0.88, 1.22)),
        height_m=float(np.clip(rng.normal(1.71, 0.09), 1.48, 1.95)),
    )


@cache
def pattern_texture(pattern: Pattern, colour: Colour, accent: Colour) -> NDArray[np.uint8]:
    """Cloth as a tile, RGB uint8 (128, 128, 3), read-only; the upper body is about one tile high and wide."""
    y, x = np.mgrid[:_TEXTURE_SIZE, :_TEXTURE_SIZE] / _TEXTURE_SIZE
    match pattern:
        case Pattern.PLAIN:
            mask = np.zeros_like(x, bool)
        case Pattern.HOOPS:
            mask = (y * 7) % 1 < 0.45
        case Pattern.STRIPES:
            mask = (x * 8) % 1 < 0.4
        case Pattern.CHECKS:
            mask = ((x * 6) % 1 < 0.35) ^ ((y * 6) % 1 < 0.35)
        case Pattern.DOTS:
            mask = ((x * 6) % 1 - 0.5) ** 2 + ((y * 6) % 1 - 0.5) ** 2 < 0.07
        case Pattern.BLOCKS:
            mask = y > 0.45
    tile = np.where(mask[..., None], np.array(accent, np.uint8), np.array(colour, np.uint8))
    tile.flags.writeable = False
    return tile


def _pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _cloth(rng: np.random.Generator, *, bright: float) -> Colour:
    base = np.array(_pick(rng, _BRIGHT if rng.random() < bright else _MUTED), np.float64)
    r, g, b = (int(value) for value in np.clip(base * rng.uniform(0.85, 1.12) + rng.normal(0, 7, 3), 12, 245))
    return r, g, b
