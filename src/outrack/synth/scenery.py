"""Backgrounds and their cameras, drawn by code or taken from photographs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from outrack.io.damaged import reading
from outrack.io.entries import json_value
from outrack.io.pictures import is_picture, open_image
from outrack.synth.camera import Camera, draw_camera
from outrack.synth.cutouts import Split, split_of
from outrack.synth.drawn_places import MARGIN, draw_ground, draw_sky_and_buildings
from outrack.synth.recent import Recent

__all__ = ["MARGIN", "DrawnScenery", "FolderScenery", "Scene", "ScenerySource"]

_PHOTO_HORIZONS = (0.1, 0.45)  # low enough to see some of the photograph above the ground
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A background without people.

    Attributes:
        name: unique within its source.
        background: RGB uint8, larger than the picture by `MARGIN` on each side.
        camera: its camera.
    """

    name: str
    background: Image.Image
    camera: Camera

    @property
    def margin(self) -> tuple[int, int]:
        """Margin of the background on each side, in pixels."""
        return (
            (self.background.width - self.camera.width) // 2,
            (self.background.height - self.camera.height) // 2,
        )


class ScenerySource(Protocol):
    """Backgrounds. Scenes are numbered from 0; each is the same at every call with the same size and heights."""

    @property
    def num_scenes(self) -> int:
        """Number of scenes."""
        ...

    def scene(self, index: int, size: tuple[int, int], person_heights: tuple[float, float]) -> Scene:
        """Scene `index` for pictures of `size` (width, height), in which people have `person_heights` (see
        `Camera`)."""
        ...


class DrawnScenery:
    """Streets, squares and halls drawn by code; splits share no scene."""

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
            draw_sky_and_buildings(rng, canvas, wall_row)
        draw_ground(rng, canvas, camera, wall_row)
        return Scene(f"drawn-{self._split}-{index:04d}", canvas.filter(ImageFilter.GaussianBlur(0.6)), camera)


class FolderScenery:
    """Photographs without people, most of them with a drawn ground in the lower part for the people to stand on.

    The folder contains picture files, or `images/` and a COCO `annotations.json`, of which only images without people
    are used.

    Args:
        folder: the folder.
        split: selects pictures by a hash of their file names; "all" selects every one.
        ground_share: share of scenes with a drawn ground; in the others people may seem to float, which does not harm
            the training of detectors.
        cache_size: scenes kept in memory.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it has no picture of this split, a file cannot be decoded, or the json is not COCO's.
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
            draw_ground(rng, canvas, camera, _wall_row(camera))
        return Scene(self._files[index].stem, canvas, camera)


def _with_margin(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] + 2 * round(size[0] * MARGIN), size[1] + 2 * round(size[1] * MARGIN)


def _wall_row(camera: Camera) -> int:
    """Background row of the far edge of the ground, a little beyond the farthest people."""
    row = camera.foot(0, camera.far_z * 1.35)[1] + MARGIN * camera.height
    return round(max(row, 0))


def _pictures_without_people(folder: Path) -> list[Path]:
    labels = folder / "annotations.json"
    if not labels.is_file():
        return sorted(path for path in folder.iterdir() if is_picture(path))
    with reading(labels, "expected COCO json with images and annotations"):
        coco = json_value(labels.read_text(encoding="utf-8"))
        labelled = {box["image_id"] for box in coco["annotations"]}
        names = sorted(image["file_name"] for image in coco["images"] if image["id"] not in labelled)
    return [path for name in names if (path := folder / "images" / name).is_file()]


def _opened(path: Path) -> Image.Image:
    with open_image(path) as image:
        return image.convert("RGB")
