"""The people: drawn by code, or cut out of photographs in a folder."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from outrack.io.pictures import is_picture, open_image
from outrack.synth.figures import Figure, draw_figure
from outrack.synth.looks import PersonLook, draw_look
from outrack.synth.recent import Recent
from outrack.synth.skeleton import Pose

__all__ = ["CutoutSource", "DrawnCutouts", "FolderCutouts", "Split", "split_of"]

Mask = NDArray[np.bool_]
Split = Literal["train", "val", "test", "all"]

_DRAWN_HEIGHTS = (48, 80, 128, 208, 336, 512)  # pixels
_HALVINGS = 4  # a cut-out is kept at its own size, half, a quarter, ...
_PHASES, _HEADINGS = 16, 24


class CutoutSource(Protocol):
    """People to paste. An identity is a number from 0 and always has the same clothes."""

    @property
    def num_identities(self) -> int:
        """Number of people."""
        ...

    def body_height_m(self, identity: int) -> float:
        """Height of the person in metres."""
        ...

    def figure(self, identity: int, pose: Pose, height: float) -> Figure:
        """The person in about this pose, at least about `height` pixels tall if the source has that resolution."""
        ...


def split_of(name: str) -> Split:
    """The split that a file of this name belongs to: 70 % train, 15 % val, 15 % test, by a hash of the name."""
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 100
    return "train" if share < 70 else "val" if share < 85 else "test"


class DrawnCutouts:
    """People drawn by code with random, fixed clothes; splits share no person.

    Args:
        split: which people.
        num_identities: number of people.
        cache_size: pictures kept in memory (about 30 kB each).
    """

    def __init__(self, split: Split = "all", *, num_identities: int = 1000, cache_size: int = 4096) -> None:
        if split not in get_args(Split):
            raise ValueError(f"expected a split of {', '.join(get_args(Split))}, got {split!r}")
        if num_identities < 1:
            raise ValueError(f"num_identities: expected 1 or more, got {num_identities}")
        self._stream = get_args(Split).index(split)
        self._num_identities = num_identities
        self._looks: dict[int, PersonLook] = {}
        self._pictures: Recent[Figure] = Recent(cache_size)

    @property
    def num_identities(self) -> int:
        return self._num_identities

    def look(self, identity: int) -> PersonLook:
        """The person's body and clothes."""
        if identity not in self._looks:
            self._looks[identity] = draw_look(np.random.default_rng([self._stream, identity]))
        return self._looks[identity]

    def body_height_m(self, identity: int) -> float:
        return self.look(identity).height_m

    def figure(self, identity: int, pose: Pose, height: float) -> Figure:
        """The person in the nearest of 16 phases, 24 headings and 2 strides."""
        level = next((level for level in _DRAWN_HEIGHTS if level >= 0.8 * height), _DRAWN_HEIGHTS[-1])
        phase = round(pose.phase * _PHASES) % _PHASES
        heading = round(pose.heading / math.tau * _HEADINGS) % _HEADINGS
        stride = 1.0 if pose.stride > 0.5 else 0.0
        nearest = Pose(phase / _PHASES if stride else 0.0, heading / _HEADINGS * math.tau, stride)
        return self._pictures.get((identity, level, nearest), lambda: draw_figure(self.look(identity), nearest, level))


class FolderCutouts:
    """People cut out of photographs; their pose only changes by mirroring.

    The folder contains either RGBA pictures of one person each, or `images/` and `masks/` with files of the same stem.
    Each mask value above 0 is one person (Penn-Fudan); a mask with one value is one person (CCP). Cut-outs that are too
    small, too wide or too narrow for a standing person, or mostly empty, are skipped.

    Args:
        folder: the folder.
        split: selects files by a hash of their names; "all" selects every file.
        min_height: smallest height in pixels; smaller people are skipped.
        cache_size: people kept in memory (about 120 kB each).

    Raises:
        FileNotFoundError: there is no such folder, or a mask has no image.
        ValueError: no usable cut-out in it, or a file cannot be decoded.
    """

    def __init__(self, folder: Path, split: Split = "all", *, min_height: int = 96, cache_size: int = 1024) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such folder of cut-outs")
        self._sizes: Recent[tuple[Image.Image, ...]] = Recent(cache_size)
        masks = folder / "masks"
        files = sorted(path for path in (masks if masks.is_dir() else folder).iterdir() if is_picture(path))
        chosen = [path for path in files if split in ("all", split_of(path.stem))]
        people = [person for path in chosen for person in _people_of(path, min_height)]
        if not people:
            raise ValueError(
                f"{folder}: found {len(files)} picture files, {len(chosen)} of split {split!r}, and no usable cut-out "
                f"among them. Expected RGBA pictures of one person each, or images/ and masks/ with the same file "
                f"stems, at least {min_height} pixels high."
            )
        self._images = _images_by_stem(folder / "images") if masks.is_dir() else {path.stem: path for path in files}
        missing = [path for path, _ in people if path.stem not in self._images]
        if missing:
            raise FileNotFoundError(f"{missing[0]}: no image {missing[0].stem}.* in {folder / 'images'} for this mask")
        self._people = people

    @property
    def num_identities(self) -> int:
        return len(self._people)

    def body_height_m(self, identity: int) -> float:
        """A random height, fixed for each person, since photographs do not show it."""
        draw = np.random.default_rng([17, identity])
        return float(np.clip(draw.normal(1.7, 0.08), 1.5, 1.92))

    def figure(self, identity: int, pose: Pose, height: float) -> Figure:
        """The person at the smallest kept size of at least `height`, mirrored if heading left."""
        sizes = self._sizes.get(identity, lambda: self._halved(identity))
        image = next((image for image in reversed(sizes) if image.height >= height), None)
        image = self._cut(identity) if image is None else image
        if math.sin(pose.heading) < 0:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return Figure(image, _foot_x(image), float(image.height))

    def _halved(self, identity: int) -> tuple[Image.Image, ...]:
        """The cut-out at half, a quarter, ... of its size, largest first; the full size would take too much memory."""
        image = self._cut(identity)
        return tuple(image.reduce(1 << k) for k in range(1, _HALVINGS) if image.height >> k >= 32)

    def _cut(self, identity: int) -> Image.Image:
        path, value = self._people[identity]
        picture = _opened(self._images[path.stem])
        if value is None:
            rgba = picture.convert("RGBA")
        else:
            mask = np.asarray(_opened(path)) == value
            if mask.shape != (picture.height, picture.width):
                raise ValueError(
                    f"{path}: mask of {mask.shape[1]}x{mask.shape[0]}, but {self._images[path.stem]} has "
                    f"{picture.width}x{picture.height}"
                )
            rgba = picture.convert("RGB")
            rgba.putalpha(_inner_edge(mask))
        alpha = np.asarray(rgba.getchannel("A")) >= 128
        rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        return rgba.crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)).convert("RGBa")


def _inner_edge(mask: Mask) -> Image.Image:
    """The mask as soft alpha, without its outermost pixel, which contains the original background."""
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    return Image.fromarray(inner.astype(np.uint8) * 255).filter(ImageFilter.BoxBlur(0.7))


def _foot_x(image: Image.Image) -> float:
    """Where the person stands: the centre of the alpha in the lowest eighth."""
    alpha = np.asarray(image.getchannel(3), np.float64)
    columns = alpha[-max(image.height // 8, 1) :].sum(0)
    return float((columns * (np.arange(len(columns)) + 0.5)).sum() / max(columns.sum(), 1.0))


def _images_by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder; the masks/ next to it needs one with the same file stems")
    return {path.stem: path for path in sorted(folder.iterdir()) if is_picture(path)}


def _opened(path: Path) -> Image.Image:
    with open_image(path) as image:
        image.load()
        return image.copy()


def _people_of(path: Path, min_height: int) -> list[tuple[Path, int | None]]:
    """The usable people of a mask file as (file, mask value), or of an RGBA file as (file, None)."""
    image = _opened(path)
    if image.mode in ("RGBA", "LA", "PA"):
        alpha = np.asarray(image.getchannel("A")) >= 128
        return [(path, None)] if _is_person(alpha, min_height) else []
    if image.mode not in ("1", "L", "P", "I", "I;16"):
        return []
    mask = np.asarray(image)
    values = [value for value in np.unique(mask).tolist() if value]
    return [(path, int(value)) for value in values if _is_person(mask == value, min_height)]


def _is_person(mask: Mask, min_height: int) -> bool:
    """Whether a mask can be a whole standing person: by height, shape, and how much of its box it fills."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) == 0:
        return False
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    filled = float(mask.mean()) * mask.size / (height * width)
    unbroken = len(rows) == height  # a gap between body and shoes: part of the person is missing
    return height >= min_height and 0.18 <= width / height <= 0.65 and 0.25 <= filled <= 0.95 and unbroken
