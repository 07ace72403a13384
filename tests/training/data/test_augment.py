"""Boxes follow their pixels under any augmentation."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.datasets import Annotation, LabelledImage
from outrack.training.data.augment import BORDER, Geometry, Warp, draw_geometry, draw_partner, letterbox, warp_image
from outrack.training.data.photometric import Photometric, change_light, degrade

CANVAS = (128, 96)


def picture_of(box: tuple[int, int, int, int], size: tuple[int, int] = (200, 150)) -> LabelledImage:
    """A black picture with a white box and its label."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    x1, y1, x2, y2 = box
    pixels[y1:y2, x1:x2] = 255
    return LabelledImage(pixels, Annotation.of_people(np.array([box], float)), "still")


def white_extent(image: LabelledImage) -> np.ndarray:
    """Where the white box is in the picture, to sub-pixel accuracy from its brightness: xyxy."""
    light = np.where(image.pixels[..., 0] == BORDER, 0, image.pixels[..., 0] / 255)
    columns, rows = np.flatnonzero(light.max(0) > 0.5), np.flatnonzero(light.max(1) > 0.5)
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)


@pytest.mark.parametrize(
    "warp",
    [
        Warp(),
        Warp(scale=0.6),
        Warp(scale=1.2, shift=(0.08, -0.05)),
        Warp(flip=True),
        Warp(scale=0.8, shift=(-0.1, 0.1), flip=True),
    ],
    ids=["letterbox", "small", "shifted", "mirrored", "all"],
)
@pytest.mark.parametrize("size", [(200, 150), (640, 480), (90, 300)], ids=["fits", "large", "tall"])
def test_an_upright_box_moves_exactly_with_its_pixels(warp: Warp, size: tuple[int, int]) -> None:
    box = (size[0] // 3, size[1] // 3, size[0] // 3 + size[0] // 4, size[1] // 3 + size[1] // 4)
    moved = warp_image(picture_of(box, size), warp, CANVAS)
    assert moved.pixels.shape == (96, 128, 3)
    np.testing.assert_allclose(moved.annotation.xyxy[0], white_extent(moved), atol=1.0)


@pytest.mark.parametrize("degrees", [-5.0, 3.0, 5.0])
def test_a_rotated_box_is_shrunk_about_its_centre(degrees: float) -> None:
    moved = warp_image(picture_of((60, 40, 100, 110)), Warp(rotation_deg=degrees, shear_deg=(1.0, -1.0)), CANVAS)
    around = white_extent(moved)
    box = moved.annotation.xyxy[0]
    np.testing.assert_allclose((box[:2] + box[2:]) / 2, (around[:2] + around[2:]) / 2, atol=1.0)
    assert (box[2:] - box[:2] <= around[2:] - around[:2] + 1).all()


def test_everything_outside_the_source_is_grey() -> None:
    moved = warp_image(picture_of((0, 0, 200, 150)), Warp(scale=0.5), CANVAS)
    assert (moved.pixels[:10] == BORDER).all()
    assert (moved.pixels[48, 64] == 255).all()


def test_letterbox_centres_the_picture() -> None:
    np.testing.assert_allclose(letterbox((200, 100), (100, 100)) @ [0, 0, 1], [0, 25, 1])
    np.testing.assert_allclose(letterbox((200, 100), (100, 100)) @ [200, 100, 1], [100, 75, 1])


def test_small_and_departed_boxes_go_but_ignore_regions_stay() -> None:
    xyxy = np.array(
        [[10, 10, 13, 80], [10, 10, 40, 80], [400, 10, 440, 80], [10, 10, 13, 80], [-20, 10, 30, 80]], float
    )
    notes = Annotation(xyxy, np.zeros(5, np.int64), np.array([0, 0, 0, 1, 0], bool), ids=np.arange(5))
    image = LabelledImage(np.zeros((96, 128, 3), np.uint8), notes, "still")
    moved = warp_image(image, Warp(), CANVAS)
    assert moved.annotation.ids is not None
    assert moved.annotation.ids.tolist() == [1, 3, 4]
    np.testing.assert_allclose(moved.annotation.xyxy[2], xyxy[4])  # the half outside is still there


def test_the_source_is_left_alone() -> None:
    image = picture_of((60, 40, 100, 110))
    before = image.pixels.copy(), image.annotation.xyxy.copy()
    warp_image(image, Warp(scale=0.7, rotation_deg=4), CANVAS)
    np.testing.assert_array_equal(image.pixels, before[0])
    np.testing.assert_array_equal(image.annotation.xyxy, before[1])


def test_a_picture_without_boxes() -> None:
    image = LabelledImage(np.zeros((50, 60, 3), np.uint8), Annotation.of_people(np.empty((0, 4))), "still")
    assert len(warp_image(image, Warp(rotation_deg=2), CANVAS).annotation) == 0


def test_the_partner_shares_the_mirror_and_is_near() -> None:
    rng = np.random.default_rng(0)
    geometry = Geometry()
    flips = 0
    for _ in range(200):
        current = draw_geometry(geometry, rng)
        partner = draw_partner(current, geometry, rng)
        assert partner.flip == current.flip
        assert abs(current.rotation_deg) <= 5
        assert 0.5 <= current.scale <= 1.2
        assert 0 <= partner.rotation_deg - current.rotation_deg <= 0.19 * 10
        assert 0 <= partner.scale - current.scale <= 0.19 * 0.7
        assert abs(partner.shift[0] - current.shift[0]) <= 0.19 * 0.1
        flips += current.flip
    assert 70 < flips < 130


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": (1.2, 0.5)}, "geometry.scale"),
        ({"flip": 2}, "geometry.flip"),
        ({"partner": (-1, 0)}, "geometry.partner"),
    ],
)
def test_impossible_geometry(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Geometry(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [1.0, 0.2], ids=["as large", "averaged first"])
def test_light_changes_the_downscaled_picture_and_not_the_border(scale: float) -> None:
    sizes = []

    def darker(pixels: np.ndarray) -> np.ndarray:
        sizes.append(pixels.shape)
        return pixels // 2

    image = picture_of((60, 40, 100, 110))
    plain = warp_image(image, Warp(scale=scale), CANVAS).pixels.astype(int)
    changed = warp_image(image, Warp(scale=scale), CANVAS, change=darker).pixels.astype(int)
    inside = ~(plain == BORDER).all(axis=2)
    assert np.abs(changed - plain // 2)[inside].mean() < 3
    assert (changed[0, 0] == BORDER).all() or scale == 1.0
    assert sizes[0][0] <= image.pixels.shape[0] * max(scale, 1 / 3) + 1


def test_gains_are_those_of_hsv() -> None:
    """Against colorsys, pixel by pixel."""
    import colorsys

    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (6, 7, 3), dtype=np.uint8)
    for seed in range(5):
        draws = np.random.default_rng(seed).random(2)
        saturation, value = 1 + (2 * draws - 1) * 0.5
        changed = change_light(pixels, Photometric(), np.random.default_rng(seed))
        for before, after in zip(pixels.reshape(-1, 3), changed.reshape(-1, 3), strict=True):
            h, s, v = colorsys.rgb_to_hsv(*(before / 255))
            wanted = np.array(colorsys.hsv_to_rgb(h, min(s * saturation, 1), v)) * value
            np.testing.assert_allclose(after, np.minimum(wanted, 1) * 255, atol=1.01)


def test_zero_ranges_of_light_and_quality_change_nothing() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    off = Photometric(saturation=0, value=0)
    np.testing.assert_array_equal(change_light(pixels, off, np.random.default_rng(1)), pixels)
    np.testing.assert_array_equal(degrade(pixels, off, np.random.default_rng(1)), pixels)


def test_degraded_pictures_keep_their_shape_and_differ() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    for settings in (Photometric(blur=1), Photometric(noise=1), Photometric(jpeg=1)):
        worse = degrade(pixels, settings, np.random.default_rng(1))
        assert worse.shape == pixels.shape
        assert worse.dtype == np.uint8
        assert (worse != pixels).any()
