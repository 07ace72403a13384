"""Appearance read at points of the body, against a slow loop."""

from __future__ import annotations

import pytest
import torch

from outrack.models import DenseMaps
from outrack.models.body import (
    BODY,
    BODY_PIXELS,
    COLOURS_BESIDE,
    BodyReading,
    appearance_at_boxes,
    appearance_at_rows,
    read_at_boxes,
    read_at_rows,
)
from outrack.models.colour_counts import NUM_COLOURS, colour_counts

READING = BodyReading(points=(((0.0, -0.25), (0.25, -0.25)), ((0.0, 0.4), (0.0, 0.0))), stride=8)


def slowly(embedding: torch.Tensor, box: list[float], reading: BodyReading) -> torch.Tensor:
    """One box of one image (C, h, w), point by point."""
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
    read = read_at_boxes(embedding, xyxy, reading)
    wanted = torch.stack(
        [torch.stack([slowly(embedding[b], xyxy[b, k].tolist(), reading) for k in range(5)]) for b in (0, 1)]
    )
    torch.testing.assert_close(read, wanted)
    image = torch.tensor([1, 0, 1])
    rows = torch.tensor([4, 0, 2])
    torch.testing.assert_close(read_at_rows(embedding, image, xyxy[image, rows], reading), wanted[image, rows])


def test_who_is_cut_off_is_read_as_if_he_went_on_below() -> None:
    rows = torch.arange(20.0)[None, None, :, None].expand(1, 1, 20, 10)  # every cell says in which row it is
    reading = BodyReading(points=(((0.0, -0.4),), ((0.0, 0.4),)), stride=10)
    whole, cut, wide = [20.0, 0, 70, 100], [20.0, 0, 70, 60], [0.0, 0, 100, 100]
    read = read_at_boxes(rows, torch.tensor([[whole, cut, wide]]), reading)
    assert read[0].tolist() == [[1, 9], [0, 8], [1, 16]]  # of 100, 90 and 180 pixels


def test_nobody_has_no_appearance() -> None:
    embedding = torch.randn(1, 8, 6, 10)
    assert read_at_boxes(embedding, torch.empty(1, 0, 4), READING).shape == (1, 0, 16)
    assert read_at_rows(embedding, torch.empty(0, dtype=torch.int64), torch.empty(0, 4), READING).shape == (0, 16)


def test_colours_beside_are_counted_at_pixels_of_the_body() -> None:
    torch.manual_seed(0)
    pixels = (torch.rand(2, 3, 48, 80) * 255).round()
    nothing = torch.zeros(2, 1, 12, 20)
    maps = DenseMaps(nothing, nothing, embedding=torch.randn(2, 8, 12, 20), pixels=pixels)
    # Sizes that put no point on the border of two pixels, where single and double precision differ.
    xyxy = torch.tensor(
        [[[4.31, 6.17, 22.7, 44.9], [-20.6, 10.2, 12.1, 75.3]], [[33.1, 0.37, 54.9, 47.2], [70.1, 3.3, 91.3, 48.7]]]
    )
    read = appearance_at_boxes(maps, xyxy, BODY)
    assert maps.embedding is not None
    torch.testing.assert_close(read[..., :32], read_at_boxes(maps.embedding, xyxy, BODY))
    for b in (0, 1):
        for k in (0, 1):
            parts = []
            for points in BODY_PIXELS.points:
                at = [slowly(pixels[b], xyxy[b, k].tolist(), BodyReading(((point,),), stride=1)) for point in points]
                parts.append(COLOURS_BESIDE * colour_counts(torch.stack(at)))
            torch.testing.assert_close(read[b, k, 32:], torch.cat(parts))
    image, rows = torch.tensor([1, 0, 1]), torch.tensor([1, 0, 0])
    torch.testing.assert_close(appearance_at_rows(maps, image, xyxy[image, rows], BODY), read[image, rows])
    empty = appearance_at_rows(maps, image[:0], xyxy[0, :0], BODY)
    assert empty.shape == (0, 32 + 4 * NUM_COLOURS)
