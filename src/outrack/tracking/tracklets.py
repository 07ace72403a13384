"""The tracker's memory: every tracklet it knows, as parallel arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOST", "TRACKED", "UNCONFIRMED", "Tracklets"]


# Life of a tracklet between frames. Plain numbers: NumPy compares arrays with enumeration members ten times slower.
UNCONFIRMED = 0
"""Seen once; not shown until a second detection confirms it."""
TRACKED = 1
"""Confirmed, and detected in the last frame."""
LOST = 2
"""Confirmed, but not detected in the last frame."""


@dataclass(slots=True, eq=False)
class Tracklets:
    """T tracklets; row i of every array belongs to the same one. Times are seconds of video.

    Attributes:
        states: Kalman states, float64 (T, 5, 4).
        ids: int64 (T,); 0 until the tracklet is confirmed, so that nobody sees gaps in the ids.
        seen_xyxy: box of the last detection, float64 (T, 4).
        scores: score of the last detection, float64 (T,).
        class_ids: int64 (T,).
        class_votes: sum of the scores that speak for that class, less those that speak for others, float64 (T,).
        status: UNCONFIRMED, TRACKED or LOST, int64 (T,).
        first_seen_s: time of the first detection, float64 (T,).
        seen_s: time of the last detection, float64 (T,).
        supported_s: time of the last detection or refinding by an occlusion centre, float64 (T,). The age counted
            from here is the paper's w, which does not grow while a track is refound.
        covered_s: last time the track was detected while another one covered part of it, float64 (T,).
        embeddings: running mean of the appearance, L2-normalised float32, (T, D); D is 0 without a Re-ID head.
    """

    states: NDArray[np.float64]
    ids: NDArray[np.int64]
    seen_xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    class_ids: NDArray[np.int64]
    class_votes: NDArray[np.float64]
    status: NDArray[np.int64]
    first_seen_s: NDArray[np.float64]
    seen_s: NDArray[np.float64]
    supported_s: NDArray[np.float64]
    covered_s: NDArray[np.float64]
    embeddings: NDArray[np.float32]

    @classmethod
    def empty(cls, embedding_dim: int = 0) -> Tracklets:
        """No tracklets."""
        whole, real = np.empty(0, np.int64), np.empty(0)
        embeddings = np.empty((0, embedding_dim), np.float32)
        return cls(
            np.empty((0, 5, 4)), whole, np.empty((0, 4)), real, whole, real, whole, real, real, real, real, embeddings
        )

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[Any]) -> Tracklets:
        """The chosen tracklets (mask or indices)."""
        return Tracklets(*(getattr(self, field.name)[rows] for field in fields(self)))

    def join(self, other: Tracklets) -> Tracklets:
        """These tracklets, then the other ones."""
        return Tracklets(
            *(np.concatenate([getattr(self, field.name), getattr(other, field.name)]) for field in fields(self))
        )

    def vote(self, rows: NDArray[np.intp], class_ids: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
        """Let detections of some classes speak for the class of their tracklets: the majority by score wins.

        The vote is Boyer and Moore's: one running balance, which changes the class when it falls below zero.
        """
        same = self.class_ids[rows] == class_ids
        votes = self.class_votes[rows] + np.where(same, scores, -scores)
        overruled = votes < 0
        self.class_ids[rows[overruled]] = class_ids[overruled]
        self.class_votes[rows] = np.abs(votes)
