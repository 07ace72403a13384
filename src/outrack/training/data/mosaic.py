"""Mosaics: four scenes in one picture, with more and smaller people in new combinations.

The mosaic of YOLOv4 (Bochkovskiy et al., 2020), here for pairs; the paper has none. Only detection learns from it: two
tiles may show the same person, whom appearance must not treat as two.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xyxy_area
from outrack.datasets import Annotation, LabelledImage
from outrack.training.data.augment import Warp, letterbox, warp_image
from outrack.training.data.pairs import Mixture, Pair, generator

__all__ = ["Mosaics"]

MEETING = (0.35, 0.65)
"""The tiles meet somewhere in this range of the picture's width and height."""
SMALLEST_PART = 0.25
"""Smallest share of a box inside its tile; people with less are ignored."""


class Mosaics:
    """Pairs of a mixture, some of them mosaics.

    Args:
        mixture: where pairs come from; negative ones are unchanged.
        share: probability of a mosaic.
        size: width and height of a mosaic.
        seed: seed of all random choices.
    """

    def __init__(self, mixture: Mixture, share: float, size: tuple[int, int], *, seed: int = 0) -> None:
        self._mixture, self._share, self._size, self._seed = mixture, share, size, seed

    def pair_at(self, draw: int) -> Pair:
        """The pair at position `draw` of the run; the first tile of a mosaic is the mixture's pair at that position."""
        rng = generator(self._seed, 2, draw)
        pair = self._mixture.pair_at(draw)
        if pair.negative or rng.random() >= self._share:
            return pair
        others = draw - draw % len(self._mixture) + rng.integers(len(self._mixture), size=3)  # of the same epoch
        pairs = [pair, *(self._mixture.pair_at(int(other)) for other in others)]
        x, y = (round(length * rng.uniform(*MEETING)) for length in self._size)
        return Pair(
            _mosaic([one.current for one in pairs], (x, y), self._size),
            _mosaic([one.current if one.negative else one.previous for one in pairs], (x, y), self._size),
            negative=False,
        )


def _mosaic(images: list[LabelledImage], meeting: tuple[int, int], size: tuple[int, int]) -> LabelledImage:
    """Four images around a common corner, each filling its part of the picture."""
    xs, ys = (((0, at), (at, end)) for at, end in zip(meeting, size, strict=True))
    pixels = np.empty((size[1], size[0], 3), np.uint8)
    annotations = []
    for image, ((top, bottom), (left, right)) in zip(images, product(ys, xs), strict=True):
        tile = _filling(image, (right - left, bottom - top))
        pixels[top:bottom, left:right] = tile.pixels
        annotations.append(replace(tile.annotation, xyxy=tile.annotation.xyxy + np.array([left, top, left, top])))
    return LabelledImage(pixels, _joined(annotations), " + ".join(image.scene for image in images), images[0].frame)


def _filling(image: LabelledImage, size: tuple[int, int]) -> LabelledImage:
    """The centre of the image, cropped to `size` (width, height); people who are mostly outside are ignored."""
    height, width = image.pixels.shape[:2]
    fitted = letterbox((width, height), size)[0, 0]
    tile = warp_image(image, Warp(scale=max(size[0] / width, size[1] / height) / fitted), size)
    notes = tile.annotation
    return replace(
        tile, annotation=replace(notes, ignore=notes.ignore | (_part_inside(notes.xyxy, size) < SMALLEST_PART))
    )


def _part_inside(xyxy: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Share of each box's area that lies in a picture of `size`, (N,)."""
    inside = np.minimum(xyxy[:, 2:], size) - np.maximum(xyxy[:, :2], 0)
    return xyxy_area(np.concatenate([np.zeros_like(inside), np.maximum(inside, 0)], axis=1)) / xyxy_area(xyxy)


def _joined(parts: list[Annotation]) -> Annotation:
    """All boxes; boxes of unknown visibility count as visible. Identities are omitted."""
    return Annotation(
        np.concatenate([part.xyxy for part in parts]),
        np.concatenate([part.class_ids for part in parts]),
        np.concatenate([part.ignore for part in parts]),
        np.concatenate([np.ones(len(part)) if part.visibility is None else part.visibility for part in parts]),
    )
