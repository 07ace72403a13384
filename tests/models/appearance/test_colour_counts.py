"""Colours counted in one go, against a count pixel by pixel with the colour space of the standard library."""

from __future__ import annotations

import colorsys

import pytest
import torch

from outrack.models.appearance.colour_counts import HUES, NUM_COLOURS, SATURATIONS, VALUES, colour_counts


def bin_of(rgb: list[float]) -> int:
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in rgb))
    places = ((hue, HUES), (saturation, SATURATIONS), (value, VALUES))
    h, s, v = (min(int(share * bins), bins - 1) for share, bins in places)
    return (h * SATURATIONS + s) * VALUES + v


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_they_are_the_roots_of_shares(dtype: torch.dtype) -> None:
    rgb = torch.randint(0, 256, (3, 5, 40, 3), generator=torch.Generator().manual_seed(0)).to(dtype)
    expected = torch.zeros(3, 5, NUM_COLOURS)
    for a in range(3):
        for b in range(5):
            for colour in rgb[a, b].tolist():
                expected[a, b, bin_of(colour)] += 1 / 40
    found = colour_counts(rgb)
    torch.testing.assert_close(found.square(), expected)
    torch.testing.assert_close(found.norm(dim=2), torch.ones(3, 5))


@pytest.mark.parametrize(
    ("rgb", "place"),
    [
        ((0, 0, 0), 0),
        ((255, 255, 255), 15),  # no hue, no saturation, all value
        ((255, 0, 0), 16 + 15),  # saturated
        ((255, 0, 1), (3 * 2 + 1) * 16 + 15),  # a hue just below the full circle
        ((0, 255, 0), (1 * 2 + 1) * 16 + 15),  # a third of the circle
        ((0, 0, 255), (2 * 2 + 1) * 16 + 15),  # two thirds
        ((128, 128, 128), 8),
    ],
)
def test_colours_whose_bin_is_known(rgb: tuple[int, int, int], place: int) -> None:
    found = colour_counts(torch.tensor([rgb, rgb]))
    assert found.nonzero().tolist() == [[place]]
    assert found[place] == 1


def test_one_half_of_each_of_two_colours_and_no_people() -> None:
    found = colour_counts(torch.tensor([[0, 0, 0], [255, 255, 255]]))
    torch.testing.assert_close(found[[0, 15]], torch.full((2,), 0.5**0.5))
    assert colour_counts(torch.zeros(0, 4, 7, 3)).shape == (0, 4, NUM_COLOURS)
