"""Geometric augmentation of an image and its partner; boxes move with their pixels.

Coordinates are continuous: pixel i covers [i, i + 1), so the picture's corners are (0, 0) and (width, height).
Letterbox, rotation, scale, shift, shear and flip are composed into one matrix and the image is resampled once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outrack.boxes import warp_xyxy, xyxy_area, xyxy_centres, xyxy_to_xywh
from outrack.datasets import LabelledImage

__all__ = ["BORDER", "Geometry", "Warp", "draw_geometry", "draw_partner", "letterbox", "warp_image"]

BORDER = 127
"""Grey level outside the source image (FairMOT's 127.5, rounded)."""

Floats = NDArray[np.float64]
Change = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
"""From pixels (H, W, 3) to pixels."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Ranges of the random affine map (notes#input-and-augmentation: FairMOT's values are the defaults).

    Attributes:
        rotation_deg: the angle is drawn from +- this.
        scale: the scale about the centre is drawn from this range.
        translate: the shift is drawn from +- this share of the size.
        shear_deg: the shear of each axis is drawn from +- this.
        flip: probability that the pair is mirrored.
        partner: range of d, by which share of the above ranges the partner differs from the current image.
    """

    rotation_deg: float = 5.0
    scale: tuple[float, float] = (0.5, 1.2)
    translate: float = 0.1
    shear_deg: float = 2.0
    flip: float = 0.5
    partner: tuple[float, float] = (0.05, 0.19)

    def __post_init__(self) -> None:
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(f"geometry.scale: expected 0 < low <= high, got {self.scale}")
        for name in ("rotation_deg", "translate", "shear_deg"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"geometry.{name}: expected 0 or more, got {getattr(self, name)}")
        if not 0 <= self.flip <= 1:
            raise ValueError(f"geometry.flip: expected a probability, got {self.flip}")
        if not 0 <= self.partner[0] <= self.partner[1]:
            raise ValueError(f"geometry.partner: expected 0 <= low <= high, got {self.partner}")


@dataclass(frozen=True, slots=True)
class Warp:
    """One affine map: rotation and scale about the centre of the canvas, then shift, shear and mirror.

    Attributes:
        rotation_deg: angle, positive turns counter-clockwise on the screen.
        scale: about the centre.
        shift: x and y, as shares of the canvas size.
        shear_deg: x and y.
        flip: mirrored left to right.
    """

    rotation_deg: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    shear_deg: tuple[float, float] = (0.0, 0.0)
    flip: bool = False

    def matrix(self, width: int, height: int) -> Floats:
        """The map of canvas pixels, float64 (3, 3): shear after shift after rotation and scale, then the mirror."""
        angle = math.radians(self.rotation_deg)
        cos, sin = self.scale * math.cos(angle), self.scale * math.sin(angle)
        cx, cy = width / 2, height / 2
        rotate = np.array(
            [[cos, sin, (1 - cos) * cx - sin * cy], [-sin, cos, sin * cx + (1 - cos) * cy], [0, 0, 1]], np.float64
        )
        shift = np.array([[1, 0, self.shift[0] * width], [0, 1, self.shift[1] * height], [0, 0, 1]], np.float64)
        shear = np.eye(3)
        shear[0, 1], shear[1, 0] = (math.tan(math.radians(degrees)) for degrees in self.shear_deg)
        mirror = np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1]], np.float64) if self.flip else np.eye(3)
        moved: Floats = mirror @ shear @ shift @ rotate
        return moved

    @property
    def box_shrink(self) -> float:
        """Factor by which the upright box around a rotated box is shrunk (notes#input-and-augmentation)."""
        angle = math.radians(self.rotation_deg)
        return math.sqrt(max(abs(math.sin(angle)), abs(math.cos(angle))))


def draw_geometry(geometry: Geometry, rng: np.random.Generator) -> Warp:
    """A random map for the current image."""
    turn, grow, right, down, shear_x, shear_y, flip = rng.random(7)
    return Warp(
        rotation_deg=(2 * turn - 1) * geometry.rotation_deg,
        scale=geometry.scale[0] + grow * (geometry.scale[1] - geometry.scale[0]),
        shift=((2 * right - 1) * geometry.translate, (2 * down - 1) * geometry.translate),
        shear_deg=((2 * shear_x - 1) * geometry.shear_deg, (2 * shear_y - 1) * geometry.shear_deg),
        flip=bool(flip < geometry.flip),
    )


def draw_partner(current: Warp, geometry: Geometry, rng: np.random.Generator) -> Warp:
    """The partner's map: the current one, perturbed by d times the ranges; the mirror is shared
    (notes#input-and-augmentation).

    Angle, scale and shear change in one direction, by up to d of their range; the shift in both directions.
    """
    share, turn, grow, right, down, shear_x, shear_y = rng.random(7)
    d = geometry.partner[0] + share * (geometry.partner[1] - geometry.partner[0])
    return replace(
        current,
        rotation_deg=current.rotation_deg + d * 2 * geometry.rotation_deg * turn,
        scale=current.scale + d * (geometry.scale[1] - geometry.scale[0]) * grow,
        shift=(
            current.shift[0] + d * geometry.translate * (2 * right - 1),
            current.shift[1] + d * geometry.translate * (2 * down - 1),
        ),
        shear_deg=(
            current.shear_deg[0] + d * 2 * geometry.shear_deg * shear_x,
            current.shear_deg[1] + d * 2 * geometry.shear_deg * shear_y,
        ),
    )


def letterbox(source: tuple[int, int], canvas: tuple[int, int]) -> Floats:
    """The map that fits a picture of size `source` (width, height) into the middle of `canvas`, (3, 3)."""
    ratio = min(canvas[0] / source[0], canvas[1] / source[1])
    pad_x, pad_y = ((want - ratio * have) / 2 for want, have in zip(canvas, source, strict=True))
    return np.array([[ratio, 0, pad_x], [0, ratio, pad_y], [0, 0, 1]], np.float64)


def warp_image(
    image: LabelledImage, warp: Warp, canvas: tuple[int, int], *, change: Change = lambda pixels: pixels
) -> LabelledImage:
    """The picture, with its boxes, letterboxed into `canvas` (width, height) and transformed by `warp`.

    Boxes are not clipped at the border: a person who is half outside keeps the full-body box. A box is dropped if it
    becomes smaller than 4 pixels in width or height, loses nine tenths of its area, has an aspect ratio above ten
    (notes#input-and-augmentation), or lies outside the canvas. Ignore regions are dropped only if they lie outside the
    canvas.

    `change` is applied to the picture before it is transformed, and after it is averaged if it shrinks: there it takes
    a fraction of the time. The border stays as it is.
    """
    size = (image.pixels.shape[1], image.pixels.shape[0])
    fit = letterbox(size, canvas)
    moved = warp.matrix(*canvas) @ fit
    pixels = _resample(image.pixels, moved, canvas, change)

    notes = image.annotation
    letterboxed = warp_xyxy(notes.xyxy, fit[:2])
    xyxy = _shrink(warp_xyxy(notes.xyxy, moved[:2]), warp.box_shrink)
    w, h = xyxy_to_xywh(xyxy)[:, 2:].T
    on_canvas = (xyxy[:, 2] > 0) & (xyxy[:, 3] > 0) & (xyxy[:, 0] < canvas[0]) & (xyxy[:, 1] < canvas[1])
    whole = (w > 4) & (h > 4) & (w * h > 0.1 * xyxy_area(letterboxed)) & (np.maximum(w, h) < 10 * np.minimum(w, h))
    kept = on_canvas & (whole | notes.ignore)
    return replace(image, pixels=pixels, annotation=replace(notes, xyxy=xyxy)[kept])


def _resample(pixels: NDArray[np.uint8], moved: Floats, canvas: tuple[int, int], change: Change) -> NDArray[np.uint8]:
    """`pixels`, changed, resampled bilinearly by the map `moved`; one that shrinks by 2 or more is averaged first."""
    shrink = int(1 / math.sqrt(abs(np.linalg.det(moved[:2, :2]))))
    if shrink >= 2:
        pixels = np.asarray(Image.fromarray(pixels).reduce(shrink))
        moved = moved @ np.diag([float(shrink), float(shrink), 1.0])
    back = np.linalg.inv(moved)
    warped = Image.fromarray(change(pixels)).transform(
        canvas,
        Image.Transform.AFFINE,
        tuple(float(value) for value in back[:2].ravel()),
        Image.Resampling.BILINEAR,
        fillcolor=(BORDER, BORDER, BORDER),
    )
    return np.asarray(warped)


def _shrink(xyxy: Floats, factor: float) -> Floats:
    """Boxes (N, 4) shrunk about their centres."""
    centre = xyxy_centres(xyxy)
    half = (xyxy[:, 2:] - xyxy[:, :2]) / 2 * factor
    return np.concatenate([centre - half, centre + half], axis=1)
