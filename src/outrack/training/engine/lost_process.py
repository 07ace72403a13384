"""Names the end of another process of a training, which this one notices only as a failed exchange of gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch import distributed

__all__ = ["lost_process_named"]

BACKENDS = ("gloo", "nccl")
"""Names of communication backends in their error messages, most of which have no specific type."""


@contextmanager
def lost_process_named(checkpoint: Path) -> Iterator[None]:
    """In this block, errors of communication with other processes state what to do.

    The system closes the connections of a killed process, so the others fail in their next exchange; a machine that
    vanishes without that is noticed after the backend's time limit, 10 minutes of NCCL and 30 of gloo.

    Args:
        checkpoint: from which the training can continue.

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
            f"ended or cannot be reached, so this one stops, too. Start all processes again; {kept}. ({first_line})"
        ) from error
