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
from outrack.models.appearance import (
    BODY,
    COLOURS_BESIDE,
    AppearanceBranch,
    BodyReading,
    read_at_boxes,
    read_at_rows,
)
from outrack.models.colour_words import NUM_WORDS
from outrack.models.weights import Provenance

READING = BodyReading(points=(((0.0, -0.25), (0.25, -0.25)), ((0.0, 0.4), (0.0, 0.0))), stride=8)


def slowly(embedding: torch.Tensor, box: list[float], reading: BodyReading) -> torch.Tensor:
    """One box of one image (C, h, w), point by point."""
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


def test_nobody_has_no_appearance() -> None:
    embedding = torch.randn(1, 8, 6, 10)
    assert read_at_boxes(embedding, torch.empty(1, 0, 4), READING).shape == (1, 0, 16)
    assert read_at_rows(embedding, torch.empty(0, dtype=torch.int64), torch.empty(0, 4), READING).shape == (0, 16)


def test_the_shipped_network_starts_from_coco_and_survives_its_file(tmp_path: Path) -> None:
    heads = (*COCO_HEADS, *extra_heads(offset=True, embedding_dim=128, occlusion=True))
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
    assert maps.embedding.shape == (1, 32, 16, 24)
    torch.testing.assert_close(maps.embedding, maps_again.embedding)
    found = decode(maps, stride=4, max_objects=20, body=network.body)
    assert found.embeddings is not None
    assert found.embeddings.shape == (1, 20, 128)
    torch.testing.assert_close(found.embeddings.norm(dim=2), torch.ones(1, 20))


def test_every_part_of_the_body_has_all_words() -> None:
    told = "expected 128 or 256 embedding channels, 32 or 64 for each of 4 parts of the body; got 30"
    with pytest.raises(ValueError, match=told):
        MobileOutrack((*COCO_HEADS, Head("embedding", 30)))
    with pytest.raises(ValueError, match="got 0"):
        MobileOutrack(COCO_HEADS)


def test_colours_beside_what_was_learned_are_those_that_learning_starts_from() -> None:
    torch.manual_seed(0)
    branch = AppearanceBranch(4, 2 * NUM_WORDS)
    with torch.no_grad():
        branch.learned.weight.normal_(0, 0.1)
    learning = branch(images := torch.rand(2, 3, 64, 96) * 255, features := torch.rand(2, 4, 16, 24))
    both = branch.eval()(images, features)
    assert both.shape == (2, 2 * NUM_WORDS, 16, 24)
    alone = AppearanceBranch(4)
    alone.load_state_dict(branch.state_dict())  # the same weights
    torch.testing.assert_close(both[:, :NUM_WORDS], alone(images, features))
    torch.testing.assert_close(both[:, NUM_WORDS:], COLOURS_BESIDE * AppearanceBranch(4)(images, features))
    torch.testing.assert_close(learning[:, :NUM_WORDS], both[:, :NUM_WORDS])
    assert not learning[:, NUM_WORDS:].any()


@pytest.mark.parametrize(("ours", "theirs"), [(128, 256), (256, 128)])
def test_both_forms_start_from_each_other(ours: int, theirs: int, tmp_path: Path) -> None:
    network, other = (MobileOutrack((*COCO_HEADS, Head("embedding", dim))) for dim in (ours, theirs))
    save_network(other, tmp_path / "other.safetensors", provenance=Provenance("noise", "none"))
    assert fill_network(network, tmp_path / "other.safetensors") == ()
    torch.testing.assert_close(network.state_dict(), other.state_dict())
    found = decode(network(torch.rand(1, 3, 64, 96) * 255), stride=4, max_objects=5, body=network.body)
    assert found.embeddings is not None
    assert found.embeddings.shape == (1, 5, ours)


def test_people_are_told_apart_by_their_colours_before_anything_is_learned() -> None:
    picture = torch.full((1, 3, 128, 128), 120.0)
    boxes = torch.tensor([[[8.0, 16, 40, 112], [48, 16, 80, 112], [88, 16, 120, 112]]])
    for (x1, y1, x2, y2), shirt in zip(
        boxes[0].int().tolist(), ((200, 30, 40), (30, 60, 190), (200, 30, 40)), strict=True
    ):
        picture[0, :, y1:y2, x1:x2] = torch.tensor(shirt, dtype=torch.float32)[:, None, None]
    branch = AppearanceBranch(feature_channels=4)
    people = read_at_boxes(branch(picture, torch.zeros(1, 4, 32, 32)), boxes, BODY)[0]
    cosine = torch.nn.functional.normalize(people, dim=1) @ people[0] / people[0].norm()
    assert cosine[2] > 0.999
    assert cosine[1] < 0.3
