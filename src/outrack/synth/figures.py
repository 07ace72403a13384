"""People drawn by code: an articulated body that walks and turns, from any viewpoint."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from outrack.synth.looks import Bottom, Hair, PersonLook, pattern_texture
from outrack.synth.pen import Limb, Pen, darker
from outrack.synth.skeleton import (
    CHEST_DEPTH,
    HEAD,
    HEAD_HEIGHT,
    HEAD_WIDTH,
    HIP,
    SHOULDER,
    SHOULDER_WIDTH,
    Joint,
    Pose,
    Side,
    sides_of,
)

__all__ = ["Figure", "draw_figure"]

_SUPERSAMPLE = 2
_MARGIN = 0.42  # half width of the canvas, in body heights


class Figure(NamedTuple):
    """A drawn or cut-out person.

    Attributes:
        image: premultiplied alpha (mode RGBa), cut tight around the pixels of at least half alpha.
        axis_x: position of the body's axis on the ground, in pixels from the left edge.
        body_height: height of the upright person in pixels.
    """

    image: Image.Image
    axis_x: float
    body_height: float


def draw_figure(look: PersonLook, pose: Pose, height: int) -> Figure:
    """A person with this look in this pose, `height` pixels tall when upright, with soft edges."""
    scale = height * _SUPERSAMPLE
    sides = sides_of(pose, look.build)
    canvas = Image.new("RGBA", (round(2 * _MARGIN * scale), round(1.1 * scale)))
    pen = Pen(canvas, scale)
    facing = math.cos(pose.heading)  # 1 towards the camera, -1 away

    behind, before = _arms_by_depth(sides, look)
    for limb in behind:
        pen.limb(limb)
    if look.backpack and facing > 0.3:
        _draw_backpack(pen, look, pose)
    _draw_legs(pen, sides, look)
    _draw_torso(pen, look, pose)
    if look.backpack and facing <= 0.3:
        _draw_backpack(pen, look, pose)
    _draw_head(pen, look, pose)
    for limb in before:
        pen.limb(limb)
    if look.handbag:
        _draw_handbag(pen, sides[0].hand, look)
    left, pixels = _halved(canvas)
    rows, columns = (np.flatnonzero(pixels[..., 3].max(axis) >= 128) for axis in (1, 0))
    tight = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    axis_x = canvas.width / (2 * _SUPERSAMPLE) - left - int(columns[0])
    return Figure(_shaded(tight, look), axis_x, float(height))


def _arms_by_depth(sides: tuple[Side, Side], look: PersonLook) -> tuple[list[Limb], list[Limb]]:
    """The arm behind the body and the arm in front, each as forearm, hand and upper arm, in drawing order."""
    width = 0.028 * look.build
    far, near = sorted(sides, key=lambda side: side.shoulder.depth + 0.3 * side.hand.depth)
    arms = []
    for side, share in ((far, 0.8), (near, 0.93)):
        sleeve, skin = darker(look.top, share), darker(look.skin, share)
        forearm = sleeve if look.long_sleeves else skin
        arms.append(
            [
                Limb(side.elbow, side.hand, (width * 0.85, width * 0.6), forearm),
                Limb(side.hand, side.hand, (width * 0.72, width * 0.72), skin),
                Limb(side.shoulder, side.elbow, (width * 1.15, width * 0.9), sleeve),
            ]
        )
    return arms[0], arms[1]


def _draw_legs(pen: Pen, sides: tuple[Side, Side], look: PersonLook) -> None:
    far, near = sorted(sides, key=lambda side: side.knee.depth + side.ankle.depth)
    for side, share in ((far, 0.82), (near, 1.0)):
        cloth, skin = darker(look.bottom, share), darker(look.skin, share)
        thigh = skin if look.legs is Bottom.SKIRT else cloth
        shank = cloth if look.legs in (Bottom.TROUSERS, Bottom.COAT) else skin
        width = look.build
        pen.limb(Limb(side.ankle, side.toe, (0.026, 0.019), darker(look.shoes, share)))
        pen.limb(Limb(side.knee, side.ankle, (0.038 * width, 0.026 * width), shank))
        pen.limb(Limb(side.hip, side.knee, (0.056 * width, 0.041 * width), thigh))
    if look.legs in (Bottom.SKIRT, Bottom.COAT):
        length, colour = (0.62, look.bottom) if look.legs is Bottom.SKIRT else (0.9, look.top)
        hems = [
            (side.hip.x + (side.knee.x - side.hip.x) * length, side.hip.y + (side.knee.y - side.hip.y) * length)
            for side in sides
        ]
        left, right = min(x for x, _ in hems) - 0.055, max(x for x, _ in hems) + 0.055
        bottom = min(y for _, y in hems)
        waist = 0.07 * look.build
        pen.polygon([(-waist, HIP + 0.07), (waist, HIP + 0.07), (right, bottom), (left, bottom)], darker(colour, 0.92))


def _draw_torso(pen: Pen, look: PersonLook, pose: Pose) -> None:
    """The upper body with its textured cloth; the pattern shifts sideways as the body turns."""
    c, s = abs(math.cos(pose.heading)), abs(math.sin(pose.heading))
    shoulder = math.hypot(SHOULDER_WIDTH * c, CHEST_DEPTH * s) * look.build + 0.012
    waist = math.hypot(0.078 * c, 0.066 * s) * look.build
    hip = math.hypot(0.088 * c, 0.076 * s) * look.build
    neck = 0.032 + 0.01 * c
    right_side = [
        (neck, SHOULDER + 0.035),
        (shoulder, SHOULDER),
        (shoulder * 0.98, SHOULDER - 0.07),
        (waist, 0.62),
        (hip, HIP),
        (hip * 0.95, HIP - 0.03),
    ]
    outline = right_side + [(-x, y) for x, y in reversed(right_side)]
    pen.limb(Limb(Joint(0, SHOULDER, 0), Joint(0, HEAD - 0.03, 0), (0.034, 0.03), darker(look.skin, 0.85)))
    left, top = pen.pixel(-shoulder, SHOULDER + 0.035)
    right, bottom = pen.pixel(shoulder, HIP - 0.03)
    width, height = max(round(right - left), 1), max(round(bottom - top), 1)
    tile = pattern_texture(look.pattern, look.top, look.accent)
    turned = np.roll(tile, round(pose.heading / math.pi * tile.shape[1]), axis=1)
    cloth = Image.fromarray(turned).resize((width, height), Image.Resampling.BILINEAR)
    mask = Image.new("L", cloth.size, 0)
    origin = (round(left), round(top))
    corners = [(x - origin[0], y - origin[1]) for x, y in (pen.pixel(*point) for point in outline)]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    pen.canvas.paste(cloth, origin, mask)
    if look.print_on_front and math.cos(pose.heading) > 0.35:
        pen.ellipse(0.05 * math.sin(pose.heading), 0.72, 0.045 * c, 0.04, look.accent)


def _draw_backpack(pen: Pen, look: PersonLook, pose: Pose) -> None:
    c, s = math.cos(pose.heading), math.sin(pose.heading)
    if c > 0.3:  # from the front only the straps are visible
        for side in (-1, 1):
            x = side * 0.065 * look.build
            pen.polygon([(x - 0.012, 0.83), (x + 0.012, 0.83), (x + 0.012, 0.68), (x - 0.012, 0.68)], look.bag_colour)
        return
    half = math.hypot(0.09 * c, 0.05 * s)
    x = -s * 0.085
    pen.polygon([(x - half, 0.62), (x + half, 0.62), (x + half, 0.79), (x - half, 0.79)], look.bag_colour)
    pen.ellipse(x, 0.79, half, 0.03, look.bag_colour)
    pen.polygon([(x - half, 0.62), (x + half, 0.62), (x + half, 0.69), (x - half, 0.69)], darker(look.bag_colour, 0.8))


def _draw_handbag(pen: Pen, hand: Joint, look: PersonLook) -> None:
    x, y, _ = hand
    pen.limb(Limb(hand, Joint(x, y - 0.06, 0), (0.008, 0.008), darker(look.bag_colour, 0.7)))
    pen.polygon(
        [(x - 0.05, y - 0.15), (x + 0.05, y - 0.15), (x + 0.042, y - 0.055), (x - 0.042, y - 0.055)], look.bag_colour
    )


def _draw_head(pen: Pen, look: PersonLook, pose: Pose) -> None:
    c, s = math.cos(pose.heading), math.sin(pose.heading)
    rx, ry = HEAD_WIDTH + 0.006 * abs(s), HEAD_HEIGHT
    style, hair = look.hair_style, look.hair
    if style is Hair.LONG:
        pen.ellipse(-0.02 * s, HEAD - 0.035, rx * 1.18, ry * 1.35, hair)
    if style is Hair.BUN:
        pen.ellipse(-0.05 * s, HEAD + 0.05, 0.028, 0.026, hair)
    back_of_head = style is not Hair.BALD and c < 0
    pen.ellipse(0, HEAD, rx, ry, hair if back_of_head else look.skin)
    if back_of_head and style is not Hair.LONG:
        pen.ellipse(0, HEAD - 0.045, rx * 0.72, 0.03, look.skin)
    if style is not Hair.BALD and not back_of_head:
        pen.ellipse(-0.02 * s, HEAD + 0.035, rx * 1.04, ry * 0.56, hair)
        if s * s > 0.2:  # from the side the hair covers the back half
            pen.ellipse(-math.copysign(0.03, s), HEAD + 0.012, rx * 0.62, ry * 0.8, hair)
    if not back_of_head and c > 0.25:
        for side in (-1, 1):
            pen.ellipse(0.018 * side + 0.02 * s, HEAD + 0.004, 0.006, 0.005, (40, 34, 34))
    if style is Hair.HAT:
        pen.ellipse(0, HEAD + 0.04, rx * 1.12, ry * 0.6, look.accent)
        pen.ellipse(0.035 * s, HEAD + 0.022, rx * 1.35, 0.012, darker(look.accent, 0.75))


def _halved(canvas: Image.Image) -> tuple[int, NDArray[np.uint8]]:
    """The drawn part of the canvas at half its size, premultiplied, with soft edges, and its first column.

    The background is transparent black, so means of 2 x 2 pixels are premultiplied colours.
    """
    left, top, right, bottom = canvas.getbbox() or (0, 0, *canvas.size)
    left, top = left - left % 2, top - top % 2
    full = np.asarray(canvas.crop((left, top, right + right % 2, bottom + bottom % 2))).astype(np.uint16)
    means = (full[::2, ::2] + full[1::2, ::2] + full[::2, 1::2] + full[1::2, 1::2] + 2) >> 2
    return left // 2, means.astype(np.uint8)


def _shaded(rgba: NDArray[np.uint8], look: PersonLook) -> Image.Image:
    """Adds light from the upper left, and folds of cloth, to a premultiplied figure."""
    height, width = rgba.shape[:2]
    alpha = rgba[..., 3]
    step = max(round(height / 30), 1)
    body = np.asarray(Image.fromarray(alpha).filter(ImageFilter.BoxBlur(step))).astype(np.int32)
    rounded = body.copy()
    rounded[:, step:] -= body[:, :-step] * 4 // 5  # bright where the body begins on the left, dark where it ends
    seed = [*look.top, *look.bottom, *look.hair]
    folds = np.random.default_rng(seed).integers(100, 156, (14, 7), dtype=np.uint8)
    cloth = np.asarray(Image.fromarray(folds).resize((width, height), Image.Resampling.BICUBIC)).astype(np.int32)
    light = (708 + rounded) * (128 + cloth) / (213 << 10)  # (0.83 + 0.3 rounded) (0.5 + 0.5 cloth)
    shaded = rgba.copy()
    for channel in range(3):
        shaded[..., channel] = np.minimum(rgba[..., channel] * light, alpha)
    return Image.fromarray(shaded, "RGBa")
