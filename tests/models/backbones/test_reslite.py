"""The dense trunk: four levels, of which each cell of the coarsest sees the whole of a tall person."""

from __future__ import annotations

import torch

from outrack.models.backbones.reslite import Residual, ResLite


def test_every_level_halves_the_one_before() -> None:
    with torch.inference_mode():
        pyramid = ResLite().eval()(torch.rand(2, 3, 64, 96) * 255)
    shapes = [tuple(level.shape) for level in pyramid]
    assert shapes == [(2, 32, 16, 24), (2, 64, 8, 12), (2, 128, 4, 6), (2, 224, 2, 3)]


def test_a_block_starts_next_to_the_identity_where_the_shape_stays() -> None:
    block = Residual(8, 8).eval()
    torch.nn.init.zeros_(block.second[0].weight)
    x = torch.randn(1, 8, 6, 6)
    torch.testing.assert_close(block(x), x.relu())
    assert not list(block.skip.parameters())
    assert Residual(8, 8, stride=2).eval()(x).shape == (1, 8, 3, 3)


def test_the_coarsest_level_sees_far() -> None:
    torch.manual_seed(0)
    network = ResLite().eval()
    image = torch.full((1, 3, 384, 96), 128.0)
    changed = image.clone()
    changed[..., :16, :] = 0  # a head, 350 pixels above the feet
    with torch.inference_mode():
        difference = (network(image).stride32 - network(changed).stride32).abs().amax((0, 1, 3))
    assert difference[-2] > 0
