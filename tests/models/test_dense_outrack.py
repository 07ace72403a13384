"""The dense network: its heads, its files, and its outputs before training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from outrack.models import (
    DenseOutrack,
    Head,
    Provenance,
    create,
    decode,
    dense_outrack_heads,
    extra_heads,
    fill_network,
    load_network,
    save_network,
)

HERE = Provenance("noise", "none")


def test_it_has_all_the_heads_of_the_paper_and_survives_its_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = create("dense-outrack", heads=dense_outrack_heads(offset=True)).eval()
    save_network(network, tmp_path / "net.safetensors", provenance=HERE)
    again = load_network(tmp_path / "net.safetensors")
    assert isinstance(again, DenseOutrack)
    assert again.heads == network.heads
    images = torch.randint(0, 256, (1, 3, 64, 96), dtype=torch.uint8)
    with torch.inference_mode():
        maps, maps_again = network(images), again(images)
        found = decode(maps, stride=4, max_objects=20, body=network.body)
    shapes = {name: tuple(value.shape) for name, value in maps._asdict().items() if value is not None}
    assert shapes == {
        "centres": (1, 1, 16, 24),
        "ltrb": (1, 4, 16, 24),
        "offset": (1, 2, 16, 24),
        "embedding": (1, 32, 8, 12),
        "occlusion": (1, 1, 16, 24),
        "occlusion_offset": (1, 2, 16, 24),
        "pixels": (1, 3, 64, 96),
    }
    torch.testing.assert_close(maps, maps_again)
    assert found.embeddings is not None
    assert found.embeddings.shape == (1, 20, 640)


def test_fresh_weights_see_few_people_of_the_size_of_people() -> None:
    torch.manual_seed(0)
    with torch.inference_mode():
        maps = DenseOutrack().train()(torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8))
    assert maps.centres.sigmoid().mean() < 0.3
    assert 16 < 4 * maps.ltrb.mean() < 64  # pixels from the middle to a side


@pytest.mark.parametrize(("dim", "learned"), [(0, 0), (128, 128), (640, 128)])
def test_appearance_may_be_absent_and_colours_are_not_learned(dim: int, learned: int) -> None:
    network = DenseOutrack(dense_outrack_heads(embedding_dim=dim, occlusion=False)).eval()
    assert (network.embedding_dim, network.learned_dim, network.predicts_occlusions) == (dim, learned, False)
    with torch.inference_mode():
        maps = network(torch.zeros(1, 3, 64, 64))
    assert (maps.embedding is not None, maps.pixels is not None) == (dim > 0, dim == 640)
    assert maps.occlusion is None


def test_heads_that_a_file_lacks_keep_their_start_and_others_are_left_out(tmp_path: Path) -> None:
    boxes = DenseOutrack(dense_outrack_heads(embedding_dim=0, occlusion=False))
    save_network(boxes, tmp_path / "boxes.safetensors", provenance=HERE)
    whole = DenseOutrack(dense_outrack_heads(offset=True))
    new = fill_network(whole, tmp_path / "boxes.safetensors")
    assert new == ("offset", "embedding", "occlusion", "occlusion_offset")
    with torch.inference_mode():
        images = torch.randint(0, 256, (1, 3, 64, 96), dtype=torch.uint8)
        before, after = (decode(net.eval()(images), stride=4, max_objects=9, body=net.body) for net in (boxes, whole))
    torch.testing.assert_close(after.boxes, before.boxes)
    save_network(whole, tmp_path / "whole.safetensors", provenance=HERE)
    assert fill_network(boxes, tmp_path / "whole.safetensors") == ()


def test_heads_that_it_cannot_have() -> None:
    both = dense_outrack_heads(embedding_dim=0, occlusion=False)
    with pytest.raises(ValueError, match=r"got 30"):
        DenseOutrack((*both, Head("embedding", 30)))
    with pytest.raises(ValueError, match="belong together"):
        DenseOutrack((*both, extra_heads(occlusion=True)[0]))
    for wrong in (both[:1], (*both, both[0]), (*both, Head("displacement", 2))):
        with pytest.raises(ValueError, match=r"expected centres, ltrb, offset, .*got centres"):
            DenseOutrack(wrong)
