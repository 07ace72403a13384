"""The tracker's memory: every tracklet it knows, as parallel arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xyxy_centres
from outrack.structures import Detections
from outrack.tracking.embedding_store import EmbeddingStore

__all__ = ["COLUMNS", "LOST", "SAME_INSTANT_S", "TRACKED", "UNCONFIRMED", "Tracklets"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Status of a tracklet. Plain integers: NumPy compares arrays with enumeration members ten times slower.
UNCONFIRMED = 0
"""Seen once; not shown until a second detection confirms it."""
TRACKED = 1
"""Confirmed, and detected in the last frame."""
LOST = 2
"""Confirmed, but not detected in the last frame."""


SAME_INSTANT_S = 1e-6
"""Times that differ by less are equal: frame times are sums of fractions, and this is their rounding error."""


@dataclass(slots=True, eq=False)
class Tracklets:
    """T tracklets; row i of every array belongs to the same tracklet, and so does column i of `numbers` and `labels`.

    All columns live in two matrices, so that choosing and joining tracklets takes two operations instead of a dozen;
    the arrays of single columns are views of them, to be changed in place only. Times are seconds of video.

    Attributes:
        states: Kalman states, float64 (5, T, 4), each of the five with a row per tracklet.
        numbers: float64 (13, T).
        labels: int64 (3, T).
        embeddings: running means of the appearance, L2-normalised.
        seen_xyxy: box of the last detection, (T, 4).
        anchors: centre of the detection since which it has not moved, (T, 2).
        scores: score of the last detection, (T,).
        class_votes: sum of the scores of its class, minus those of other classes, (T,).
        best_scores: highest score of a detection, (T,).
        first_seen_s: time of the first detection, (T,).
        seen_s: time of the last detection, (T,).
        still_since_s: time of the detection of `anchors`, (T,).
        supported_s: time of the last detection or refinding by an occlusion centre, (T,). The age counted from here is
            the paper's w, which does not grow while a track is refound.
        ids: int64 (T,); 0 until the tracklet is confirmed, so that there are no gaps in the ids.
        class_ids: int64 (T,).
        status: UNCONFIRMED, TRACKED or LOST, int64 (T,).
    """

    states: Floats
    numbers: Floats
    labels: Ints
    embeddings: EmbeddingStore
    seen_xyxy: Floats = field(init=False)
    anchors: Floats = field(init=False)
    scores: Floats = field(init=False)
    class_votes: Floats = field(init=False)
    best_scores: Floats = field(init=False)
    first_seen_s: Floats = field(init=False)
    seen_s: Floats = field(init=False)
    still_since_s: Floats = field(init=False)
    supported_s: Floats = field(init=False)
    ids: Ints = field(init=False)
    class_ids: Ints = field(init=False)
    status: Ints = field(init=False)

    def __post_init__(self) -> None:
        numbers = self.numbers
        self.seen_xyxy, self.anchors = numbers[:4].T, numbers[4:6].T
        self.scores, self.class_votes, self.best_scores = numbers[6:9]
        self.first_seen_s, self.seen_s, self.still_since_s, self.supported_s = numbers[9:]
        self.ids, self.class_ids, self.status = self.labels

    def __reduce__(self) -> tuple[type[Tracklets], tuple[Floats, Floats, Ints, EmbeddingStore]]:
        """What a copy or a pickle consists of: copied one by one, the columns would no longer be views."""
        return Tracklets, (self.states, self.numbers, self.labels, self.embeddings)

    @classmethod
    def empty(cls, embedding_dim: int = 0) -> Tracklets:
        """No tracklets."""
        nothing = np.empty(0, np.intp)
        return cls.started(np.empty((5, 0, 4)), Detections.empty(), nothing, now_s=0.0, dim=embedding_dim)

    @classmethod
    def started(
        cls, states: Floats, detections: Detections, cols: NDArray[np.intp], *, now_s: float, dim: int
    ) -> Tracklets:
        """New, unconfirmed tracklets of N detections, with appearance of size `dim`.

        Args:
            states: their Kalman states, (5, N, 4).
            detections: detections of the frame.
            cols: the first detection of each, (N,).
            now_s: time of the frame.
            dim: size of the appearance.
        """
        n, seen = len(cols), detections.embeddings
        xyxy = detections.xyxy.take(cols, axis=0)
        numbers = np.empty((13, n))
        numbers[:4], numbers[4:6] = xyxy.T, xyxy_centres(xyxy).T
        numbers[6:9], numbers[9:] = detections.scores.take(cols), now_s
        labels = np.zeros((3, n), np.int64)  # no id, UNCONFIRMED
        labels[1] = detections.class_ids.take(cols)
        appearance = np.zeros((n, dim), np.float32) if seen is None else seen.take(cols, axis=0)
        return cls(states, numbers, labels, EmbeddingStore.of(appearance))

    @classmethod
    def of_columns(cls, states: Floats, columns: Mapping[str, NDArray[Any]], embeddings: EmbeddingStore) -> Tracklets:
        """From arrays of all `COLUMNS`, which are copied."""
        tracklets = cls(states, np.empty((13, len(embeddings))), np.empty((3, len(embeddings)), np.int64), embeddings)
        for name in COLUMNS:
            getattr(tracklets, name)[...] = columns[name]
        return tracklets

    def with_appearance_of(self, detections: Detections) -> Tracklets:
        """The same tracklets with embeddings of the size of the detections'; unknown if there were none.

        Raises:
            ValueError: known embeddings have another size.
        """
        known, seen = self.embeddings.dim, detections.embeddings
        dim = known if seen is None or not len(detections) else seen.shape[1]
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
        numbers, labels = self.numbers.take(rows, axis=1), self.labels.take(rows, axis=1)
        return Tracklets(self.states.take(rows, axis=1), numbers, labels, self.embeddings.kept(rows))

    def join(self, other: Tracklets) -> Tracklets:
        """These tracklets, then the other ones."""
        return Tracklets(
            np.concatenate([self.states, other.states], axis=1),
            np.concatenate([self.numbers, other.numbers], axis=1),
            np.concatenate([self.labels, other.labels], axis=1),
            self.embeddings.joined(other.embeddings[:]),
        )

    def vote(self, rows: NDArray[np.intp], class_ids: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
        """Update the class of tracklets by those of their detections: the majority by score wins.

        Boyer-Moore majority vote: one running balance, which changes the class when it falls below zero.
        """
        same = self.class_ids[rows] == class_ids
        if np.count_nonzero(same) == len(same):
            self.class_votes[rows] += scores
            return
        votes = self.class_votes[rows] + np.where(same, scores, -scores)
        overruled = votes < 0
        self.class_ids[rows[overruled]] = class_ids[overruled]
        self.class_votes[rows] = np.abs(votes)


COLUMNS = tuple(field.name for field in fields(Tracklets) if not field.init)
"""Names of the columns of `numbers` and `labels`."""
