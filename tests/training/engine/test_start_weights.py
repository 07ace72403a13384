"""Averaging the weights after a training with those before it."""

from __future__ import annotations

import pytest
import torch

from outrack.models import COCO_HEADS, create, extra_heads
from outrack.training.config.training_config import ModelConfig
from outrack.training.engine.start_weights import StartWeights


def test_old_weights_are_mixed_and_new_heads_are_not() -> None:
    torch.manual_seed(0)
    network = create("mobile-centernet", heads=(*COCO_HEADS, *extra_heads(offset=True)))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    start = StartWeights(network, 0.75, ["offset"])
    learned = {name: value + 1 for name, value in before.items()}
    mixed = start.mixed_into(learned)
    assert mixed.keys() == before.keys()
    for name, value in mixed.items():
        step = 1.0 if name.startswith(network.prefix_of("offset")) else 0.25
        torch.testing.assert_close(value, before[name] + step)


def test_shares_are_checked() -> None:
    with pytest.raises(ValueError, match=r"start_share: expected a share in \[0, 1\), got 1.5"):
        ModelConfig(start_share=1.5)
    with pytest.raises(ValueError, match="random weights are not worth keeping"):
        ModelConfig(init=None, start_share=0.5)
