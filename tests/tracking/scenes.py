"""Scripted worlds for which the right answer is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from outrack.structures import Detections

MEAN_STAY = 219
"""Frames for which a person is seen."""


def crowd(
    seed: int, *, num_people: int, num_frames: int, embedding_dim: int = 0, miss: float = 0.1, churn: bool = True
) -> Iterator[Detections]:
    """People who walk at random, are missed now and then, come and go; a tenth of the detections are weak.

    Boxes cover about a quarter of the picture, between MOT17 and MOT20, and people stay for as long as in five training
    sequences of MOT17 (97,536 boxes of 445 people).
    """
    rng = np.random.default_rng(seed)
    side = 100 * np.sqrt(num_people)
    position = rng.uniform(0, side, (num_people, 2))
    velocity = rng.normal(0, 2, (num_people, 2))
    size = np.stack([rng.uniform(20, 40, num_people), rng.uniform(60, 120, num_people)], axis=1)
    identity = rng.normal(size=(num_people, embedding_dim))
    for _ in range(num_frames):
        position = position + velocity
        velocity = velocity + rng.normal(0, 0.2, velocity.shape)
        gone = ((position < -50) | (position > side + 50)).any(axis=1)
        if churn:
            gone |= rng.random(num_people) < 1 / MEAN_STAY
        position[gone] = rng.uniform(0, side, (int(gone.sum()), 2))
        identity[gone] = rng.normal(size=(int(gone.sum()), embedding_dim))
        seen = rng.permutation(np.flatnonzero(rng.random(num_people) > miss))
        boxes = np.hstack([position - size / 2, position + size / 2])[seen]
        boxes = boxes + rng.normal(0, 1.0, boxes.shape)
        embeddings = None
        if embedding_dim:
            raw = identity[seen] + rng.normal(0, 0.3, (len(seen), embedding_dim))
            embeddings = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
        weak = rng.random(len(seen)) < 0.1
        scores = np.where(weak, rng.uniform(0.15, 0.4, len(seen)), rng.uniform(0.5, 1.0, len(seen)))
        yield Detections(boxes, scores, embeddings=embeddings)


def box(x: float, y: float, w: float = 40, h: float = 120) -> list[float]:
    """A box `w` wide and `h` high whose feet stand at (x, y)."""
    return [x - w / 2, y - h, x + w / 2, y]


def seen(*boxes: list[float], occlusions: list[list[float]] | None = None) -> Detections:
    """Sure detections at these boxes."""
    return Detections(
        np.array(boxes, float).reshape(-1, 4),
        np.full(len(boxes), 0.9),
        occlusions=None if occlusions is None else np.array(occlusions, float).reshape(-1, 3),
    )
