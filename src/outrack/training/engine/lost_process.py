"""Names the end of another process of a training, which this one notices only as a failed exchange of gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch import distributed

__all__ = ["lost_process_named"]

BACKENDS = ("gloo", "nccl")
"""Communication errors are recognised by the backend's name in the message: most have no type of their own."""


@contextmanager
def lost_process_named(checkpoint: Path) -> Iterator[None]:
    """Add what to do to communication errors that are raised in this block.

    The operating system closes the connections of a killed process, so the others fail in their next exchange. If a
    machine disappears without closing them, this is detected after the backend's timeout: 10 minutes for NCCL, 30 for
    gloo.

    Args:
        checkpoint: file from which the training can continue.

    Raises:
        RuntimeError: another process has ended, or cannot be reached.
    """
    try:
        yield
    except RuntimeError as error:
        is_exchange = isinstance(error, distributed.DistError) or any(name in str(error).lower() for name in BACKENDS)
        if not is_exchange or not distributed.is_initialized():
            raise
        kept = f"--resume continues from {checkpoint}" if checkpoint.is_file() else "there is no checkpoint yet"
        first_line = str(error).strip().partition("\n")[0]
        raise RuntimeError(
            f"process {distributed.get_rank()} of {distributed.get_world_size()}: another process of this training has "
            f"ended or cannot be reached, so this one stops. Restart all processes; {kept}. ({first_line})"
        ) from error
