"""Inputs that detectors accept as pictures, and errors for all others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.detectors.pictures import as_frame
from outrack.structures import Frame

RGB = np.zeros((4, 6, 3), np.uint8)


def test_frames_pass_and_arrays_become_frames() -> None:
    frame = Frame(RGB, 7, 0.28)
    assert as_frame(frame) is frame
    made = as_frame(RGB)
    assert (made.index, made.timestamp_s, made.pixels.shape) == (0, 0.0, (4, 6, 3))


@pytest.mark.parametrize(
    ("pixels", "advice"),
    [
        (RGB / 255, r"float64 \(4, 6, 3\).*astype\(np.uint8\)"),
        (np.zeros((4, 6, 4), np.uint8), r"pixels\[..., :3\]"),
        (np.zeros((4, 6), np.uint8), "np.repeat"),
        (np.zeros((3, 40, 60), np.uint8), "transpose"),
        (np.zeros((2, 4, 6, 3), np.uint8), "detect_batch"),
        (np.zeros((0, 0, 3), np.uint8), "no pixels"),
    ],
)
def test_other_pixel_formats_get_advice_for_conversion_to_rgb(pixels: np.ndarray, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        as_frame(pixels)
    with pytest.raises(ValueError, match=advice):
        as_frame(Frame(pixels, 0, 0.0))


@pytest.mark.parametrize("picture", ["street.jpg", Path("street.jpg"), None, [[1, 2], [3, 4]]])
def test_invalid_picture_is_refused(picture: object) -> None:
    with pytest.raises(TypeError, match="open_source"):
        as_frame(picture)
