"""FairMOT's tracker as its authors wrote it, one object and one matrix at a time: the slow reference.

Written from the description of the method, not from the fast tracker: an 8x8 Kalman filter with Cholesky solves for
every track, dense cost matrices, list bookkeeping. Speed does not matter here, plainness does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

CHI2_95_4DOF = 9.4877
TRACKED, LOST, REMOVED = "tracked", "lost", "removed"


class MatrixKalman:
    """State (x, y, aspect, height) and velocities; every operation on one track."""

    def __init__(self) -> None:
        self.motion = np.eye(8)
        self.motion[:4, 4:] = np.eye(4)
        self.observe = np.eye(4, 8)
        self.position, self.velocity = 1 / 20, 1 / 160

    def initiate(self, z: NDArray) -> tuple[NDArray, NDArray]:
        p, v, h = self.position, self.velocity, z[3]
        std = [2 * p * h, 2 * p * h, 1e-2, 2 * p * h, 10 * v * h, 10 * v * h, 1e-5, 10 * v * h]
        return np.r_[z, np.zeros(4)], np.diag(np.square(std))

    def predict(self, mean: NDArray, covariance: NDArray) -> tuple[NDArray, NDArray]:
        p, v, h = self.position, self.velocity, mean[3]
        noise = np.diag(np.square([p * h, p * h, 1e-2, p * h, v * h, v * h, 1e-5, v * h]))
        return self.motion @ mean, self.motion @ covariance @ self.motion.T + noise

    def project(self, mean: NDArray, covariance: NDArray) -> tuple[NDArray, NDArray]:
        p, h = self.position, mean[3]
        noise = np.diag(np.square([p * h, p * h, 1e-1, p * h]))
        return self.observe @ mean, self.observe @ covariance @ self.observe.T + noise

    def update(self, mean: NDArray, covariance: NDArray, z: NDArray) -> tuple[NDArray, NDArray]:
        projected, s = self.project(mean, covariance)
        factor = scipy.linalg.cho_factor(s, lower=True)
        gain = scipy.linalg.cho_solve(factor, (covariance @ self.observe.T).T).T
        return mean + gain @ (z - projected), covariance - gain @ s @ gain.T

    def distance(self, mean: NDArray, covariance: NDArray, z: NDArray) -> NDArray:
        projected, s = self.project(mean, covariance)
        solved = scipy.linalg.solve_triangular(np.linalg.cholesky(s), (z - projected).T, lower=True)
        return np.sum(solved**2, axis=0)


@dataclass(eq=False)
class Track:
    mean: NDArray
    covariance: NDArray
    feature: NDArray | None
    score: float
    start_frame: int
    last_frame: int
    track_id: int
    activated: bool
    state: str = TRACKED

    @property
    def box(self) -> NDArray:
        x, y, aspect, h = self.mean[:4]
        return np.array([x - aspect * h / 2, y - h / 2, x + aspect * h / 2, y + h / 2])


def to_measurement(box: NDArray) -> NDArray:
    w, h = box[2] - box[0], box[3] - box[1]
    return np.array([box[0] + w / 2, box[1] + h / 2, w / h, h])


def iou_distance(a: list[NDArray], b: list[NDArray]) -> NDArray:
    p, q = np.array(a).reshape(-1, 1, 4), np.array(b).reshape(1, -1, 4)
    sides = np.minimum(p[..., 2:], q[..., 2:]) - np.maximum(p[..., :2], q[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=2)
    union = np.prod(p[..., 2:] - p[..., :2], axis=2) + np.prod(q[..., 2:] - q[..., :2], axis=2) - shared
    return 1 - shared / union


def limited_assignment(cost: NDArray, limit: float) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """What `lap.lapjv(cost, extend_cost=True, cost_limit=limit)` gives: matches, rows left, columns left."""
    gain = np.minimum(cost - limit, 0)
    matches = [(int(i), int(j)) for i, j in zip(*linear_sum_assignment(gain), strict=True) if gain[i, j] < 0]
    matched_rows, matched_cols = {i for i, _ in matches}, {j for _, j in matches}
    return (
        matches,
        [i for i in range(cost.shape[0]) if i not in matched_rows],
        [j for j in range(cost.shape[1]) if j not in matched_cols],
    )


@dataclass
class FairMotLoop:
    """`update` takes boxes (N, 4), scores (N,) and features (N, D) or None; it gives {id: box} of the shown tracks."""

    max_lost_frames: int = 30
    confidence: float = 0.4
    appearance_limit: float = 0.4
    kalman: MatrixKalman = field(default_factory=MatrixKalman)
    tracked: list[Track] = field(default_factory=list)
    lost: list[Track] = field(default_factory=list)
    frame: int = 0
    num_ids: int = 0

    def update(self, boxes: NDArray, scores: NDArray, features: NDArray | None) -> dict[int, NDArray]:
        self.frame += 1
        keep = [i for i in range(len(scores)) if scores[i] >= self.confidence]
        boxes, scores = boxes[keep], scores[keep]
        features = None if features is None else features[keep].astype(float)

        unconfirmed = [t for t in self.tracked if not t.activated]
        confirmed = [t for t in self.tracked if t.activated]
        pool = confirmed + self.lost
        for track in pool:
            if track.state != TRACKED:
                track.mean = track.mean.copy()
                track.mean[7] = 0
            track.mean, track.covariance = self.kalman.predict(track.mean, track.covariance)

        rest = list(range(len(boxes)))
        if features is not None:
            matches, alone, rest = limited_assignment(
                self.appearance_cost(pool, boxes, features), self.appearance_limit
            )
            for i, j in matches:
                self.take_detection(pool[i], boxes[j], scores[j], features[j])
            pool = [pool[i] for i in alone]

        pool = [t for t in pool if t.state == TRACKED]
        matches, alone, left = limited_assignment(iou_distance([t.box for t in pool], [boxes[j] for j in rest]), 0.5)
        for i, j in matches:
            self.take_detection(
                pool[i], boxes[rest[j]], scores[rest[j]], None if features is None else features[rest[j]]
            )
        for i in alone:
            pool[i].state = LOST
        rest = [rest[j] for j in left]

        matches, alone, left = limited_assignment(
            iou_distance([t.box for t in unconfirmed], [boxes[j] for j in rest]), 0.7
        )
        for i, j in matches:
            track = unconfirmed[i]
            self.take_detection(track, boxes[rest[j]], scores[rest[j]], None if features is None else features[rest[j]])
            self.activate(track)
        for i in alone:
            unconfirmed[i].state = REMOVED
        rest = [rest[j] for j in left]

        started = []
        for j in rest:
            mean, covariance = self.kalman.initiate(to_measurement(boxes[j]))
            feature = None if features is None else features[j] / np.linalg.norm(features[j])
            track = Track(mean, covariance, feature, scores[j], self.frame, self.frame, 0, False)
            if self.frame == 1:
                self.activate(track)
            started.append(track)

        everyone = confirmed + self.lost + unconfirmed + started
        for track in everyone:
            if track.state == LOST and self.frame - track.last_frame > self.max_lost_frames:
                track.state = REMOVED
        self.tracked = [t for t in everyone if t.state == TRACKED]
        self.lost = [t for t in everyone if t.state == LOST]
        self.remove_duplicates()
        return {t.track_id: t.box for t in self.tracked if t.activated}

    def appearance_cost(self, pool: list[Track], boxes: NDArray, features: NDArray) -> NDArray:
        cost = np.full((len(pool), len(boxes)), 1e6)
        if not pool or not len(boxes):
            return cost
        cosine = np.maximum(0, cdist(np.array([t.feature for t in pool]), features, "cosine"))
        measurements = np.array([to_measurement(box) for box in boxes])
        for i, track in enumerate(pool):
            distance = self.kalman.distance(track.mean, track.covariance, measurements)
            cost[i] = 0.98 * cosine[i] + 0.02 * distance
            cost[i, distance > CHI2_95_4DOF] = 1e6
        return cost

    def take_detection(self, track: Track, box: NDArray, score: float, feature: NDArray | None) -> None:
        track.mean, track.covariance = self.kalman.update(track.mean, track.covariance, to_measurement(box))
        track.state, track.last_frame, track.score = TRACKED, self.frame, score
        if feature is not None:
            mixed = 0.9 * track.feature + 0.1 * feature / np.linalg.norm(feature)
            track.feature = mixed / np.linalg.norm(mixed)

    def activate(self, track: Track) -> None:
        self.num_ids += 1
        track.track_id, track.activated = self.num_ids, True

    def remove_duplicates(self) -> None:
        distance = iou_distance([t.box for t in self.tracked], [t.box for t in self.lost])
        drop: set[int] = set()
        for p, q in zip(*np.nonzero(distance < 0.15), strict=True):
            a, b = self.tracked[p], self.lost[q]
            life_a, life_b = a.last_frame - a.start_frame, b.last_frame - b.start_frame
            drop.add(id(b) if life_a > life_b else id(a))
        self.tracked = [t for t in self.tracked if id(t) not in drop]
        self.lost = [t for t in self.lost if id(t) not in drop]
