"""`Detections`: the output of a detector for one frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outrack.structures.arrays import frozen, picked, unit_rows

if TYPE_CHECKING:
    import supervision

__all__ = ["MAX_COORDINATE", "MAX_SCORE", "Detections"]

MAX_SCORE = 10.0
"""Scores are shares, and those of some detectors (DPM) exceed 1; anything above this is probably percent."""
MAX_COORDINATE = 1e9
"""In pixels; no picture is larger, and squares of larger numbers may overflow."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Detections:
    """The output of a detector for one frame.

    Args:
        xyxy: boxes in image pixels, (N, 4); here and below, anything that NumPy converts to an array, such as lists.
        scores: confidence of each box, (N,).
        class_ids: class of each box, (N,); by default all 0 (person).
        embeddings: appearance of each box, (N, D); None if the detector has no Re-ID head.
        occlusions: predicted occlusion centres `x, y, score`, (K, 3), paper Sec. 3.2.1. None if the detector does not
            predict occlusions, unlike an empty (0, 3): "no occlusions here".
        displacements: offset from each box centre to the centre of the same object in the previous frame, (N, 2)
            (CenterTrack); None for other detectors.

    Boxes, scores, occlusions and displacements are stored as float64, class_ids as int64, embeddings as float32 of
    length 1: only their direction identifies an object.

    Raises:
        ValueError: a shape does not fit, a value is not finite, or a corner is far outside any picture.
    """

    xyxy: Floats
    scores: Floats
    class_ids: Ints
    embeddings: NDArray[np.float32] | None
    occlusions: Floats | None
    displacements: Floats | None

    def __init__(
        self,
        xyxy: ArrayLike,
        scores: ArrayLike,
        class_ids: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        occlusions: ArrayLike | None = None,
        displacements: ArrayLike | None = None,
    ) -> None:
        boxes = frozen(xyxy, np.float64, (-1, 4), "xyxy")
        n = len(boxes)
        put = object.__setattr__
        put(self, "xyxy", boxes)
        put(self, "scores", frozen(scores, np.float64, (n,), "scores"))
        classes = np.zeros(n, np.int64) if class_ids is None else class_ids
        put(self, "class_ids", frozen(classes, np.int64, (n,), "class_ids"))
        rows = None if embeddings is None else unit_rows(frozen(embeddings, np.float32, (n, -1), "embeddings"))
        put(self, "embeddings", None if rows is None else frozen(rows, np.float32, (n, -1), "embeddings"))
        points = None if occlusions is None else frozen(occlusions, np.float64, (-1, 3), "occlusions")
        put(self, "occlusions", points)
        moves = None if displacements is None else frozen(displacements, np.float64, (n, 2), "displacements")
        put(self, "displacements", moves)
        self._check_finite()

    def _check_finite(self) -> None:
        xyxy, scores = self.xyxy, self.scores
        if not (np.isfinite(xyxy).all() and np.isfinite(scores).all()):
            bad = int(np.flatnonzero(~(np.isfinite(xyxy).all(1) & np.isfinite(scores)))[0])
            raise ValueError(f"detection {bad} is not finite: box {xyxy[bad].tolist()}, score {scores[bad]}")
        if len(xyxy) and np.abs(xyxy).max() > MAX_COORDINATE:
            bad = int(np.abs(xyxy).max(axis=1).argmax())
            raise ValueError(
                f"detection {bad} is far outside any picture: box {xyxy[bad].tolist()}; expected corners in pixels"
            )
        for name in ("embeddings", "occlusions", "displacements"):
            values = getattr(self, name)
            if values is not None and not np.isfinite(values).all():
                bad = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
                raise ValueError(f"{name}: row {bad} is not finite")
            if name != "embeddings" and values is not None and len(values) and np.abs(values).max() > MAX_COORDINATE:
                bad = int(np.abs(values).max(axis=1).argmax())
                raise ValueError(f"{name}: row {bad} is far outside any picture: {values[bad].tolist()}")

    @classmethod
    def empty(cls) -> Detections:
        """No detections; occlusions are unknown (None)."""
        return cls(xyxy=np.empty((0, 4)), scores=np.empty(0))

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: NDArray[Any] | Sequence[int] | slice | int) -> Detections:
        """The chosen rows (mask, indices, slice, or one index), as new detections.

        Occlusions belong to the frame and are kept.
        """
        pick = picked(rows)
        return Detections(
            xyxy=self.xyxy[pick],
            scores=self.scores[pick],
            class_ids=self.class_ids[pick],
            embeddings=None if self.embeddings is None else self.embeddings[pick],
            occlusions=self.occlusions,
            displacements=None if self.displacements is None else self.displacements[pick],
        )

    @classmethod
    def from_supervision(cls, detections: supervision.Detections) -> Detections:
        """From `supervision.Detections`: boxes, confidence (default 1) and class ids (default 0)."""
        n = len(detections.xyxy)
        confidence, class_id = detections.confidence, detections.class_id
        return cls(
            xyxy=detections.xyxy,
            scores=np.ones(n) if confidence is None else confidence,
            class_ids=np.zeros(n, np.int64) if class_id is None else class_id,
        )
