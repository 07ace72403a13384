from __future__ import annotations

import pytest
import torch

from outrack.models import Head, extra_heads
from outrack.models.heads import CENTRE_BIAS, DenseHeads


def test_fairmot_heads_are_3x3_relu_1x1_with_their_biases():
    heads = (Head("centres", 1, CENTRE_BIAS), Head("ltrb", 4), *extra_heads(occlusion=True, convolution="dense"))
    layers = DenseHeads(heads, 8)
    assert [type(layer).__name__ for layer in layers["centres"]] == ["Conv2d", "ReLU", "Conv2d"]
    assert layers["centres"][0].weight.shape == (256, 8, 3, 3)
    assert layers["occlusion"][-1].bias.tolist() == pytest.approx([CENTRE_BIAS])
    assert layers["occlusion_offset"][-1].bias.tolist() == [0, 0]


def test_heads_hang_on_any_feature_map():
    heads = (Head("centres", 3, hidden=0, convolution="separable"), Head("ltrb", 4, hidden=5))
    maps = DenseHeads(heads, 7)(torch.zeros(2, 7, 3, 5))
    assert maps.centres.shape == (2, 3, 3, 5)
    assert maps.ltrb.shape == (2, 4, 3, 5)
    assert maps.embedding is None


def test_extra_heads_are_those_requested():
    assert extra_heads() == ()
    assert [head.name for head in extra_heads(embedding_dim=128, offset=True)] == ["offset", "embedding"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "hm", "channels": 1}, "expected one of centres"),
        ({"name": "ltrb", "channels": 0}, "expected 1 to 4096 as channels"),
        ({"name": "ltrb", "channels": 4, "hidden": 0}, "needs hidden channels"),
        ({"name": "ltrb", "channels": 4, "convolution": "deformable"}, "dense or separable"),
    ],
)
def test_impossible_heads_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Head(**settings)


def test_centres_and_boxes_are_needed_once():
    with pytest.raises(ValueError, match="each once; got centres"):
        DenseHeads((Head("centres", 1),), 8)
    with pytest.raises(ValueError, match="each once"):
        DenseHeads((Head("centres", 1), Head("ltrb", 4), Head("ltrb", 4)), 8)
