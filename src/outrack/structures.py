"""The types that cross the borders between rooms: `Frame`, `Detections`, `Tracks`.

All of them are immutable: the arrays inside are read-only views or copies, and a function that wants other values
makes a new object. Boxes are `xyxy` in image pixels, with x2 and y2 exclusive, so width = x2 - x1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import supervision

__all__ = ["Detections", "Frame", "TrackState", "Tracks", "unit_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class TrackState(IntEnum):
    """Why a track has a box in this frame."""

    DETECTED = 0
    """A detection of this frame was assigned to the track."""
    REFOUND = 1
    """The detector missed the object; its box was put back from an occlusion (paper Sec. 3.2.2)."""
    PREDICTED = 2
    """Nothing of this frame supports the box: it is the motion model's prediction."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        image: RGB, uint8, shape (H, W, 3); None where a source knows that there was a frame but has no picture of it
            (a MOTChallenge sequence of which only the detections are at hand).
        index: position in the source, counted from 0 before any stride; MOTChallenge files write `index + 1`.
        timestamp_s: seconds since the source's first frame.
        source: name of the source; empty for a picture of none.
        pixel_aspect: width of a pixel over its height, as the picture should be shown; 64/45 for widescreen PAL.
    """

    image: NDArray[np.uint8] | None
    index: int
    timestamp_s: float
    source: str = ""
    pixel_aspect: Fraction = Fraction(1)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The image.

        Raises:
            ValueError: this frame has no picture.
        """
        if self.image is None:
            raise ValueError(
                f"frame {self.index + 1} has no picture, and one is needed here. "
                "Without pictures only precomputed detections and text outputs work."
            )
        return self.image


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Detections:
    """What a detector says about one frame.

    Args:
        xyxy: boxes in image pixels, (N, 4); here and below, whatever NumPy takes for an array, lists included.
        scores: confidence of each box, (N,).
        class_ids: class of each box, (N,); all 0 (person) when left out.
        embeddings: appearance of each box, (N, D); None when the detector has no Re-ID head.
        occlusions: predicted occlusion centres `x, y, score`, (K, 3), paper Sec. 3.2.1. None when the detector does
            not predict occlusions, which is not the same as an empty (0, 3): "nobody is occluded here".
        displacements: offset from each box centre to the centre of the same object in the previous frame, (N, 2)
            (CenterTrack); None for other detectors.

    Boxes, scores, occlusions and displacements are stored as float64, class_ids as int64, embeddings as float32 of
    length 1: only their direction says who somebody is.

    Raises:
        ValueError: a shape does not fit, or a value is not finite.
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
        boxes = _frozen(xyxy, np.float64, (-1, 4), "xyxy")
        n = len(boxes)
        put = object.__setattr__
        put(self, "xyxy", boxes)
        put(self, "scores", _frozen(scores, np.float64, (n,), "scores"))
        classes = np.zeros(n, np.int64) if class_ids is None else class_ids
        put(self, "class_ids", _frozen(classes, np.int64, (n,), "class_ids"))
        rows = None if embeddings is None else unit_rows(_frozen(embeddings, np.float32, (n, -1), "embeddings"))
        put(self, "embeddings", None if rows is None else _frozen(rows, np.float32, (n, -1), "embeddings"))
        points = None if occlusions is None else _frozen(occlusions, np.float64, (-1, 3), "occlusions")
        put(self, "occlusions", points)
        moves = None if displacements is None else _frozen(displacements, np.float64, (n, 2), "displacements")
        put(self, "displacements", moves)
        self._check_finite()

    def _check_finite(self) -> None:
        xyxy, scores = self.xyxy, self.scores
        if not (np.isfinite(xyxy).all() and np.isfinite(scores).all()):
            bad = int(np.flatnonzero(~(np.isfinite(xyxy).all(1) & np.isfinite(scores)))[0])
            raise ValueError(f"detection {bad} is not finite: box {xyxy[bad].tolist()}, score {scores[bad]}")
        for name in ("embeddings", "occlusions", "displacements"):
            values = getattr(self, name)
            if values is not None and not np.isfinite(values).all():
                bad = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
                raise ValueError(f"{name}: row {bad} is not finite")

    @classmethod
    def empty(cls) -> Detections:
        """No detections; occlusions are unknown (None)."""
        return cls(xyxy=np.empty((0, 4)), scores=np.empty(0))

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: NDArray[Any] | Sequence[int] | slice | int) -> Detections:
        """The chosen rows (mask, indices, slice, or one index), as new detections.

        Occlusions belong to the frame and stay.
        """
        pick = _picked(rows)
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
        """From `supervision.Detections`: boxes, confidence (1 when absent) and class ids (0 when absent)."""
        n = len(detections.xyxy)
        confidence, class_id = detections.confidence, detections.class_id
        return cls(
            xyxy=detections.xyxy,
            scores=np.ones(n) if confidence is None else confidence,
            class_ids=np.zeros(n, np.int64) if class_id is None else class_id,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Who is where in one frame; row order is by id.

    Args:
        xyxy: boxes in image pixels, float64 (T, 4).
        ids: identity of each box, int64 (T,), 1 or more, unique within the frame.
        scores: score of the last detection behind the track, float64 (T,).
        class_ids: int64 (T,).
        states: `TrackState` of each box, int64 (T,).
        detection_index: row of the detection behind the box in the `Detections` given to `update`, or -1, int64 (T,).
    """

    xyxy: Floats
    ids: Ints
    scores: Floats
    class_ids: Ints
    states: Ints
    detection_index: Ints

    def __post_init__(self) -> None:
        n = len(self.ids)
        put = object.__setattr__
        put(self, "xyxy", _frozen(self.xyxy, np.float64, (n, 4), "xyxy"))
        put(self, "scores", _frozen(self.scores, np.float64, (n,), "scores"))
        for name in ("ids", "class_ids", "states", "detection_index"):
            put(self, name, _frozen(getattr(self, name), np.int64, (n,), name))

    @classmethod
    def empty(cls) -> Tracks:
        """Nobody."""
        none = np.empty(0, np.int64)
        return cls(np.empty((0, 4)), none, np.empty(0), none, none, none)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: NDArray[Any] | Sequence[int] | slice | int) -> Tracks:
        """The chosen rows (mask, indices, slice, or one index), as new tracks."""
        pick = _picked(rows)
        return Tracks(
            self.xyxy[pick],
            self.ids[pick],
            self.scores[pick],
            self.class_ids[pick],
            self.states[pick],
            self.detection_index[pick],
        )

    def to_supervision(self) -> supervision.Detections:
        """As `supervision.Detections`, with `tracker_id` set and `state`, `detection_index` in `data`.

        Raises:
            ImportError: supervision is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise ImportError('to_supervision() needs supervision: pip install "outrack[viz]"') from error
        return supervision.Detections(
            xyxy=self.xyxy.astype(np.float32),
            confidence=self.scores.astype(np.float32),
            class_id=self.class_ids.astype(int),
            tracker_id=self.ids.astype(int),
            data={
                "state": np.array([TrackState(state).name for state in self.states]),
                "detection_index": self.detection_index.astype(int),
            },
        )


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (N, D) at length 1; a row of zeros stays, and so do rows that are as long as that already."""
    wide = vectors.astype(np.float64)  # in which the square of no float32 is too large or too small
    squared = np.einsum("nd,nd->n", wide, wide)[:, None]
    if (np.abs(squared - 1) < 1e-6).all():
        return vectors
    return np.asarray(wide / np.sqrt(np.where(squared > 0, squared, 1)), np.float32)


def _picked(rows: NDArray[Any] | Sequence[int] | slice | int) -> NDArray[Any] | slice:
    """What NumPy is asked for, so that arrays stay arrays: no index gives no row, and a single one a row."""
    if isinstance(rows, slice):
        return rows
    pick = np.atleast_1d(rows)
    return pick if pick.size else pick.astype(np.intp)


def _frozen(values: ArrayLike, dtype: Any, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """`values` as a read-only array of `dtype`; -1 in `shape` is any length. The caller's array stays writable."""
    array = np.asarray(values, dtype)
    if array.size == 0 and array.ndim != len(shape):
        array = np.empty([max(size, 0) for size in shape], dtype)
    if array.shape != shape and (
        array.ndim != len(shape) or any(want not in (-1, have) for want, have in zip(shape, array.shape, strict=True))
    ):
        wanted = ", ".join("any" if size == -1 else str(size) for size in shape)
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}")
    view = array.view()
    view.flags.writeable = False
    return view
