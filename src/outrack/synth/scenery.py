"""Where a scene plays: a background with the camera that saw it, drawn by code or taken from photographs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps, UnidentifiedImageError

from outrack.io.pictures import is_picture
from outrack.synth.camera import Camera, draw_camera
from outrack.synth.cutouts import Split, split_of
from outrack.synth.recent import Recent

__all__ = ["MARGIN", "DrawnScenery", "FolderScenery", "Scene", "ScenerySource"]

MARGIN = (
    0.06  # the background is this share wider and higher on each side than the picture, so that the camera can move
)
_PHOTO_HORIZONS = (0.1, 0.45)  # low enough to see some of the photograph above the ground
_SKIES = (((126, 168, 214), (214, 226, 236)), ((190, 198, 206), (222, 224, 226)), ((160, 150, 170), (238, 206, 178)))
_WALLS = ((168, 152, 136), (142, 92, 76), (196, 190, 180), (112, 116, 122), (214, 200, 168), (96, 84, 80))
_GROUNDS = ((112, 112, 114), (150, 146, 140), (176, 168, 156), (92, 94, 98), (134, 122, 108), (98, 118, 74))
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A place without people.

    Attributes:
        name: unique within its source.
        background: RGB uint8, larger than the picture by `MARGIN` on each side.
        camera: what it was seen with.
    """

    name: str
    background: Image.Image
    camera: Camera

    @property
    def margin(self) -> tuple[int, int]:
        """Pixels by which the background is wider and higher than the picture, on each side."""
        return (
            (self.background.width - self.camera.width) // 2,
            (self.background.height - self.camera.height) // 2,
        )


class ScenerySource(Protocol):
    """Places. A scene is a number from 0, and is the same at every call with the same size and heights."""

    @property
    def num_scenes(self) -> int:
        """How many places there are."""
        ...

    def scene(self, index: int, size: tuple[int, int], person_heights: tuple[float, float]) -> Scene:
        """Scene `index` for pictures of `size` (width, height), where people have `person_heights` (see `Camera`)."""
        ...


class DrawnScenery:
    """Streets, squares and halls drawn by code; the splits share no scene."""

    def __init__(self, split: Split = "all", *, num_scenes: int = 128, cache_size: int = 128) -> None:
        if split not in get_args(Split):
            raise ValueError(f"expected a split of {', '.join(get_args(Split))}, got {split!r}")
        if num_scenes < 1:
            raise ValueError(f"num_scenes: expected 1 or more, got {num_scenes}")
        self._split = split
        self._num_scenes = num_scenes
        self._scenes: Recent[Scene] = Recent(cache_size)

    @property
    def num_scenes(self) -> int:
        return self._num_scenes

    def scene(self, index: int, size: tuple[int, int], person_heights: tuple[float, float]) -> Scene:
        return self._scenes.get((index, size, person_heights), lambda: self._drawn(index, size, person_heights))

    def _drawn(self, index: int, size: tuple[int, int], person_heights: tuple[float, float]) -> Scene:
        rng = np.random.default_rng([101, get_args(Split).index(self._split), index])
        camera = draw_camera(rng, *size, person_heights=person_heights)
        canvas = Image.new("RGB", _with_margin(size))
        wall_row = _wall_row(camera)
        if wall_row > 0:
            _draw_sky_and_buildings(rng, canvas, wall_row)
        _draw_ground(rng, canvas, camera, wall_row)
        return Scene(f"drawn-{self._split}-{index:04d}", canvas.filter(ImageFilter.GaussianBlur(0.6)), camera)


class FolderScenery:
    """Photographs without people, most of them with a drawn ground below for the people to stand on.

    The folder holds picture files, or `images/` and a COCO `annotations.json`: then only images without any person
    are taken.

    Args:
        folder: the folder.
        split: which pictures, by a hash of the file name; "all" takes every one.
        ground_share: share of scenes with a drawn ground; in the others people may seem to float, which does not harm
            learning to detect them.
        cache_size: scenes kept in memory.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: no picture for this split in it, a file cannot be decoded, or the json is not COCO's.
    """

    def __init__(self, folder: Path, split: Split = "all", *, ground_share: float = 0.8, cache_size: int = 192) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such folder of backgrounds")
        files = _pictures_without_people(folder)
        self._files = [path for path in files if split in ("all", split_of(path.stem))]
        if not self._files:
            raise ValueError(
                f"{folder}: found {len(files)} pictures without people, none of split {split!r}. Expected picture "
                "files, or images/ with a COCO annotations.json in which some images have no box."
            )
        if not 0 <= ground_share <= 1:
            raise ValueError(f"ground_share: expected 0 to 1, got {ground_share}")
        self._ground_share = ground_share
        self._scenes: Recent[Scene] = Recent(cache_size)

    @property
    def num_scenes(self) -> int:
        return len(self._files)

    def scene(self, index: int, size: tuple[int, int], person_heights: tuple[float, float]) -> Scene:
        return self._scenes.get((index, size, person_heights), lambda: self._made(index, size, person_heights))

    def _made(self, index: int, size: tuple[int, int], person_heights: tuple[float, float]) -> Scene:
        rng = np.random.default_rng([103, index])
        camera = draw_camera(rng, *size, person_heights=person_heights, horizons=_PHOTO_HORIZONS)
        canvas = ImageOps.fit(_opened(self._files[index]), _with_margin(size), Image.Resampling.BILINEAR)
        if rng.random() < self._ground_share:
            _draw_ground(rng, canvas, camera, _wall_row(camera))
        return Scene(self._files[index].stem, canvas, camera)


def _with_margin(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] + 2 * round(size[0] * MARGIN), size[1] + 2 * round(size[1] * MARGIN)


def _wall_row(camera: Camera) -> int:
    """Background row where the ground ends: a little beyond the farthest people."""
    row = camera.foot(0, camera.far_z * 1.35)[1] + MARGIN * camera.height
    return round(max(row, 0))


def _pictures_without_people(folder: Path) -> list[Path]:
    labels = folder / "annotations.json"
    if not labels.is_file():
        return sorted(path for path in folder.iterdir() if is_picture(path))
    try:
        coco = json.loads(labels.read_text(encoding="utf-8"))
        labelled = {box["image_id"] for box in coco["annotations"]}
        names = sorted(image["file_name"] for image in coco["images"] if image["id"] not in labelled)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{labels}: expected COCO json with images and annotations: {error!r}") from error
    return [path for name in names if (path := folder / "images" / name).is_file()]


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ValueError(f"{path}: not a readable image ({error})") from error


def _draw_sky_and_buildings(rng: np.random.Generator, canvas: Image.Image, bottom: int) -> None:
    """Sky above, a row of house fronts or one long wall down to row `bottom`."""
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


def _draw_ground(rng: np.random.Generator, canvas: Image.Image, camera: Camera, first_row: int) -> None:
    """A floor in perspective below `first_row`: grain, slabs, a lane or a painted crossing, darker far away."""
    height, width = canvas.height - first_row, canvas.width
    rows = np.arange(first_row, canvas.height) + 0.5 - MARGIN * camera.height
    z = camera.focal * camera.height_m / np.maximum(rows - camera.horizon, 1e-3)  # (R,) metres
    columns = np.arange(width) + 0.5 - MARGIN * camera.width - camera.width / 2
    x = columns[None, :] * z[:, None] / camera.focal  # (R, C) metres
    colour = np.array(_GROUNDS[rng.integers(len(_GROUNDS))], np.float32) + rng.normal(0, 8, 3)

    light = np.ones((height, width), np.float32)
    sharp = np.clip(1.6 - z / 14, 0.0, 1.0)[:, None]  # what is far is too small to see
    grain = np.pad(rng.normal(0, 1, (64, 64)).astype(np.float32), 2, mode="wrap")  # so that tiles meet without a seam
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
