"""State that a worker keeps between jobs."""

from __future__ import annotations

from typing import Any

import pytest

import outrack.jobs.worker
from outrack.jobs.worker import Worker


class Network:
    resets = 0

    def reset(self) -> None:
        self.resets += 1


class Job:
    """Asks for a network, as a `TrackJob` does."""

    output = ()

    def __init__(self, **asked: Any) -> None:
        self._asked = asked

    def run(self, progress_for: object, *, load: Any) -> Any:
        return load(**self._asked)


def test_a_network_is_loaded_once_for_jobs_that_ask_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load(**asked: Any) -> Network:
        loaded.append(asked)
        return Network()

    monkeypatch.setattr(outrack.jobs.worker, "load_detector", load)
    worker = Worker()
    first, second = worker.run(Job(device="cpu"), None), worker.run(Job(device="cpu"), None)  # type: ignore[arg-type]
    assert first is second
    assert (len(loaded), first.resets) == (1, 2)  # type: ignore[attr-defined]  # the stream before is forgotten
    third = worker.run(Job(device="cpu", image_size=640), None)  # type: ignore[arg-type]
    assert third is not first
    assert len(loaded) == 2
