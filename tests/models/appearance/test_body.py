"""Appearance read at points of the body, against a slow loop."""

from __future__ import annotations

import pytest
import torch

from outrack.models import DenseMaps
from outrack.models.appearance.body import BODY, BODY_PIXELS, HISTOGRAM_WEIGHT, BodyReading, appearance_at, learned_at
from outrack.models.appearance.colour_counts import NUM_COLOURS, colour_counts

READING = BodyReading(points=(((0.0, -0.25), (0.25, -0.25)), ((0.0, 0.4), (0.0, 0.0))), stride=8)


def slowly(embedding: torch.Tensor, box: list[float], reading: BodyReading) -> torch.Tensor:
    """One box of one image (C, h, w), point by point."""
    if box[3] >= 0.98 * embedding.shape[1] * reading.stride:
        box = [*box[:3], max(box[3], box[1] + 1.8 * (box[2] - box[0]))]
    result = []
    for points in reading.points:
        total = torch.zeros(len(embedding))
        for share_x, share_y in points:
            x = (box[0] + box[2]) / 2 + share_x * (box[2] - box[0])
            y = (box[1] + box[3]) / 2 + share_y * (box[3] - box[1])
            column = min(max(int(x // reading.stride), 0), embedding.shape[2] - 1)
            row = min(max(int(y // reading.stride), 0), embedding.shape[1] - 1)
            total += embedding[:, row, column]
        result.append(total / len(points))
    return torch.cat(result)


@pytest.mark.parametrize("reading", [READING, BODY], ids=["two-groups", "body"])
def test_reading_agrees_with_a_slow_loop_also_outside_the_image(reading: BodyReading) -> None:
    torch.manual_seed(0)
    embedding = torch.randn(2, 8, 6, 10)
    xyxy = torch.rand(2, 5, 4) * 60
    xyxy[..., 2:] += xyxy[..., :2]
    xyxy[0, 0] = torch.tensor([-90.0, -50.0, 10.0, 200.0])
    wanted = torch.stack(
        [torch.stack([slowly(embedding[b], xyxy[b, k].tolist(), reading) for k in range(5)]) for b in (0, 1)]
    )
    torch.testing.assert_close(learned_at(embedding, torch.arange(2)[:, None], xyxy, reading), wanted)
    image, rows = torch.tensor([1, 0, 1]), torch.tensor([4, 0, 2])  # boxes of any images, in one row
    torch.testing.assert_close(learned_at(embedding, image, xyxy[image, rows], reading), wanted[image, rows])


def test_the_gradient_is_the_same_to_the_bit_on_several_threads() -> None:
    """People who overlap read the same cells, and the order in which threads add their gradients is not fixed."""
    torch.manual_seed(0)
    embedding = torch.randn(4, 32, 12, 16, requires_grad=True)
    people, image = torch.rand(400, 4) * 30 + torch.tensor([0.0, 0.0, 40.0, 60.0]), torch.arange(400) % 4
    before = torch.get_num_threads()
    torch.set_num_threads(8)
    try:
        gradients = []
        for _ in range(20):
            read = learned_at(embedding, image, people, BODY)
            gradients += torch.autograd.grad((read * read.detach().sin()).sum(), embedding)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(gradient, gradients[0]) for gradient in gradients)


def test_people_cut_off_by_the_lower_edge_are_read_as_if_they_continued_below() -> None:
    rows = torch.arange(10.0)[None, None, :, None].expand(1, 1, 10, 20)  # every cell says in which row it is
    reading = BodyReading(points=(((0.0, -0.4),), ((0.0, 0.1),)), stride=10)
    whole, cut, striding = [20.0, 10, 70, 100], [20.0, 40, 120, 99], [20.0, 10, 120, 70]
    read = learned_at(rows, torch.zeros(3, dtype=torch.int64), torch.tensor([whole, cut, striding]), reading)
    assert read.tolist() == [
        [1, 6],
        [5, 9],
        [1, 4],
    ]  # of 90, 180 (its middle is at 130, below the picture) and 60 pixels


def test_every_pixel_of_the_largest_pictures_has_a_unique_index() -> None:
    width, height = 8192, 4608
    right = torch.tensor([[width - 40.0, height - 90.0, width, height]])
    cells = BODY_PIXELS.cells(right, width=width, height=height)
    assert cells.max() < width * height
    one_further = BODY_PIXELS.cells(right + torch.tensor([1.0, 0, 1, 0]) - 8, width=width, height=height)
    assert (one_further - BODY_PIXELS.cells(right - 8, width=width, height=height) == 1).all()


def test_none_has_no_appearance() -> None:
    none = torch.empty(0, dtype=torch.int64)
    assert learned_at(torch.randn(1, 8, 6, 10), none, torch.empty(0, 4), READING).shape == (0, 16)
    maps = DenseMaps(nothing := torch.zeros(2, 1, 4, 4), nothing, embedding=nothing, pixels=torch.zeros(2, 3, 16, 16))
    read = appearance_at(maps, torch.arange(2)[:, None], torch.empty(2, 0, 4), BODY)
    assert read.shape == (2, 0, 4 + 4 * NUM_COLOURS)


def test_appended_colours_are_counted_at_pixels_of_the_body() -> None:
    torch.manual_seed(0)
    pixels = (torch.rand(2, 3, 48, 80) * 255).round()
    nothing = torch.zeros(2, 1, 12, 20)
    maps = DenseMaps(nothing, nothing, embedding=torch.randn(2, 8, 12, 20), pixels=pixels)
    # Sizes that put no point on the border of two pixels, where single and double precision differ.
    xyxy = torch.tensor(
        [[[4.31, 6.17, 22.7, 44.9], [-20.6, 10.2, 12.1, 75.3]], [[33.1, 0.37, 54.9, 47.2], [70.1, 3.3, 91.3, 48.7]]]
    )
    images = torch.arange(2)[:, None]
    read = appearance_at(maps, images, xyxy, BODY)
    assert maps.embedding is not None
    learned = learned_at(maps.embedding, images, xyxy, BODY)
    torch.testing.assert_close(read[..., :32], learned / learned.norm(dim=-1, keepdim=True))
    for b in (0, 1):
        for k in (0, 1):
            parts = []
            for points in BODY_PIXELS.points:
                at = [slowly(pixels[b], xyxy[b, k].tolist(), BodyReading(((point,),), stride=1)) for point in points]
                parts.append(HISTOGRAM_WEIGHT / 2 * colour_counts(torch.stack(at)))
            torch.testing.assert_close(read[b, k, 32:], torch.cat(parts))
    image, rows = torch.tensor([1, 0, 1]), torch.tensor([1, 0, 0])
    torch.testing.assert_close(appearance_at(maps, image, xyxy[image, rows], BODY), read[image, rows])
