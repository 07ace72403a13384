"""Parameter groups, and the moving average of the weights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer

from outrack.training.config.training_config import OptimiserConfig
from outrack.training.engine.relative_adam import RelativeAdam
from outrack.training.engine.step import TrainingStep, TwoFrameStep

__all__ = ["MovingAverage", "make_optimiser", "set_rate"]

Make = Callable[[list[dict[str, Any]]], Optimizer]
KINDS: dict[str, Make] = {"adam": Adam, "adamw": AdamW, "relative-adam": RelativeAdam}


def make_optimiser(
    step: TrainingStep | TwoFrameStep, config: OptimiserConfig, *, new_heads: Collection[str]
) -> Optimizer:
    """The optimiser of `config`, with up to four groups: loaded or new, with or without weight decay.

    The loss's own parameters (classifier, task weights) count as new; frozen ones are omitted. Each group stores
    its full learning rate as `initial_lr`.
    """
    new_prefixes = tuple(f"network.{step.network.prefix_of(head)}" for head in new_heads)
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in step.named_parameters():
        if not parameter.requires_grad:
            continue
        is_new = name.startswith(new_prefixes) or not name.startswith("network.")
        groups.setdefault((is_new, parameter.ndim > 1), []).append(parameter)
    new_lr = config.lr if config.new_lr is None else config.new_lr
    settings: list[dict[str, Any]] = [
        {
            "params": parameters,
            "lr": new_lr if is_new else config.lr,
            "initial_lr": new_lr if is_new else config.lr,
            "weight_decay": config.weight_decay if decayed else 0.0,
        }
        for (is_new, decayed), parameters in sorted(groups.items(), key=lambda item: item[0])
    ]
    return KINDS[config.name](settings)


def set_rate(optimiser: Optimizer, factor: float) -> None:
    """Set the learning rate of each group to its full rate times `factor`."""
    for group in optimiser.param_groups:
        group["lr"] = group["initial_lr"] * factor


class MovingAverage:
    """Exponential moving average of a network's tensors.

    Args:
        network: the average starts at its current values.
        decay: share of the average that is kept per step; lower during the first steps, (1 + n) / (10 + n), so that
            the influence of the initial weights decreases quickly.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self.tensors: dict[str, Tensor] = {name: value.detach().clone() for name, value in network.state_dict().items()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Continue from the tensors of a checkpoint."""
        for name, value in self.tensors.items():
            value.copy_(tensors[name])

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Update the average with the network's tensors after optimiser step number `step`, counted from 0."""
        keep = min(self._decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.tensors[name].lerp_(value, 1 - keep)
            else:
                self.tensors[name].copy_(value)
