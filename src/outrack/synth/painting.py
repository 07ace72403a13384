"""Pastes people and obstacles into a picture, back to front, with exact boxes and visibility."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from outrack.annotation import Annotation
from outrack.synth.difficulty import Variation
from outrack.synth.figures import Figure

__all__ = ["MIN_SHARE_IN_PICTURE", "Sprite", "paint", "place_figure"]

MIN_SHARE_IN_PICTURE = 0.05
"""A person with a smaller share of pixels inside the picture is not labelled."""

_ALPHA_OF_OWN_PIXEL = 128
_MARGIN_PX = 2  # room for soft edges around a placed figure
_SHADOW = 0.42


class Sprite(NamedTuple):
    """A figure or an obstacle to paste.

    Attributes:
        image: RGBA with straight alpha, at its final size.
        left, top: picture position of its upper left pixel; may lie outside of the picture.
        depth: metres from the camera; larger depths are pasted first.
        person: the id of a person; None for an obstacle.
        shadow: centre x, lowest row and half width in pixels of the shadow on the ground; None for no shadow.
    """

    image: Image.Image
    left: int
    top: int
    depth: float
    person: int | None
    shadow: tuple[float, float, float] | None = None


class Painted(NamedTuple):
    """The picture and its labels."""

    image: Image.Image
    annotation: Annotation


def place_figure(
    figure: Figure, foot: tuple[float, float], height: float, variation: Variation, *, depth: float, person: int
) -> Sprite:
    """A person, `height` pixels tall, standing at `foot` (x, y in the picture), varied in shape, colours and
    sharpness."""
    scale_y = height * variation.scale / figure.body_height
    scale_x = scale_y * variation.aspect
    lean = variation.shear
    source = figure.image
    tall = source.height * scale_y
    foot_x, foot_y = foot
    corners = [(x - figure.axis_x) * scale_x + lean * y for x in (0, source.width) for y in (0, tall)]
    margin = _MARGIN_PX + math.ceil(2 * variation.blur * height)
    left, right = math.floor(foot_x + min(corners)) - margin, math.ceil(foot_x + max(corners)) + margin
    top, bottom = math.floor(foot_y - tall) - margin, math.ceil(foot_y) + margin
    # The affine of PIL maps picture pixels back to the cut-out's: x' = a x + b y + c, y' = d x + e y + f.
    a, b = 1 / scale_x, lean / scale_x
    c = figure.axis_x + (left - foot_x) * a + (top - foot_y) * b
    e = 1 / scale_y
    f = source.height + (top - foot_y) * e
    image = source.transform(
        (right - left, bottom - top), Image.Transform.AFFINE, (a, b, c, 0.0, e, f), Image.Resampling.BILINEAR
    )
    sigma = variation.blur * height
    if sigma > 0.3:
        image = image.filter(ImageFilter.BoxBlur((math.sqrt(12 * sigma**2 + 1) - 1) / 2))
    image = _recoloured(image.convert("RGBA"), variation)
    return Sprite(image, left, top, depth, person, (foot_x, foot_y, 0.22 * height))


def paint(background: Image.Image, sprites: Sequence[Sprite]) -> Painted:
    """Paste sprites into a copy of the background and label the people.

    Boxes are tight around each person's own pixels (alpha of at least a half), visible or not. Visibility is the share
    of these pixels that is neither hidden by people or obstacles nor outside the picture. Rows are ordered by id.

    Raises:
        ValueError: two sprites are the same person.
    """
    canvas = background.copy()
    owner = np.full((canvas.height, canvas.width), -1, np.int32)
    people: list[_Person] = []
    for sprite in sorted(sprites, key=lambda sprite: -sprite.depth):
        if sprite.shadow is not None:
            _paste_shadow(canvas, sprite.shadow)
        canvas.paste(sprite.image, (sprite.left, sprite.top), sprite.image)
        own = np.asarray(sprite.image.getchannel("A")) >= _ALPHA_OF_OWN_PIXEL
        window = _window(sprite, canvas.width, canvas.height)
        inside = own[window.y0 - sprite.top : window.y1 - sprite.top, window.x0 - sprite.left : window.x1 - sprite.left]
        if sprite.person is None:
            owner[window.y0 : window.y1, window.x0 : window.x1][inside] = -1
            continue
        owner[window.y0 : window.y1, window.x0 : window.x1][inside] = len(people)
        people.append(_Person(sprite.person, _tight_box(own, sprite), int(own.sum()), int(inside.sum())))
    if len({person.id for person in people}) < len(people):
        raise ValueError(f"each person can be in a picture only once, got ids {sorted(p.id for p in people)}")
    seen = np.bincount(owner[owner >= 0], minlength=len(people))
    return Painted(canvas, _annotation(people, seen))


class _Window(NamedTuple):
    x0: int
    y0: int
    x1: int
    y1: int


class _Person(NamedTuple):
    id: int
    xyxy: tuple[int, int, int, int]
    own_pixels: int
    pixels_inside: int


def _annotation(people: Sequence[_Person], seen: NDArray[np.int64]) -> Annotation:
    labelled = [
        (person, int(count) / person.own_pixels)
        for person, count in zip(people, seen, strict=True)
        if person.own_pixels and person.pixels_inside >= MIN_SHARE_IN_PICTURE * person.own_pixels
    ]
    labelled.sort(key=lambda pair: pair[0].id)
    n = len(labelled)
    return Annotation(
        xyxy=np.array([person.xyxy for person, _ in labelled], np.float64).reshape(n, 4),
        class_ids=np.zeros(n, np.int64),
        ignore=np.zeros(n, bool),
        visibility=np.array([visible for _, visible in labelled], np.float64),
        ids=np.array([person.id for person, _ in labelled], np.int64),
    )


def _window(sprite: Sprite, width: int, height: int) -> _Window:
    """The part of the picture that the sprite covers."""
    x0, y0 = min(max(sprite.left, 0), width), min(max(sprite.top, 0), height)
    x1 = min(max(sprite.left + sprite.image.width, x0), width)
    y1 = min(max(sprite.top + sprite.image.height, y0), height)
    return _Window(x0, y0, x1, y1)


def _tight_box(own: NDArray[np.bool_], sprite: Sprite) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
    if len(rows) == 0:
        return (sprite.left, sprite.top, sprite.left, sprite.top)
    return (
        sprite.left + int(columns[0]),
        sprite.top + int(rows[0]),
        sprite.left + int(columns[-1]) + 1,
        sprite.top + int(rows[-1]) + 1,
    )


def _recoloured(image: Image.Image, variation: Variation) -> Image.Image:
    """An RGBA image with changed contrast (about mid-grey), then brightness with colour cast, then gamma."""
    level = np.arange(256) / 255
    contrasted = np.clip((level - 0.45) * variation.contrast + 0.45, 0, 1)
    gains = variation.brightness * np.array(variation.cast)[:, None]
    table = np.rint(255 * np.clip(contrasted[None] * gains, 0, 1) ** variation.gamma).astype(np.uint8)  # (3, 256)
    pixels = np.array(image)
    for channel in range(3):
        pixels[..., channel] = table[channel][pixels[..., channel]]
    return Image.fromarray(pixels)


@cache
def _soft_ellipse() -> Image.Image:
    """A shadow on the ground, darkest in the middle, as L (96 x 32)."""
    y, x = np.mgrid[:32, :96]
    distance = ((x - 47.5) / 48) ** 2 + ((y - 15.5) / 16) ** 2
    return Image.fromarray((255 * _SHADOW * np.clip(1 - distance, 0, 1)).astype(np.uint8))


def _paste_shadow(canvas: Image.Image, shadow: tuple[float, float, float]) -> None:
    x, y, half = shadow
    size = (max(round(2 * half), 2), max(round(0.42 * half), 2))
    mask = _soft_ellipse().resize(size, Image.Resampling.BILINEAR)
    canvas.paste((12, 14, 20), (round(x - size[0] / 2), round(y - size[1] * 0.6)), mask)
