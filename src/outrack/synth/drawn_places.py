"""Backgrounds drawn by code: sky, buildings and textured ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from outrack.synth.camera import Camera

__all__ = ["MARGIN", "draw_ground", "draw_sky_and_buildings"]

MARGIN = 0.06
"""Margin of a background on each side, relative to the picture, so that the camera can move."""

Floats = NDArray[np.float64]

_SKIES = (((126, 168, 214), (214, 226, 236)), ((190, 198, 206), (222, 224, 226)), ((160, 150, 170), (238, 206, 178)))


_WALLS = ((168, 152, 136), (142, 92, 76), (196, 190, 180), (112, 116, 122), (214, 200, 168), (96, 84, 80))


_GROUNDS = ((112, 112, 114), (150, 146, 140), (176, 168, 156), (92, 94, 98), (134, 122, 108), (98, 118, 74))


def draw_sky_and_buildings(rng: np.random.Generator, canvas: Image.Image, bottom: int) -> None:
    """Sky, and a row of house fronts or one long wall down to row `bottom`."""
    width = canvas.width
    above, below = (np.array(colour, np.float64) for colour in _SKIES[rng.integers(len(_SKIES))])
    share = np.linspace(0, 1, bottom)[:, None, None]
    sky = np.broadcast_to(above + (below - above) * share, (bottom, width, 3))
    canvas.paste(Image.fromarray(sky.astype(np.uint8)), (0, 0))
    pen = ImageDraw.Draw(canvas)
    x = -int(rng.integers(0, width // 4))
    while x < width:
        house = int(width * rng.uniform(0.12, 0.4))
        top = bottom - int(canvas.height * rng.uniform(0.12, 0.75))
        _draw_house(rng, pen, (x, top, x + house, bottom))
        x += house + int(rng.choice([0, 0, width * 0.03]))


def _draw_house(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    wall = np.clip(np.array(_WALLS[rng.integers(len(_WALLS))]) + rng.normal(0, 14, 3), 20, 240).astype(int)
    pen.rectangle(box, fill=tuple(wall.tolist()))
    pane = tuple((np.array([70, 84, 98]) + rng.normal(0, 16, 3)).astype(int).tolist())
    frame = tuple(np.clip(wall * 0.8, 0, 255).astype(int).tolist())
    step = max(int((right - left) / rng.integers(3, 7)), 8)
    row_height = max(int(step * rng.uniform(0.9, 1.5)), 10)
    for y in range(bottom - row_height, top, -row_height):
        for x in range(left + step // 5, right - step // 2, step):
            glass = (x, y, x + step // 2, y + int(row_height * 0.62))
            pen.rectangle(glass, fill=pane, outline=frame)
            if rng.random() < 0.15:  # a lit or curtained window
                pen.rectangle(glass, fill=(214, 196, 150), outline=frame)
    shop = bottom - int(row_height * 0.9)
    if rng.random() < 0.5 and shop > top:
        pen.rectangle((left, shop, right, bottom), fill=frame)
        for x in range(left + 4, right - step, step):
            pen.rectangle((x, shop + 4, x + step - 8, bottom - 2), fill=pane)
        colour = tuple(rng.integers(40, 220, 3).tolist())
        pen.rectangle((left, shop - 4, right, shop + 3), fill=colour)


def draw_ground(rng: np.random.Generator, canvas: Image.Image, camera: Camera, first_row: int) -> None:
    """Ground in perspective below `first_row`: grain, slabs, a lane or a painted crossing, darker with distance."""
    height, width = canvas.height - first_row, canvas.width
    rows = np.arange(first_row, canvas.height) + 0.5 - MARGIN * camera.height
    z = camera.focal * camera.height_m / np.maximum(rows - camera.horizon, 1e-3)  # (R,) metres
    columns = np.arange(width) + 0.5 - MARGIN * camera.width - camera.width / 2
    x = columns[None, :] * z[:, None] / camera.focal  # (R, C) metres
    colour = np.array(_GROUNDS[rng.integers(len(_GROUNDS))], np.float32) + rng.normal(0, 8, 3)

    light = np.ones((height, width), np.float32)
    sharp = np.clip(1.6 - z / 14, 0.0, 1.0)[:, None]  # invisible in the distance
    grain = np.pad(rng.normal(0, 1, (64, 64)).astype(np.float32), 2, mode="wrap")  # so that tiles join without a seam
    blotches = np.asarray(Image.fromarray(grain).resize((272, 272), Image.Resampling.BICUBIC))[8:-8, 8:-8]
    fine = rng.normal(0, 1, (256, 256)).astype(np.float32)
    zz = np.broadcast_to(z[:, None], x.shape)
    light += 0.06 * _tiled(blotches, zz * 12, x * 12)
    light += 0.035 * sharp * _tiled(fine, zz * 40, x * 40)
    if rng.random() < 0.6:
        slab, joint = rng.uniform(0.6, 2.0), rng.uniform(0.02, 0.05)
        joints = ((x / slab) % 1 < joint / slab) | ((zz / slab) % 1 < joint / slab * 1.5)
        light -= 0.22 * sharp * joints
    ground = light[..., None] * colour
    kind = rng.integers(3)
    begin = rng.uniform(camera.near_z, camera.far_z)
    if kind == 0:  # a lane across the picture, with kerbs
        lane = (zz > begin) & (zz < begin + 4.5)
        ground[lane] *= 0.72
        kerb = (np.abs(zz - begin) < 0.12) | (np.abs(zz - begin - 4.5) < 0.15)
        ground[kerb] = 0.5 * ground[kerb] + 95
    elif kind == 1:  # a painted crossing
        stripe = (np.abs(x - rng.uniform(-2, 2)) < 3) & ((zz / 1.1) % 1 < 0.5) & (zz < begin)
        ground[stripe] = 0.45 * ground[stripe] + 115
    depth = np.clip(z / camera.far_z, 0, 1)[:, None, None]
    ground = ground * (1.05 - 0.18 * depth) + 16 * depth
    canvas.paste(Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8)), (0, first_row))


def _tiled(tile: NDArray[np.float32], rows: Floats, columns: Floats) -> NDArray[np.float32]:
    """The tile, repeated over the plane, at these positions; sides are powers of two."""
    height, width = tile.shape
    at = (np.floor(rows).astype(np.int32) & (height - 1), np.floor(columns).astype(np.int32) & (width - 1))
    tiled: NDArray[np.float32] = tile[at]
    return tiled
