"""The tracker's memory: every tracklet it knows, as parallel arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections
from outrack.tracking.embedding_store import EmbeddingStore

__all__ = ["LOST", "SAME_INSTANT_S", "TRACKED", "UNCONFIRMED", "Tracklets", "centres"]


# Status of a tracklet. Plain integers: NumPy compares arrays with enumeration members ten times slower.
UNCONFIRMED = 0
"""Seen once; not shown until a second detection confirms it."""
TRACKED = 1
"""Confirmed, and detected in the last frame."""
LOST = 2
"""Confirmed, but not detected in the last frame."""


SAME_INSTANT_S = 1e-6
"""Times that differ by less are equal: frame times are sums of fractions, and this is their rounding error."""


def centres(xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centres (N, 2) of boxes (N, 4)."""
    return np.asarray((xyxy[:, :2] + xyxy[:, 2:]) / 2)


@dataclass(slots=True, eq=False)
class Tracklets:
    """T tracklets; row i of every array, and of each of the five in `states`, belongs to the same tracklet.

    Times are seconds of video.

    Attributes:
        states: Kalman states, float64 (5, T, 4).
        ids: int64 (T,); 0 until the tracklet is confirmed, so that there are no gaps in the ids.
        seen_xyxy: box of the last detection, float64 (T, 4).
        scores: score of the last detection, float64 (T,).
        class_ids: int64 (T,).
        class_votes: sum of the scores of that class, minus those of other classes, float64 (T,).
        status: UNCONFIRMED, TRACKED or LOST, int64 (T,).
        first_seen_s: time of the first detection, float64 (T,).
        seen_s: time of the last detection, float64 (T,).
        best_scores: highest score of a detection, float64 (T,).
        anchors: centre of the detection since which it has not moved, float64 (T, 2).
        still_since_s: time of that detection, float64 (T,).
        supported_s: time of the last detection or refinding by an occlusion centre, float64 (T,). The age counted
            from here is the paper's w, which does not grow while a track is refound.
        embeddings: running means of the appearance, L2-normalised.
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
    best_scores: NDArray[np.float64]
    anchors: NDArray[np.float64]
    still_since_s: NDArray[np.float64]
    supported_s: NDArray[np.float64]
    embeddings: EmbeddingStore

    @classmethod
    def empty(cls, embedding_dim: int = 0) -> Tracklets:
        """No tracklets."""
        nothing = np.empty(0, np.intp)
        none = cls.started(np.empty((5, 0, 4)), Detections.empty(), nothing, now_s=0.0, dim=embedding_dim)
        return none.take(nothing)  # copies, since some arrays of a new tracklet are identical

    @classmethod
    def started(
        cls, states: NDArray[np.float64], detections: Detections, cols: NDArray[np.intp], *, now_s: float, dim: int
    ) -> Tracklets:
        """New, unconfirmed tracklets of N detections, with appearance of size `dim`.

        Args:
            states: their Kalman states, (5, N, 4).
            detections: of the frame.
            cols: the first detection of each, (N,).
            now_s: time of the frame.
            dim: size of the appearance.
        """
        n, seen = len(cols), detections.embeddings
        xyxy, scores = detections.xyxy.take(cols, axis=0), detections.scores[cols]
        now = np.full(n, now_s)
        return cls(
            states=states,
            ids=np.zeros(n, np.int64),
            seen_xyxy=xyxy,
            scores=scores,
            class_ids=detections.class_ids[cols],
            class_votes=scores,
            status=np.full(n, UNCONFIRMED, np.int64),
            first_seen_s=now,
            seen_s=now,
            best_scores=scores,
            anchors=centres(xyxy),
            still_since_s=now,
            supported_s=now,
            embeddings=EmbeddingStore.of(np.zeros((n, dim), np.float32) if seen is None else seen[cols]),
        )

    def with_appearance(self, dim: int) -> Tracklets:
        """The same tracklets with embeddings of size `dim`; unknown if there were none.

        Raises:
            ValueError: known embeddings have another size.
        """
        known = self.embeddings.dim
        if known == dim:
            return self
        if not len(self):
            return Tracklets.empty(dim)
        if known:
            raise ValueError(
                f"expected embeddings of size {known} as in previous frames, got {dim}. "
                "Call reset() before using another network."
            )
        return replace(self, embeddings=EmbeddingStore.of(np.zeros((len(self), dim), np.float32)))

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[Any]) -> Tracklets:
        """The chosen tracklets (mask or indices)."""
        rows = rows.nonzero()[0] if rows.dtype == np.bool_ else rows
        columns = {name: getattr(self, name).take(rows, axis=0) for name in _COLUMNS}
        return Tracklets(states=self.states.take(rows, axis=1), **columns, embeddings=self.embeddings.kept(rows))

    def join(self, other: Tracklets) -> Tracklets:
        """These tracklets, then the other ones."""
        columns = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS}
        states = np.concatenate([self.states, other.states], axis=1)
        return Tracklets(states=states, **columns, embeddings=self.embeddings.joined(other.embeddings[:]))

    def vote(self, rows: NDArray[np.intp], class_ids: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
        """Update the class of tracklets by those of their detections: the majority by score wins.

        Boyer-Moore majority vote: one running balance, which changes the class when it falls below zero.
        """
        same = self.class_ids[rows] == class_ids
        if same.all():
            self.class_votes[rows] += scores
            return
        votes = self.class_votes[rows] + np.where(same, scores, -scores)
        overruled = votes < 0
        self.class_ids[rows[overruled]] = class_ids[overruled]
        self.class_votes[rows] = np.abs(votes)


_COLUMNS = tuple(field.name for field in fields(Tracklets) if field.name not in ("states", "embeddings"))
"""Names of the arrays with a row per tracklet."""
