"""Running statistics of batch normalisation that do not depend on how the pairs of a step are divided."""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn

__all__ = ["RunningStatistics"]


class RunningStatistics:
    """Updates the statistics once per step: every batch of every process starts from the statistics before the step,
    and the result is the mean of these updates. Two batches in sequence, and one in each of two processes, then give
    the same statistics, in all processes.

    Args:
        network: its layers in training mode; statistics of frozen layers stay untouched.
    """

    def __init__(self, network: nn.Module) -> None:
        layers = [one for one in network.modules() if isinstance(one, nn.BatchNorm2d) and one.training]
        buffers = [buffer for layer in layers for buffer in (layer.running_mean, layer.running_var)]
        self._buffers = [buffer for buffer in buffers if buffer is not None]
        self._counts = [layer.num_batches_tracked for layer in layers if layer.num_batches_tracked is not None]
        self._before = _flat(self._buffers)
        self._counts_before = [count.clone() for count in self._counts]
        self._sum = torch.zeros_like(self._before)
        self._num_batches = 0

    def after_batch(self) -> None:
        """Record the update of one batch, and restore the statistics before the step."""
        self._sum += _flat(self._buffers)
        self._num_batches += 1
        self._fill(self._before)

    def end_step(self) -> None:
        """Set the statistics to the mean of all updates. All processes must have had the same number of batches."""
        mean = self._sum / self._num_batches
        if distributed.is_initialized() and len(mean):
            distributed.all_reduce(mean)
            mean /= distributed.get_world_size()
        self._fill(mean)
        for count, before in zip(self._counts, self._counts_before, strict=True):
            count.copy_(before + 1)

    def _fill(self, values: Tensor) -> None:
        start = 0
        for buffer in self._buffers:
            buffer.copy_(values[start : start + buffer.numel()])
            start += buffer.numel()


def _flat(buffers: list[Tensor]) -> Tensor:
    return torch.cat([buffer.flatten() for buffer in buffers]) if buffers else torch.zeros(0)
