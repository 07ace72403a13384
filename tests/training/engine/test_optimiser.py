"""Learning rates of parameter groups, the rate over time, and the moving average, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from outrack.models import Head
from outrack.training.config.training_config import LossConfig, OptimiserConfig
from outrack.training.engine.optimiser import MovingAverage, make_optimiser, set_rate
from outrack.training.engine.reid import PairReID
from outrack.training.engine.step import TrainingStep
from tests.training.tiny import TinyNetwork

HEADS = (Head("centres", 1), Head("ltrb", 4), Head("embedding", 8))


def step_of() -> TrainingStep:
    return TrainingStep(TinyNetwork(HEADS), PairReID.named("cycas"), LossConfig())


def test_new_heads_and_the_losses_own_parameters_learn_faster_and_biases_do_not_decay() -> None:
    step = step_of()
    config = OptimiserConfig(name="adamw", lr=1e-4, new_lr=1e-3, weight_decay=0.01)
    optimiser = make_optimiser(step, config, new_heads=["embedding"])
    found = {
        id(parameter): (group["lr"], group["weight_decay"])
        for group in optimiser.param_groups
        for parameter in group["params"]
    }
    settings = {name: found[id(parameter)] for name, parameter in step.named_parameters()}
    assert settings["network.trunk.0.weight"] == (1e-4, 0.01)
    assert settings["network.trunk.0.bias"] == (1e-4, 0.0)
    assert settings["network.outputs.ltrb.0.weight"] == (1e-4, 0.01)
    assert settings["network.outputs.embedding.0.weight"] == (1e-3, 0.01)
    assert settings["network.outputs.embedding.0.bias"] == (1e-3, 0.0)
    assert settings["task_weights.s_det"] == (1e-3, 0.0)
    assert len(settings) == len(list(step.parameters()))
    set_rate(optimiser, 0.5)
    assert sorted({group["lr"] for group in optimiser.param_groups}) == [5e-5, 5e-4]
    same = make_optimiser(step, replace(config, new_lr=None), new_heads=[])
    assert {group["lr"] for group in same.param_groups} == {1e-4}


def test_the_average_follows_slowly_but_not_from_the_start() -> None:
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 0.0)
    average = MovingAverage(network, 0.9)
    nn.init.constant_(network.weight, 1.0)
    average.update(network, 0)
    assert average.tensors["weight"].item() == pytest.approx(0.9)  # (1 + 0) / (10 + 0) is kept
    average.update(network, 1000)
    assert average.tensors["weight"].item() == pytest.approx(0.91)
    again = MovingAverage(network, 0.9)
    again.load(average.tensors)
    assert torch.equal(again.tensors["weight"], average.tensors["weight"])
    assert network.weight.item() == 1.0
