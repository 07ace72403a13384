"""Mosaics: positions of tiles and boxes, ignored people, and independence of history."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.datasets import Annotation, LabelledImage
from outrack.training import load_config
from outrack.training.data.examples import Augmentation
from outrack.training.data.mosaic import Mosaics
from outrack.training.data.pairs import Mixture

SIZE = (200, 120)


class Colours:
    """Pictures of one colour each, twice as large as the mosaic, with a box in the middle and one in a corner."""

    size = (400, 240)
    boxes = ((180.0, 100.0, 220.0, 180.0), (0.0, 0.0, 20.0, 40.0))

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def scene(self, index: int) -> str:
        return f"scene {index}"

    def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
        images = []
        for second in (0, 1):
            pixels = np.full((self.size[1], self.size[0], 3), (10 * index, 100 * second, 255), np.uint8)
            notes = Annotation.of_people(np.array(self.boxes), ids=np.arange(len(self.boxes)))
            images.append(LabelledImage(pixels, notes, self.scene(index), second))
        return images[0], images[1]


def corners(pixels: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """Colours of the four corners: top left, top right, bottom left, bottom right."""
    return [tuple(pixels[y, x].tolist()) for y in (0, -1) for x in (0, -1)]


def test_four_scenes_meet_and_their_middles_fill_the_tiles() -> None:
    mixture = Mixture([Colours(20)], negative=0)
    pair = Mosaics(mixture, 1.0, SIZE, seed=1).pair_at(3)
    first = mixture.pair_at(3).current
    pixels = pair.current.pixels
    assert pixels.shape == (120, 200, 3)
    assert corners(pixels)[0] == tuple(first.pixels[0, 0])
    # Both images of the pair show the same scenes in the same places, at another moment.
    assert [(red, green) for red, green, _ in corners(pair.previous.pixels)] == [
        (red, 100) for red, _, _ in corners(pixels)
    ]
    assert len(set(pair.current.scene.split(" + "))) > 1

    columns = np.flatnonzero(np.abs(np.diff(pixels[0, :, 0].astype(int)))) + 1
    rows = np.flatnonzero(np.abs(np.diff(pixels[:, 0, 0].astype(int)))) + 1
    (x,), (y,) = columns, rows
    assert 70 <= x <= 130
    assert 42 <= y <= 78
    # By hand: the first tile is the middle of the picture at the scale with which it covers x by y pixels.
    scale = max(x / 400, y / 240)
    expected = np.array([x / 2, y / 2, x / 2, y / 2]) + scale * np.array([-20, -20, 20, 60])
    found = pair.current.annotation.xyxy
    assert np.abs(found - expected).max(axis=1).min() < 1e-6


def test_people_mostly_outside_their_tile_are_ignored_or_dropped() -> None:
    class Tall(Colours):
        size = (100, 400)  # of which a tile shows a band around the middle
        boxes = ((40.0, 190.0, 60.0, 210.0), (40.0, 0.0, 60.0, 190.0), (40.0, 0.0, 60.0, 40.0))

    notes = Mosaics(Mixture([Tall(8)], negative=0), 1.0, SIZE).pair_at(0).current.annotation
    # The first box is whole in each tile, the second reaches into it by less than a quarter, the third is far away.
    assert len(notes) == 8
    assert notes.ignore.sum() == 4
    heights = notes.xyxy[:, 3] - notes.xyxy[:, 1]
    assert heights[notes.ignore].min() > heights[~notes.ignore].max()


def test_identities_are_omitted() -> None:
    assert Mosaics(Mixture([Colours(8)], negative=0), 1.0, SIZE).pair_at(0).current.annotation.ids is None


def test_share_and_repetition() -> None:
    mixture = Mixture([Colours(20)], negative=0)
    mosaics = Mosaics(mixture, 0.3, SIZE, seed=7)
    made = [mosaics.pair_at(draw) for draw in range(300)]
    share = np.mean([" + " in pair.current.scene for pair in made])
    assert 0.22 < share < 0.38
    again = Mosaics(Mixture([Colours(20)], negative=0), 0.3, SIZE, seed=7)
    for draw in (299, 5, 118):
        np.testing.assert_array_equal(again.pair_at(draw).current.pixels, made[draw].current.pixels)


def test_negative_pairs_stay_pairs() -> None:
    mosaics = Mosaics(Mixture([Colours(20)], negative=0.5), 1.0, SIZE)
    pairs = [mosaics.pair_at(draw) for draw in range(40)]
    assert {pair.negative for pair in pairs} == {True, False}
    assert all((" + " in pair.current.scene) != pair.negative for pair in pairs)


def test_a_share_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"augmentation\.mosaic: expected a probability, got 1\.5"):
        Augmentation(mosaic=1.5)


def test_appearance_does_not_learn_from_mosaics() -> None:
    with pytest.raises(ValueError, match="only detection learns from mosaics"):
        load_config("quick", overrides={"augmentation.mosaic": "0.5"})
