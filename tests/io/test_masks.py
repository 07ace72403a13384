"""Boxes of instance masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.io.masks import boxes_of_mask, read_instance_mask


def test_boxes_of_a_mask() -> None:
    mask = np.zeros((10, 12), np.uint8)
    mask[2:5, 3:9] = 1
    mask[4:8, 0:2] = 7
    assert boxes_of_mask(mask).tolist() == [[3, 2, 9, 5], [0, 4, 2, 8]]
    assert boxes_of_mask(np.zeros((4, 4), np.uint8)).shape == (0, 4)


def test_a_mask_in_colours_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "mask.png")
    with pytest.raises(ValueError, match=r"mask\.png: expected a mask of one channel, .*got 3 channels"):
        read_instance_mask(tmp_path / "mask.png")
