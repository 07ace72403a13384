"""Appearance read at points of the body: against a slow loop, and the shipped network that uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from outrack.models import (
    COCO_HEADS,
    Head,
    MobileOutrack,
    coco_start,
    create,
    decode,
    extra_heads,
    fill_network,
    load_network,
    save_network,
)
from outrack.models.appearance import BODY, BodyReading, read_at_boxes, read_at_rows
from outrack.models.weights import Provenance

READING = BodyReading(points=(((0.0, -0.25), (0.25, -0.25)), ((0.0, 0.4), (0.0, 0.0))), stride=8)


def slowly(embedding: torch.Tensor, box: list[float], reading: BodyReading) -> torch.Tensor:
    """One box of one image (D, h, w), point by point."""
    parts = embedding.chunk(len(reading.points))
    result = []
    for part, points in zip(parts, reading.points, strict=True):
        total = torch.zeros(len(part))
        for share_x, share_y in points:
            x = (box[0] + box[2]) / 2 + share_x * (box[2] - box[0])
            y = (box[1] + box[3]) / 2 + share_y * (box[3] - box[1])
            column = min(max(int(x // reading.stride), 0), part.shape[2] - 1)
            row = min(max(int(y // reading.stride), 0), part.shape[1] - 1)
            total += part[:, row, column]
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


def test_nobody_has_no_appearance() -> None:
    embedding = torch.randn(1, 8, 6, 10)
    assert read_at_boxes(embedding, torch.empty(1, 0, 4), READING).shape == (1, 0, 8)
    assert read_at_rows(embedding, torch.empty(0, dtype=torch.int64), torch.empty(0, 4), READING).shape == (0, 8)


def test_the_shipped_network_starts_from_coco_and_survives_its_file(tmp_path: Path) -> None:
    heads = (*COCO_HEADS, *extra_heads(offset=True, embedding_dim=16, occlusion=True))
    network = create("mobile-outrack", heads=heads)
    assert set(fill_network(network, coco_start())) == {"offset", "embedding", "occlusion", "occlusion_offset"}
    network.eval()
    save_network(network, tmp_path / "net.safetensors", provenance=Provenance("noise", "none"))
    again = load_network(tmp_path / "net.safetensors")
    assert isinstance(again, MobileOutrack)
    assert again.heads == heads
    images = torch.randint(0, 256, (1, 3, 64, 96), dtype=torch.uint8)
    with torch.inference_mode():
        maps, maps_again = network(images), again(images)
    assert maps.centres.shape == (1, 1, 16, 24)
    assert maps.embedding is not None
    assert maps_again.embedding is not None
    assert maps.embedding.shape == (1, 16, 8, 12)
    torch.testing.assert_close(maps.embedding, maps_again.embedding)
    found = decode(maps, stride=4, max_objects=20, body=network.body)
    assert found.embeddings is not None
    assert found.embeddings.shape == (1, 20, 16)
    torch.testing.assert_close(found.embeddings.norm(dim=2), torch.ones(1, 20))


def test_the_parts_of_the_body_share_the_channels() -> None:
    with pytest.raises(ValueError, match="multiples of 4, got 30"):
        MobileOutrack((*COCO_HEADS, Head("embedding", 30)))
    with pytest.raises(ValueError, match="got 0"):
        MobileOutrack(COCO_HEADS)
