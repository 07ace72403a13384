"""Colour words against a histogram that is counted slowly."""

from __future__ import annotations

import torch

from outrack.models.appearance.soft_colour_histogram import (
    NUM_BINS,
    OPPONENT,
    PALETTE,
    SHARPNESS,
    SoftColourHistogram,
    mean_share,
)


def test_they_are_the_roots_of_soft_shares() -> None:
    torch.manual_seed(0)
    picture = torch.randint(0, 256, (1, 3, 8, 4)).float()
    space = torch.tensor(OPPONENT)
    words = torch.tensor([list(bytes.fromhex(colour)) for colour in PALETTE.split()]) / 255 @ space.T
    expected = torch.zeros(NUM_BINS, 2, 1)
    for row in range(4):  # the picture is looked at in blocks of 2 x 2 pixels, and 2 x 2 of these make a cell
        for column in range(2):
            colour = picture[0, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].mean((1, 2)) / 255 @ space.T
            weight = torch.exp(-SHARPNESS * (colour - words).square().sum(1))
            expected[:, row // 2, 0] += weight / weight.sum() / 4
    with torch.no_grad():
        found = SoftColourHistogram()(picture)[0]
    torch.testing.assert_close(found, (expected + 1e-4).sqrt(), atol=2e-3, rtol=1e-3)


def test_a_picture_of_one_word_is_that_word() -> None:
    colour = torch.tensor(list(bytes.fromhex(PALETTE.split()[20])), dtype=torch.float32)
    with torch.no_grad():
        found = SoftColourHistogram()(colour[None, :, None, None].expand(1, 3, 8, 8))
    assert (found[0].argmax(0) == 20).all()
    assert found[0, 20].min() > 0.9


def test_low_precision_around_them_does_not_blur_them() -> None:
    torch.manual_seed(0)
    picture = torch.randint(0, 256, (1, 3, 16, 16)).float()
    words = SoftColourHistogram()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        inside = words(picture)
    with torch.no_grad():
        torch.testing.assert_close(inside, words(picture))


def test_what_people_usually_have_is_a_share_for_every_word() -> None:
    assert mean_share().shape == (NUM_BINS,)
    assert ((mean_share() > 0) & (mean_share() < 1)).all()
