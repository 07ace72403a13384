"""Random walks of a few people of equal size, without appearance: crossings, overtakings, stops and half-hidden walks.

A detector misses people who are covered by a person nearer to the camera, and sees the upper part alone of those who
walk behind a counter. Everything else is known: who is who, and whether position alone can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections, Tracks

Kind = Literal["crossing", "overtaking", "stop", "half-hidden"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FRAME_RATE = 25.0
NUM_FRAMES = 125
MEMORY_S = 2.0
"""For how long a tracker that takes part remembers a lost track."""
WIDTH = 0.4
"""Of a person, in heights."""
JITTER = 0.008
"""Standard deviation of each side of a detected box, in heights."""
RECENT = 5
"""Frames from which the velocity of a lost person is known."""
ACQUAINTED = 10
"""Frames in which everyone must have been detected before anything may happen."""
MARGIN = 0.2
"""By so many widths a person must be nearer to the own prediction than to any other for position alone to tell."""


class Tracking(Protocol):
    """What takes part."""

    def update(self, detections: Detections, *, timestamp: float | None = None) -> Tracks: ...


@dataclass(frozen=True)
class Walk:
    """One scene of P people and F frames.

    Attributes:
        kind: what happens.
        boxes: full bodies, (F, P, 4).
        seen: boxes as detected, (F, P, 4).
        detected: which of them the detector finds, (F, P).
        scores: of each detection, (F, P).
    """

    kind: Kind
    boxes: NDArray[np.float64]
    seen: NDArray[np.float64]
    detected: NDArray[np.bool_]
    scores: NDArray[np.float64]

    def frames(self) -> Iterator[tuple[NDArray[np.intp], Detections]]:
        """Who is detected in each frame, and the detections."""
        for seen, detected, scores in zip(self.seen, self.detected, self.scores, strict=True):
            people = np.flatnonzero(detected)
            yield people, Detections(seen[people], scores[people])


@dataclass(frozen=True)
class Outcome:
    """What a tracker made of a scene.

    Attributes:
        switches: how often a person's id is another one than before.
        hidden: detections of a confirmed track's person that no track shows.
    """

    switches: int
    hidden: int


def walk(seed: int, kind: Kind) -> Walk:
    """A random scene of a kind."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    count = int(rng.integers(2, 7))
    height = rng.uniform(80, 240)
    feet = 500 + height * np.cumsum(rng.uniform(0.02, 0.12, count)) * rng.choice([-1, 1])
    speeds = height / FRAME_RATE * _velocities(rng, kind, count)  # (F, P)
    meets = 600 + height * rng.uniform(-0.6, 0.6, count)  # where all are near the middle of the scene
    middle = int(NUM_FRAMES * rng.uniform(0.4, 0.6))
    x = np.cumsum(speeds, axis=0)
    x += meets - x[middle]
    y = np.broadcast_to(feet, x.shape)
    half = WIDTH * height / 2
    boxes = np.stack([x - half, y - height, x + half, y], axis=2)

    seen = boxes.copy()
    if kind == "half-hidden":
        left, share = 600 - rng.uniform(0.2, 1) * height, rng.uniform(0.35, 0.6)
        right = left + rng.uniform(0.3, 1.5) * height
        behind = np.arange(count) < rng.integers(1, count + 1)
        cut = (x > left) & (x < right) & behind
        seen[cut, 3] = seen[cut, 1] + share * height
    detected = _detected(seen, feet, most_covered=rng.uniform(0.5, 0.75))
    seen += rng.normal(0, JITTER * height, seen.shape)
    return Walk(kind, boxes, seen, detected, rng.uniform(0.65, 0.95, x.shape))


def _velocities(rng: np.random.Generator, kind: Kind, count: int) -> NDArray[np.float64]:
    """Heights a second along x, (F, P)."""
    pace = rng.uniform(0.3, 1.5, count)
    way = np.where(np.arange(count) % 2, -1.0, 1.0) if kind in ("crossing", "stop") else np.ones(count)
    if kind == "half-hidden":
        way = rng.choice([-1.0, 1.0], count)
    if kind == "overtaking":
        pace = 0.3 + 1.2 * rng.permutation(np.linspace(0, 1, count))
    velocity = np.tile(pace * way, (NUM_FRAMES, 1))
    if kind == "stop":
        for person in np.flatnonzero(rng.random(count) < 0.6):
            start = int(rng.integers(20, NUM_FRAMES - 40))
            stop = start + int(rng.integers(15, 60))
            velocity[start:stop, person] = 0
            velocity[stop:, person] *= rng.choice([-1, 1])
    return velocity


def _detected(seen: NDArray[np.float64], feet: NDArray[np.float64], *, most_covered: float) -> NDArray[np.bool_]:
    """Who is not covered by a nearer person by more than a share, (F, P)."""
    detected = np.ones(seen.shape[:2], np.bool_)
    area = (seen[..., 2] - seen[..., 0]) * (seen[..., 3] - seen[..., 1])
    for near in np.argsort(-feet):
        low = np.maximum(seen[..., :2], seen[:, near, None, :2])
        high = np.minimum(seen[..., 2:], seen[:, near, None, 2:])
        shared = np.maximum(high - low, 0).prod(axis=2)
        detected &= (shared <= most_covered * area) | (feet >= feet[near])
    return detected


def position_can_tell(scene: Walk) -> bool:
    """Whether everyone who is detected is clearly nearest to where the own last motion leads, and no track is lost.

    The last motion is the mean of the last `RECENT` frames before the last detection; heads are compared, which a
    counter does not hide.
    """
    heads = np.stack([(scene.boxes[..., 0] + scene.boxes[..., 2]) / 2, scene.boxes[..., 1]], axis=2)  # (F, P, 2)
    velocity = np.zeros_like(heads)
    velocity[RECENT:] = (heads[RECENT:] - heads[:-RECENT]) / RECENT
    width = scene.boxes[0, 0, 2] - scene.boxes[0, 0, 0]
    people = np.arange(heads.shape[1])
    if not scene.detected[:ACQUAINTED].all():
        return False
    last = np.full(len(people), ACQUAINTED - 1)
    for frame in range(ACQUAINTED, len(heads)):
        age = frame - last
        expected = heads[last, people] + velocity[last, people] * age[:, None]
        apart = np.linalg.norm(heads[frame][:, None] - expected, axis=2)  # (P, P): person, prediction of
        own = np.diag(apart)
        others = apart + np.where(np.eye(len(people), dtype=np.bool_), np.inf, 0)
        now = scene.detected[frame]
        if (age[now] > MEMORY_S * FRAME_RATE).any() or (own + MARGIN * width >= others.min(axis=1))[now].any():
            return False
        last = np.where(now, frame, last)
    return True


def outcome(scene: Walk, tracker: Tracking) -> Outcome:
    """Play the scene to a tracker."""
    known: dict[int, int] = {}
    switches = hidden = 0
    for frame, (people, detections) in enumerate(scene.frames()):
        tracks = tracker.update(detections, timestamp=frame / FRAME_RATE)
        id_of = dict(zip(tracks.detection_index.tolist(), tracks.ids.tolist(), strict=True))
        for row, person in enumerate(people.tolist()):
            if row in id_of:
                switches += known.get(person, id_of[row]) != id_of[row]
                known[person] = id_of[row]
            else:
                hidden += person in known
    return Outcome(switches, hidden)
