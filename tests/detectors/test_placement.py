from __future__ import annotations

import numpy as np
import pytest

from outrack.detectors.placement import Placement


def test_a_picture_lies_within_its_margin():
    pixels = np.random.default_rng(0).integers(0, 256, (80, 112, 3), np.uint8)
    image = Placement((112, 80), (128, 96), 8).image(pixels)
    assert image.shape == (3, 96, 128)
    assert (image[:, 8:88, 8:120].transpose(1, 2, 0) == pixels).all()  # as large as it is: not resampled
    assert (image[:, :8] == image[:, 8:9]).all() and (image[:, 88:] == image[:, 87:88]).all()  # the edge is repeated
    assert (image[:, :, :8] == image[:, :, 8:9]).all() and (image[:, :, 120:] == image[:, :, 119:120]).all()


def test_points_and_boxes_are_mapped_to_the_picture_and_back():
    placement = Placement((224, 320), (128, 96), 8)  # 2 and 4 pixels for one of the input
    assert placement.scale.tolist() == [2, 4]
    assert placement.to_picture(np.array([[8.0, 8.0], [120.0, 88.0]])).tolist() == [[0, 0], [224, 320]]
    boxes = np.array([[0.0, 8.0, 18.0, 58.0]])
    assert placement.to_picture(boxes).tolist() == [[-16, 0, 20, 200]]
    np.testing.assert_allclose(placement.to_input(placement.to_picture(boxes)), boxes)


@pytest.mark.parametrize("margin", [0, 8])
def test_where_a_bright_spot_is_in_the_input_it_is_in_the_picture(margin: int):
    pixels = np.zeros((300, 500, 3), np.uint8)
    pixels[200:220, 400:440] = 255
    placement = Placement((500, 300), (256, 160), margin)
    rows, columns = np.nonzero(placement.image(pixels)[0] > 200)
    box = [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]
    np.testing.assert_allclose(placement.to_picture(np.array(box, np.float64)), [[400, 200, 440, 220]], atol=3)
