"""Input sizes of a network for pictures of any aspect ratio."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack.detectors.input_size import SPEEDS, CoverArea, FitInto, fit_into, network_size


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ((1920, 1080), (672, 384)),
        ((768, 576), (576, 416)),
        ((1080, 1920), (384, 672)),
        ((1224, 370), (896, 288)),
        ((64, 48), (576, 416)),
        ((8000, 6000), (576, 416)),
    ],
)
def test_an_area_is_covered_in_the_shape_of_the_picture(frame: tuple[int, int], expected: tuple[int, int]) -> None:
    assert CoverArea(640 * 384)(frame) == expected


@given(st.integers(60, 4000), st.integers(60, 4000))
def test_the_area_is_met_whatever_the_shape(width: int, height: int) -> None:
    found = CoverArea(640 * 384)((width, height))
    assert found[0] % 32 == 0 and found[1] % 32 == 0
    if max(width, height) <= 5 * min(width, height):
        assert 0.8 < found[0] * found[1] / (640 * 384) < 1.25


def test_a_side_or_two_are_fitted_into() -> None:
    assert fit_into(640) == FitInto(640, 640)
    assert fit_into((768, 576))((1920, 1080)) == network_size((1920, 1080), (768, 576))


@pytest.mark.parametrize("pixels", [0, 50 * 50, 9000 * 9000])
def test_an_impossible_area_is_refused(pixels: int) -> None:
    with pytest.raises(ValueError, match="area: expected 9216 to 67108864 pixels"):
        CoverArea(pixels)


def test_speeds_are_in_order() -> None:
    assert SPEEDS["fast"] < SPEEDS["balanced"] == 1 < SPEEDS["accurate"]
