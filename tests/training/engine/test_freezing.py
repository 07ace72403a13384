"""Training of single heads: the rest of the network is frozen and needs no backward pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from outrack.models import create
from outrack.training import train
from outrack.training.config.training_config import LossConfig
from outrack.training.engine.freezing import freeze_all_but
from outrack.training.engine.optimiser import make_optimiser
from outrack.training.engine.step import TrainingStep
from tests.training.tiny import tiny_config


@pytest.mark.parametrize("heads", [("embedding",), ("occlusion", "occlusion_offset")])
def test_only_the_named_heads_move(heads: tuple[str, ...], squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    start = train(config, tmp_path / "start")
    model = replace(config.model, init=str(start), trainable=heads)
    train(replace(config, model=model), tmp_path / "run")
    before, after = load_file(start), load_file(tmp_path / "run" / "last.safetensors")
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert all(name.startswith(tuple(f"outputs.{head}." for head in heads)) for name in moved)


def test_frozen_layers_keep_their_statistics_and_take_no_gradient() -> None:
    network = create("fairmot-dla34").train()
    images = torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(images)
    seen = {name: value.clone() for name, value in network.state_dict().items()}
    assert any(not torch.equal(value, before[name]) for name, value in seen.items()), "it has statistics"
    freeze_all_but(network, ("embedding",))
    maps = network(images)
    assert not maps.centres.requires_grad
    assert maps.embedding is not None
    assert maps.embedding.requires_grad
    assert all(torch.equal(value, seen[name]) for name, value in network.state_dict().items())


def test_the_optimiser_leaves_frozen_parameters_out() -> None:
    network = create("mobile-outrack")
    freeze_all_but(network, ("embedding",))
    step = TrainingStep(network, None, LossConfig())
    optimiser = make_optimiser(step, tiny_config(Path()).optimiser, new_heads=())
    held = sum(parameter.numel() for group in optimiser.param_groups for parameter in group["params"])
    assert held == sum(p.numel() for name, p in network.named_parameters() if name.startswith("appearance."))


def test_a_head_that_the_network_has_not() -> None:
    with pytest.raises(ValueError, match=r"unknown heads wings; the network has .*centres.*embedding"):
        freeze_all_but(create("mobile-outrack"), ("wings",))
