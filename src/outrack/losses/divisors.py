"""What sums of losses are divided by: counts of this process's batch, or of the batches of all processes.

Only here does the value of a loss depend on anything but its arguments: on an open `counted_over_processes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, distributed

__all__ = ["counted_over_processes", "counts_over_processes", "divisor"]

_OVER_PROCESSES = ContextVar("over_processes", default=False)


@contextmanager
def counted_over_processes(*, enabled: bool = True) -> Iterator[None]:
    """In this block divisors are means over all processes, each of which must compute the same losses in it.

    Gradients that are then averaged over the processes are those of one batch that holds the batches of all.
    """
    token = _OVER_PROCESSES.set(enabled and distributed.is_initialized())
    try:
        yield
    finally:
        _OVER_PROCESSES.reset(token)


def counts_over_processes() -> bool:
    """Whether this is in a block of `counted_over_processes`, and there are several processes."""
    return _OVER_PROCESSES.get()


def divisor(count: Tensor | int, like: Tensor, *, least: float = 1.0) -> Tensor | int:
    """`count`, at least `least`; of all processes in `counted_over_processes`, divided by their number.

    Args:
        count: count of this process.
        like: a tensor on the device of the loss.
        least: minimum of the whole count.
    """
    if not _OVER_PROCESSES.get():
        return count.clamp(min=least) if isinstance(count, Tensor) else max(count, int(least))
    total = torch.as_tensor(count, device=like.device).to(torch.float32).clone()
    distributed.all_reduce(total)
    return total.clamp(min=least) / distributed.get_world_size()
