"""Time of the tracking step in crowds of any size, compared with its lower bound, the assignment alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import iou
from outrack.io.timing import Timing
from outrack.linear_assignment import linear_sum_assignment
from outrack.structures import Detections
from outrack.tracking import Tracker

__all__ = ["assignment_times", "crowd", "step_times"]

EMBEDDING_DIM = 640
"""Length of the bundled network's embeddings."""
WARM_UP = 5
"""Warm-up frames, which are not counted: all tracks start in the first ones."""
_LIMIT = 0.9
"""Maximum cost (1 - IoU) of a pair in the lower bound."""


def crowd(num_people: int, num_frames: int, *, embedding_dim: int = EMBEDDING_DIM) -> Iterator[Detections]:
    """Detections of people who walk at random and overlap, with embeddings; one in ten is missed. The seed is fixed."""
    rng = np.random.default_rng(1)
    side = 100 * np.sqrt(num_people)  # people cover about a quarter of the picture
    position = rng.uniform(0, side, (num_people, 2))
    velocity = rng.normal(0, 2, (num_people, 2))
    half = np.stack([rng.uniform(10, 20, num_people), rng.uniform(30, 60, num_people)], axis=1)
    identity = rng.normal(size=(num_people, embedding_dim))
    for _ in range(num_frames):
        position = position + velocity
        seen = rng.permutation(np.flatnonzero(rng.random(num_people) > 0.1))
        boxes = np.hstack([position - half, position + half])[seen] + rng.normal(0, 1, (len(seen), 4))
        raw = identity[seen] + rng.normal(0, 0.3, (len(seen), embedding_dim))
        embeddings = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
        yield Detections(boxes, rng.uniform(0.5, 1.0, len(seen)), embeddings=embeddings)


def step_times(scene: Sequence[Detections], *, rounds: int = 2) -> Timing:
    """Milliseconds of `Tracker.update` with the default settings."""

    def replay() -> Iterator[Callable[[], object]]:
        step = Tracker().update
        for detections in scene:
            yield lambda detections=detections: step(detections)  # type: ignore[misc]

    return _times(replay, rounds)


def assignment_times(scene: Sequence[Detections], *, rounds: int = 2) -> Timing:
    """Milliseconds of SciPy's assignment between the boxes of consecutive frames, the lower bound of a tracking
    step."""
    costs = [np.minimum(1 - iou(old.xyxy, new.xyxy) - _LIMIT, 0) for old, new in pairwise(scene)]

    def replay() -> Iterator[Callable[[], object]]:
        for cost in costs:
            yield lambda cost=cost: linear_sum_assignment(cost)  # type: ignore[misc]

    return _times(replay, rounds)


def _times(replay: Callable[[], Iterator[Callable[[], object]]], rounds: int) -> Timing:
    """The fastest round of each frame; then the minimum and the median over frames."""
    best: NDArray[np.float64] | None = None
    for _ in range(rounds):
        spent = []
        for call in replay():
            begun = time.perf_counter()
            call()
            spent.append(time.perf_counter() - begun)
        now = np.array(spent[WARM_UP:])
        best = now if best is None else np.minimum(best, now)
    assert best is not None
    return Timing(1e3 * float(best.min()), 1e3 * float(np.median(best)))
