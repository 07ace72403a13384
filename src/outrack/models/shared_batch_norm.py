"""Batch normalisation over the batches of all processes, on any device; torch's SyncBatchNorm does not support CPUs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn

__all__ = ["SharedBatchNorm", "share_statistics", "sum_over_processes"]


class SharedBatchNorm(nn.BatchNorm2d):
    """`nn.BatchNorm2d` that uses the statistics of all processes' batches in training. Weights have the same names.

    One process computes them in the same way, so that the number of processes makes no difference: torch's own sums
    over a large batch on a CPU are off by up to 1e-5.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Normalised maps, (B, C, h, w)."""
        if not self.training:
            return super().forward(features)
        with torch.autocast(features.device.type, enabled=False):
            wide = features.float()
            count = sum_over_processes(wide.new_tensor([wide.numel() / wide.shape[1]]))
            mean = sum_over_processes(wide.sum((0, 2, 3))) / count
            centred = wide - mean[:, None, None]
            variance = sum_over_processes(centred.square().sum((0, 2, 3))) / count
            self._remember(mean.detach(), variance.detach() * count / (count - 1).clamp(min=1))
            scale = (variance + self.eps).rsqrt()
            if not self.affine:
                return (centred * scale[:, None, None]).to(features.dtype)
            return (centred * (scale * self.weight)[:, None, None] + self.bias[:, None, None]).to(features.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked += 1
        momentum = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance, momentum)


def share_statistics(network: nn.Module) -> None:
    """Turn every `nn.BatchNorm2d` of a network into a `SharedBatchNorm`, in place."""
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SharedBatchNorm


class _Sum(torch.autograd.Function):
    """The sum over all processes; gradients of every process's loss are propagated to all of them."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        distributed.all_reduce(total)
        return total


def sum_over_processes(values: Tensor) -> Tensor:
    """The sum of all processes' values; differentiable: each process's loss sends its gradient to all."""
    if not distributed.is_initialized():
        return values
    total: Tensor = _Sum.apply(values)  # type: ignore[no-untyped-call]
    return total
