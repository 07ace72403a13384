"""One network for several threads, whose inputs it processes as one batch."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.network_detector import RunNetwork

__all__ = ["OneBatch"]

Arrays = Mapping[str, NDArray[Any]]


class OneBatch:
    """Runs a network for several threads: all inputs that are waiting when it becomes free form one batch.

    A free network does not wait for further inputs, so a slow thread does not delay others. Inputs of different sizes
    are processed one after the other. An error is raised in the threads whose inputs were in that run.

    Args:
        run: the network, from named inputs to named outputs, both with the batch as first dimension.
    """

    def __init__(self, run: RunNetwork) -> None:
        self._run = run
        self._turn = threading.Lock()
        self._waiting: SimpleQueue[_Request] = SimpleQueue()

    def __call__(self, inputs: Arrays) -> Arrays:
        """Outputs by name, of these inputs only."""
        mine = _Request(inputs)
        self._waiting.put(mine)
        with self._turn:
            if not mine.answer.done():  # otherwise it was in the batch of another thread
                self._answer(self._waiting.get() for _ in range(self._waiting.qsize()))
        return mine.answer.result()

    def _answer(self, waiting: Iterable[_Request]) -> None:
        by_size: dict[tuple[Any, ...], list[_Request]] = {}
        for request in waiting:
            by_size.setdefault(request.size, []).append(request)
        for batch in by_size.values():
            try:
                outputs = self._run(
                    {name: np.concatenate([request.inputs[name] for request in batch]) for name in batch[0].inputs}
                )
            except Exception as error:  # noqa: BLE001  # raised in the threads that asked, whatever it is
                for request in batch:
                    request.answer.set_exception(error)
                continue
            ends = np.cumsum([0, *(len(request.inputs["images"]) for request in batch)])
            for request, (start, end) in zip(batch, pairwise(ends), strict=True):
                request.answer.set_result({name: values[start:end] for name, values in outputs.items()})


class _Request:
    """Inputs of one thread, and its outputs once available."""

    def __init__(self, inputs: Arrays) -> None:
        self.inputs = inputs
        self.size = tuple((name, values.shape[1:]) for name, values in inputs.items())
        self.answer: Future[Arrays] = Future()
