"""One network for several threads."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.detectors.one_batch import OneBatch


class SlowNetwork:
    """Returns the mean of each picture, and waits in its first run until it is released."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.begun, self.released = threading.Event(), threading.Event()

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        images = inputs["images"]
        self.shapes.append(images.shape)
        self.begun.set()
        self.released.wait(10)
        if images.max() == 255:
            raise ValueError("too bright")
        return {"means": images.mean(axis=(1, 2, 3))}


def run_together(network: SlowNetwork, batch: OneBatch, pictures: list[NDArray[Any]]) -> list[Any]:
    """Answers or errors: the first picture alone, the others while the network is busy with it."""

    def ask(picture: NDArray[Any]) -> object:
        try:
            return batch({"images": picture})["means"].tolist()
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(len(pictures)) as pool:
        answers = [pool.submit(ask, pictures[0])]
        assert network.begun.wait(10)
        answers += [pool.submit(ask, picture) for picture in pictures[1:]]
        while batch._waiting.qsize() < len(pictures) - 1:
            pass
        network.released.set()
        return [answer.result(10) for answer in answers]


def pictures(*values: int, size: tuple[int, int] = (4, 6)) -> list[NDArray[Any]]:
    return [np.full((1, 3, *size), value, np.uint8) for value in values]


def test_what_waits_for_the_network_is_one_batch_and_everyone_gets_the_own_answer() -> None:
    network = SlowNetwork()
    found = run_together(network, OneBatch(network), pictures(1, 2, 3, 4))
    assert found == [[1.0], [2.0], [3.0], [4.0]]
    assert network.shapes == [(1, 3, 4, 6), (3, 3, 4, 6)]


def test_several_sizes_are_several_runs() -> None:
    network = SlowNetwork()
    found = run_together(network, OneBatch(network), pictures(1, 2) + pictures(3, 4, size=(8, 8)))
    assert found == [[1.0], [2.0], [3.0], [4.0]]
    assert sorted(network.shapes) == [(1, 3, 4, 6), (1, 3, 4, 6), (2, 3, 8, 8)]


def test_an_error_is_raised_where_it_was_caused_and_the_network_continues() -> None:
    network = SlowNetwork()
    batch = OneBatch(network)
    assert run_together(network, batch, pictures(1) + pictures(255, size=(8, 8)) + pictures(3)) == [
        [1.0],
        "too bright",
        [3.0],
    ]
    assert batch({"images": np.concatenate(pictures(5, 7))})["means"].tolist() == [5.0, 7.0]
    with pytest.raises(ValueError, match="too bright"):
        batch({"images": pictures(255)[0]})
