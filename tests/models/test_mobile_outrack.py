"""The bundled network: initial weights, variants, and appended colours."""

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
from outrack.models.appearance.body import HISTOGRAM_WEIGHT, appearance_at
from outrack.models.appearance.colour_counts import NUM_COLOURS
from outrack.models.weights import Provenance


def test_the_shipped_network_starts_from_coco_and_survives_its_file(tmp_path: Path) -> None:
    heads = (*COCO_HEADS, *extra_heads(offset=True, embedding_dim=640, occlusion=True))
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
    assert maps.embedding.shape == (1, 32, 8, 12)
    torch.testing.assert_close(maps.embedding, maps_again.embedding)
    found = decode(maps, stride=4, max_objects=20, body=network.body)
    assert found.embeddings is not None
    assert found.embeddings.shape == (1, 20, 640)
    torch.testing.assert_close(found.embeddings.norm(dim=2), torch.ones(1, 20))


def test_a_size_that_the_parts_of_the_body_cannot_share_is_refused() -> None:
    told = (
        "expected 128 embedding channels, 32 for each of 4 body parts, or 640, with 128 colours more for each; got 30"
    )
    with pytest.raises(ValueError, match=told):
        MobileOutrack((*COCO_HEADS, Head("embedding", 30)))
    with pytest.raises(ValueError, match="got 0"):
        MobileOutrack(COCO_HEADS)


def test_colours_are_appended_to_the_learned_part() -> None:
    torch.manual_seed(0)
    alone, both = (MobileOutrack((*COCO_HEADS, Head("embedding", dim))).eval() for dim in (128, 640))
    both.load_state_dict(alone.state_dict())  # the same weights
    assert (alone.learned_dim, both.learned_dim) == (128, 128)
    images, boxes = torch.rand(2, 3, 64, 96) * 255, torch.tensor([[[10.0, 5, 40, 60]], [[50.0, 8, 90, 64]]])
    with torch.inference_mode():
        learned, beside = (
            appearance_at(net(images), torch.arange(2)[:, None], boxes, MobileOutrack.body) for net in (alone, both)
        )
    assert (learned.shape, beside.shape) == ((2, 1, 128), (2, 1, 640))
    torch.testing.assert_close(beside[..., :128], learned / learned.norm(dim=-1, keepdim=True))
    parts = beside[..., 128:].reshape(2, 1, 4, NUM_COLOURS)
    torch.testing.assert_close(parts.norm(dim=3), torch.full((2, 1, 4), HISTOGRAM_WEIGHT / 2))


@pytest.mark.parametrize(("ours", "theirs"), [(128, 640), (640, 128)])
def test_both_forms_start_from_each_other(ours: int, theirs: int, tmp_path: Path) -> None:
    network, other = (MobileOutrack((*COCO_HEADS, Head("embedding", dim))) for dim in (ours, theirs))
    save_network(other, tmp_path / "other.safetensors", provenance=Provenance("noise", "none"))
    assert fill_network(network, tmp_path / "other.safetensors") == ()
    torch.testing.assert_close(network.state_dict(), other.state_dict())
    found = decode(network(torch.rand(1, 3, 64, 96) * 255), stride=4, max_objects=5, body=network.body)
    assert found.embeddings is not None
    assert found.embeddings.shape == (1, 5, ours)
