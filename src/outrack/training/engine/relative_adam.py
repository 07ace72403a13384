"""Adam with steps relative to the magnitude of the weights, for networks with folded batch normalisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim import Optimizer

__all__ = ["RelativeAdam"]

LEAST_SHARE = 0.1
"""Lower limit of a row's magnitude, relative to that of its tensor, so that rows of zeros can learn."""


class RelativeAdam(Optimizer):
    """Adam whose learning rate is relative to the initial magnitude of the weights.

    If batch normalisation is folded into convolutions, the weights of a network differ in magnitude by a factor of
    100,000 (bundled network: 0.0001 to 13). Steps of equal size then hardly change large weights and destroy small
    ones. Here a step of rate `lr` changes each row (output channel) by about `lr` of its root mean square.

    Args:
        params: parameters, or groups of them.
        lr: relative to a row's magnitude; 1e-3 to 5e-3 for fine-tuning.
        betas: decay rates of the running means of gradients and of their squares.
        weight_decay: share of the weights that a step of rate 1 removes, as in AdamW.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 3e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Update all parameters that have a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            moved = [parameter for parameter in group["params"] if parameter.grad is not None]
            if moved:
                self._move(moved, group)
        return loss

    def _move(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        states = [self._state_of(parameter) for parameter in parameters]
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]  # all have one
        means, squares = [state["mean"] for state in states], [state["square"] for state in states]
        first, second = group["betas"]
        torch._foreach_lerp_(means, gradients, 1 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
        for state in states:
            state["step"] += 1
        step = int(states[0]["step"])
        spread = torch._foreach_div(squares, 1 - second**step)
        torch._foreach_sqrt_(spread)
        torch._foreach_add_(spread, 1e-16)  # gradients of large weights are tiny; a common epsilon would suppress them
        directions = torch._foreach_div(means, spread)
        torch._foreach_mul_(directions, [state["size"] for state in states])
        if group["weight_decay"]:
            torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(parameters, directions, alpha=-group["lr"] / (1 - first**step))

    def _state_of(self, parameter: Tensor) -> dict[str, Any]:
        state: dict[str, Any] = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["mean"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
            state["size"] = size_of(parameter)
        return state


def size_of(parameter: Tensor) -> Tensor:
    """Root mean square of each row of a weight, (O, 1, ...); of a whole vector or scalar, ()."""
    whole = parameter.square().mean().sqrt()
    if parameter.ndim < 2:
        return whole.clamp(min=1e-2)
    rows = parameter.square().mean(tuple(range(1, parameter.ndim)), keepdim=True).sqrt()
    return torch.maximum(rows, LEAST_SHARE * whole).clamp(min=1e-8)
