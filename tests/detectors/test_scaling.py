from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from outrack.detectors.scaling import scaled_image

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("size", [(96, 96), (160, 96), (640, 384)])
@pytest.mark.parametrize("shape", [(1, 1, 3), (576, 768, 3), (33, 1001, 3)])
def test_sizes(shape, size):
    image = RNG.integers(0, 255, shape, dtype=np.uint8)
    assert scaled_image(image, size).shape == (3, size[1], size[0])


def test_a_picture_of_the_right_size_is_unchanged():
    image = RNG.integers(0, 255, (96, 160, 3), dtype=np.uint8)
    np.testing.assert_array_equal(scaled_image(image, (160, 96)), image.transpose(2, 0, 1))


def test_colours_stay_in_their_channels():
    image = np.full((200, 300, 3), (250, 120, 10), np.uint8)
    assert np.abs(scaled_image(image, (96, 96)).reshape(3, -1).T.astype(int) - (250, 120, 10)).max() <= 1


def test_every_pixel_counts_so_that_nothing_aliases():
    """Lines one pixel wide become grey, and not black and white by chance."""
    image = np.zeros((640, 640, 3), np.uint8)
    image[:, ::2] = 255
    inner = scaled_image(image, (128, 128))[:, 8:-8, 8:-8]
    assert 120 < inner.mean() < 136
    assert inner.std() < 12


@pytest.mark.parametrize("size", [(576, 416), (96, 96), (1024, 768)])
def test_as_pillow_scales_with_the_same_triangle(size):
    coarse = RNG.integers(0, 255, (36, 48, 3), dtype=np.uint8)
    image = np.asarray(Image.fromarray(coarse).resize((768, 576), Image.Resampling.BICUBIC))
    expected = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert np.abs(scaled_image(image, size).astype(int) - expected).max() <= 6
    assert np.abs(scaled_image(image, size).astype(int) - expected).mean() < 0.6


def test_pictures_that_are_views_or_read_only_are_taken():
    image = RNG.integers(0, 255, (200, 300, 3), dtype=np.uint8)
    image.flags.writeable = False
    turned = scaled_image(image[:, ::-1], (96, 96))
    assert np.abs(turned[:, :, ::-1].astype(int) - scaled_image(image, (96, 96))).mean() < 6
