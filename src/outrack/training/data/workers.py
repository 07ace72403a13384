"""Prefetches batches in worker processes, in an order that does not depend on their number."""

from __future__ import annotations

import multiprocessing
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from outrack.io.interrupts import STOPS, children_without, exit_with_parent
from outrack.io.machine import num_cores

__all__ = ["batches"]

OneExample = TypeVar("OneExample")
OneBatch = TypeVar("OneBatch")


class _Draws(Sampler[list[int]]):
    """Positions of the run's examples, one list per micro-batch, for one of several processes."""

    def __init__(self, first: int, last: int, *, pairs: int, process: int, processes: int) -> None:
        self._batches = range(first, last)
        self._pairs, self._process, self._processes = pairs, process, processes

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self._batches:
            start = (batch * self._processes + self._process) * self._pairs
            yield list(range(start, start + self._pairs))


@dataclass(frozen=True, slots=True)
class _Failure:
    """An error in the data, on its way from a worker: torch would bury the message in the worker's traceback."""

    error: OSError | ValueError


class _SafeExamples(Dataset[OneExample | _Failure], Generic[OneExample]):
    """Examples, or the error in them."""

    def __init__(self, examples: Dataset[OneExample]) -> None:
        self._examples = examples

    def __getitem__(self, draw: int) -> OneExample | _Failure:
        try:
            return self._examples[draw]
        except (OSError, ValueError) as error:
            error.add_note(traceback.format_exc())  # the chain of causes cannot be pickled
            return _Failure(error)


@dataclass(frozen=True, slots=True)
class _SafeCollation(Generic[OneExample, OneBatch]):
    """A batch, or the error in its first bad example."""

    collation: Callable[[Sequence[OneExample]], OneBatch]

    def __call__(self, examples: Sequence[OneExample | _Failure]) -> OneBatch | _Failure:
        good: list[OneExample] = []
        for example in examples:
            if isinstance(example, _Failure):
                return example
            good.append(example)
        return self.collation(good)


def _fork_server(module: str) -> multiprocessing.context.BaseContext:
    """The context that starts workers for examples of `module`: forking a process that has run torch's threads may hang
    the child.

    The server imports these modules once and its forks have them, instead of every worker importing them: four workers
    on two cores had their first batch after 4 seconds instead of 14. Windows has no such server.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", module, __name__])
    return context


def _exit_with_parent(worker: int) -> None:
    """Let a worker exit when the training is killed. Torch watches only the fork server, which exits with its last
    worker: both would stay forever, with all their memory. And do not report that an interrupted training left while it
    was handed a batch."""
    exit_with_parent()
    sys.excepthook = _without_lost_connections


def _without_lost_connections(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, EOFError | ConnectionError):
        sys.__excepthook__(kind, error, trace)


def batches(
    examples: Dataset[OneExample],
    collation: Callable[[Sequence[OneExample]], OneBatch],
    *,
    pairs: int,
    first: int,
    last: int,
    workers: int = 0,
    process: int = 0,
    processes: int = 1,
) -> Iterator[OneBatch]:
    """Batches number `first` to `last - 1` of the run, in order, prefetched by `workers` processes.

    Batch b of process r of R always contains the same `pairs` pairs, whatever was drawn before and however many workers
    there are. There are never more workers than cores that this process may use.

    Raises:
        OSError, ValueError: an image of the batch is missing, damaged or contradicts its label.
    """
    workers = min(workers, num_cores())
    loader: DataLoader[OneBatch | _Failure] = DataLoader(
        _SafeExamples(examples),  # type: ignore[arg-type]  # the collation turns examples into batches
        batch_sampler=_Draws(first, last, pairs=pairs, process=process, processes=processes),
        collate_fn=_SafeCollation(collation),
        num_workers=workers,
        multiprocessing_context=_fork_server(type(examples).__module__) if workers else None,
        worker_init_fn=_exit_with_parent,
        prefetch_factor=3 if workers else None,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # for the workers' seeds, which nothing uses: not that of the whole process
    )
    with children_without(STOPS):  # the training ends them, after its last step
        loaded = iter(loader)
    for batch in loaded:
        if isinstance(batch, _Failure):
            raise batch.error
        yield batch
