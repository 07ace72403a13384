"""People drawn by code: an articulated body that walks and turns, seen from any side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from outrack.datasets.synth.looks import Bottom, Colour, Hair, Look, pattern_texture

__all__ = ["Figure", "Pose", "draw_figure"]

Floats = NDArray[np.float64]

# Lengths as shares of the body height (rounded from standard body proportions).
_HIP, _SHOULDER, _HEAD = 0.51, 0.815, 0.925
_HIP_WIDTH, _SHOULDER_WIDTH, _CHEST_DEPTH = 0.055, 0.108, 0.062
_THIGH, _SHANK, _FOOT = 0.245, 0.235, 0.105
_UPPER_ARM, _FOREARM = 0.165, 0.155
_HEAD_WIDTH, _HEAD_HEIGHT = 0.05, 0.068
_LOOK_DOWN = 0.16  # sine of the angle at which the camera looks down: feet nearer to it are lower in the picture
_SUPERSAMPLE = 2
_AT_LEAST_HALF = [0] * 128 + [255] * 128  # lookup table
_MARGIN = 0.42  # half width of the canvas, in body heights


@dataclass(frozen=True, slots=True)
class Pose:
    """How a person stands or walks.

    Attributes:
        phase: position in the walking cycle of two steps, 0..1.
        heading: direction of the body in radians; 0 towards the camera, pi / 2 to the right of the picture, pi away.
        stride: 0 stands, 1 walks with full steps.
    """

    phase: float = 0.0
    heading: float = 0.0
    stride: float = 0.0


class Figure(NamedTuple):
    """A drawn or cut-out person.

    Attributes:
        image: RGBA with straight alpha, cut tight around the pixels of at least half alpha.
        axis_x: where the body's axis meets the ground, in pixels from the left edge.
        body_height: pixels that the person's full height takes when standing upright.
    """

    image: Image.Image
    axis_x: float
    body_height: float


class _Skeleton(NamedTuple):
    """Joints as (2, 3) arrays, one row per side: picture x, picture y (upwards), depth (towards the camera)."""

    hips: Floats
    knees: Floats
    ankles: Floats
    toes: Floats
    shoulders: Floats
    elbows: Floats
    hands: Floats


class _Limb(NamedTuple):
    joints: Floats  # (2, 3)
    widths: tuple[float, float]
    colour: Colour


def draw_figure(look: Look, pose: Pose, height: int) -> Figure:
    """A person of this look in this pose, `height` pixels tall when upright, with soft edges."""
    scale = height * _SUPERSAMPLE
    skeleton = _skeleton(pose, look.build)
    canvas = Image.new("RGBA", (round(2 * _MARGIN * scale), round(1.1 * scale)), (*look.bottom, 0))
    pen = _Pen(canvas, scale)
    facing = math.cos(pose.heading)  # 1 towards the camera, -1 away

    behind, before = _arms_by_depth(skeleton, look)
    for limb in behind:
        pen.limb(limb)
    if look.backpack and facing > 0.3:
        _draw_backpack(pen, look, pose)
    _draw_legs(pen, skeleton, look)
    _draw_torso(pen, skeleton, look, pose)
    if look.backpack and facing <= 0.3:
        _draw_backpack(pen, look, pose)
    _draw_head(pen, look, pose)
    for limb in before:
        pen.limb(limb)
    if look.handbag:
        _draw_handbag(pen, skeleton, look)
    figure = _shaded(canvas.reduce(_SUPERSAMPLE), look)
    left, top, right, bottom = figure.getchannel("A").point(_AT_LEAST_HALF).getbbox() or (0, 0, *figure.size)
    return Figure(figure.crop((left, top, right, bottom)), figure.width / 2 - left, float(height))


class _Pen:
    """Draws in body heights: x to the right of the body's axis, y upwards from the ground."""

    def __init__(self, canvas: Image.Image, scale: int) -> None:
        self.canvas = canvas
        self.scale = scale
        self.draw = ImageDraw.Draw(canvas)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        return self.canvas.width / 2 + x * self.scale, self.canvas.height - (y + 0.02) * self.scale

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        (left, top), (right, bottom) = self.pixel(x - rx, y + ry), self.pixel(x + rx, y - ry)
        self.draw.ellipse((left, top, right, bottom), fill=(*colour, 255))

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self.draw.polygon([self.pixel(x, y) for x, y in points], fill=(*colour, 255))

    def limb(self, limb: _Limb) -> None:
        """A tapered stroke with round ends."""
        (x0, y0, _), (x1, y1, _) = limb.joints
        w0, w1 = limb.widths
        length = math.hypot(x1 - x0, y1 - y0) or 1e-6
        nx, ny = (y1 - y0) / length, (x0 - x1) / length
        self.polygon(
            [
                (x0 + nx * w0, y0 + ny * w0),
                (x1 + nx * w1, y1 + ny * w1),
                (x1 - nx * w1, y1 - ny * w1),
                (x0 - nx * w0, y0 - ny * w0),
            ],
            limb.colour,
        )
        self.ellipse(x0, y0, w0, w0, limb.colour)
        self.ellipse(x1, y1, w1, w1, limb.colour)


def _skeleton(pose: Pose, build: float) -> _Skeleton:
    side = np.array([-1.0, 1.0])
    cycle = 2 * math.pi * (pose.phase + np.array([0.0, 0.5]))
    leg = 0.42 * pose.stride * np.sin(cycle)
    knee = 0.06 + pose.stride * 0.85 * np.maximum(np.cos(cycle), 0)  # a leg bends while it swings forwards
    arm = -0.5 * pose.stride * np.sin(cycle) + 0.05
    elbow = 0.2 + 0.25 * pose.stride

    # Body axes: lateral, up, forward.
    hips = np.stack([side * _HIP_WIDTH * build, np.full(2, _HIP), np.zeros(2)], 1)
    knees = hips + _THIGH * _downwards(leg)
    ankles = knees + _SHANK * _downwards(leg - knee)
    lift = np.maximum(np.cos(cycle), 0) * pose.stride
    toes = ankles + _FOOT * np.stack([side * 0.25, -0.15 - 0.25 * lift, np.full(2, 0.95)], 1)
    shoulders = np.stack([side * _SHOULDER_WIDTH * build, np.full(2, _SHOULDER - 0.02), np.zeros(2)], 1)
    out = np.stack([side * 0.16, np.zeros(2), np.zeros(2)], 1)
    elbows = shoulders + _UPPER_ARM * (_downwards(arm) + out)
    hands = elbows + _FOREARM * (_downwards(arm + elbow) - 0.4 * out)
    return _Skeleton(
        *(_seen_from(pose.heading, joints) for joints in (hips, knees, ankles, toes, shoulders, elbows, hands))
    )


def _downwards(angle: Floats | float) -> Floats:
    """Unit vectors (2, 3) that hang down and swing forwards by `angle`."""
    angle = np.broadcast_to(np.asarray(angle, np.float64), 2)
    return np.stack([np.zeros(2), -np.cos(angle), np.sin(angle)], 1)


def _seen_from(heading: float, joints: Floats) -> Floats:
    """Body axes to picture axes."""
    lateral, up, forward = joints.T
    x = lateral * math.cos(heading) + forward * math.sin(heading)
    depth = forward * math.cos(heading) - lateral * math.sin(heading)
    return np.stack([x, up - _LOOK_DOWN * depth, depth], 1)


def _darker(colour: Colour, share: float) -> Colour:
    r, g, b = (int(value * share) for value in colour)
    return r, g, b


def _arms_by_depth(skeleton: _Skeleton, look: Look) -> tuple[list[_Limb], list[_Limb]]:
    """The arm behind the body and the arm before it, each as upper arm, forearm and hand, first drawn first."""
    width = 0.028 * look.build
    far, near = np.argsort(skeleton.shoulders[:, 2] + 0.3 * skeleton.hands[:, 2])
    arms = []
    for row, share in ((far, 0.8), (near, 0.93)):
        sleeve = _darker(look.top, share)
        forearm = sleeve if look.long_sleeves else _darker(look.skin, share)
        shoulder, elbow, hand = skeleton.shoulders[row], skeleton.elbows[row], skeleton.hands[row]
        arms.append(
            [
                _Limb(np.stack([elbow, hand]), (width * 0.85, width * 0.6), forearm),
                _Limb(np.stack([hand, hand]), (width * 0.72, width * 0.72), _darker(look.skin, share)),
                _Limb(np.stack([shoulder, elbow]), (width * 1.15, width * 0.9), sleeve),
            ]
        )
    return arms[0], arms[1]


def _draw_legs(pen: _Pen, skeleton: _Skeleton, look: Look) -> None:
    bare = look.legs is Bottom.SKIRT
    for row, share in zip(np.argsort(skeleton.knees[:, 2] + skeleton.ankles[:, 2]), (0.82, 1.0), strict=True):
        hip, knee, ankle, toe = (joints[row] for joints in skeleton[:4])
        cloth, skin = _darker(look.bottom, share), _darker(look.skin, share)
        thigh, shank = (skin if bare else cloth), (cloth if look.legs in (Bottom.TROUSERS, Bottom.COAT) else skin)
        width = look.build
        pen.limb(_Limb(np.stack([ankle, toe]), (0.026, 0.019), _darker(look.shoes, share)))
        pen.limb(_Limb(np.stack([knee, ankle]), (0.038 * width, 0.026 * width), shank))
        pen.limb(_Limb(np.stack([hip, knee]), (0.056 * width, 0.041 * width), thigh))
    if look.legs in (Bottom.SKIRT, Bottom.COAT):
        length, colour = (0.62, look.bottom) if look.legs is Bottom.SKIRT else (0.9, look.top)
        hem = skeleton.hips + (skeleton.knees - skeleton.hips) * length
        left, right = float(hem[:, 0].min()) - 0.055, float(hem[:, 0].max()) + 0.055
        waist = 0.07 * look.build
        bottom = float(hem[:, 1].min())
        pen.polygon(
            [(-waist, _HIP + 0.07), (waist, _HIP + 0.07), (right, bottom), (left, bottom)], _darker(colour, 0.92)
        )


def _draw_torso(pen: _Pen, skeleton: _Skeleton, look: Look, pose: Pose) -> None:
    """The upper body, covered with its cloth; the pattern moves sideways as the body turns."""
    c, s = abs(math.cos(pose.heading)), abs(math.sin(pose.heading))
    shoulder = math.hypot(_SHOULDER_WIDTH * c, _CHEST_DEPTH * s) * look.build + 0.012
    waist = math.hypot(0.078 * c, 0.066 * s) * look.build
    hip = math.hypot(0.088 * c, 0.076 * s) * look.build
    neck = 0.032 + 0.01 * c
    right_side = [
        (neck, _SHOULDER + 0.035),
        (shoulder, _SHOULDER),
        (shoulder * 0.98, _SHOULDER - 0.07),
        (waist, 0.62),
        (hip, _HIP),
        (hip * 0.95, _HIP - 0.03),
    ]
    outline = right_side + [(-x, y) for x, y in reversed(right_side)]
    pen.limb(_Limb(np.array([[0, _SHOULDER, 0], [0, _HEAD - 0.03, 0]]), (0.034, 0.03), _darker(look.skin, 0.85)))
    left, top = pen.pixel(-shoulder, _SHOULDER + 0.035)
    right, bottom = pen.pixel(shoulder, _HIP - 0.03)
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


def _draw_backpack(pen: _Pen, look: Look, pose: Pose) -> None:
    c, s = math.cos(pose.heading), math.sin(pose.heading)
    if c > 0.3:  # from the front only the straps are seen
        for side in (-1, 1):
            x = side * 0.065 * look.build
            pen.polygon([(x - 0.012, 0.83), (x + 0.012, 0.83), (x + 0.012, 0.68), (x - 0.012, 0.68)], look.bag_colour)
        return
    half = math.hypot(0.09 * c, 0.05 * s)
    x = -s * 0.085
    pen.polygon([(x - half, 0.62), (x + half, 0.62), (x + half, 0.79), (x - half, 0.79)], look.bag_colour)
    pen.ellipse(x, 0.79, half, 0.03, look.bag_colour)
    pen.polygon([(x - half, 0.62), (x + half, 0.62), (x + half, 0.69), (x - half, 0.69)], _darker(look.bag_colour, 0.8))


def _draw_handbag(pen: _Pen, skeleton: _Skeleton, look: Look) -> None:
    x, y, _ = skeleton.hands[0]
    pen.limb(_Limb(np.array([[x, y, 0], [x, y - 0.06, 0]]), (0.008, 0.008), _darker(look.bag_colour, 0.7)))
    pen.polygon(
        [(x - 0.05, y - 0.15), (x + 0.05, y - 0.15), (x + 0.042, y - 0.055), (x - 0.042, y - 0.055)], look.bag_colour
    )


def _draw_head(pen: _Pen, look: Look, pose: Pose) -> None:
    c, s = math.cos(pose.heading), math.sin(pose.heading)
    rx, ry = _HEAD_WIDTH + 0.006 * abs(s), _HEAD_HEIGHT
    style, hair = look.hair_style, look.hair
    if style is Hair.LONG:
        pen.ellipse(-0.02 * s, _HEAD - 0.035, rx * 1.18, ry * 1.35, hair)
    if style is Hair.BUN:
        pen.ellipse(-0.05 * s, _HEAD + 0.05, 0.028, 0.026, hair)
    back_of_head = style is not Hair.BALD and c < 0
    pen.ellipse(0, _HEAD, rx, ry, hair if back_of_head else look.skin)
    if back_of_head and style is not Hair.LONG:
        pen.ellipse(0, _HEAD - 0.045, rx * 0.72, 0.03, look.skin)
    if style is not Hair.BALD and not back_of_head:
        pen.ellipse(-0.02 * s, _HEAD + 0.035, rx * 1.04, ry * 0.56, hair)
        if s * s > 0.2:  # from the side the hair covers the back half
            pen.ellipse(-math.copysign(0.03, s), _HEAD + 0.012, rx * 0.62, ry * 0.8, hair)
    if not back_of_head and c > 0.25:
        for side in (-1, 1):
            pen.ellipse(0.018 * side + 0.02 * s, _HEAD + 0.004, 0.006, 0.005, (40, 34, 34))
    if style is Hair.HAT:
        pen.ellipse(0, _HEAD + 0.04, rx * 1.12, ry * 0.6, look.accent)
        pen.ellipse(0.035 * s, _HEAD + 0.022, rx * 1.35, 0.012, _darker(look.accent, 0.75))


def _shaded(figure: Image.Image, look: Look) -> Image.Image:
    """Light from the upper left, and folds of cloth."""
    rgba = np.asarray(figure)
    height, width = rgba.shape[:2]
    alpha = figure.getchannel("A")
    radius = max(height / 30, 1.0)
    soft = np.asarray(alpha.filter(ImageFilter.BoxBlur(radius)), np.float32) / 255
    step = max(round(radius), 1)
    rounded = soft - np.roll(soft, step, axis=1) * 0.8
    folds_seed = np.frombuffer(bytes((*look.top, *look.bottom, *look.hair)), np.uint8)
    folds = np.random.default_rng(folds_seed.tolist()).integers(100, 156, (14, 7), dtype=np.uint8)
    cloth = np.asarray(Image.fromarray(folds).resize((width, height), Image.Resampling.BICUBIC), np.float32) / 128
    light = (0.83 + 0.3 * rounded) * (0.5 + 0.5 * cloth)
    shaded = np.empty_like(rgba)
    shaded[..., :3] = np.clip(rgba[..., :3] * light[..., None], 0, 255)
    shaded[..., 3] = rgba[..., 3]
    return Image.fromarray(shaded)
