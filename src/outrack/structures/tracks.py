"""`Tracks`: positions and identities of objects in one frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outrack.structures.arrays import frozen, picked

if TYPE_CHECKING:
    import supervision

__all__ = ["TrackState", "Tracks"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class TrackState(IntEnum):
    """Why a track has a box in this frame."""

    DETECTED = 0
    """A detection of this frame was assigned to the track; or, in a frame of a file on which the detector did not run,
    detections of the frames before and after it."""
    REFOUND = 1
    """The detector missed the object; its box was recovered from an occlusion (paper Sec. 3.2.2)."""
    PREDICTED = 2
    """Nothing in this frame supports the box: the motion model predicted it."""
    INTERPOLATED = 3
    """The object was missed here; its box is interpolated between the detections before and after."""

    @property
    def word(self) -> str:
        """Its name in files: `detected`, `refound`, `predicted` or `interpolated`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The tracks of one frame, ordered by id.

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
        put(self, "xyxy", frozen(self.xyxy, np.float64, (n, 4), "xyxy"))
        put(self, "scores", frozen(self.scores, np.float64, (n,), "scores"))
        for name in ("ids", "class_ids", "states", "detection_index"):
            put(self, name, frozen(getattr(self, name), np.int64, (n,), name))

    @classmethod
    def empty(cls) -> Tracks:
        """No tracks."""
        none = np.empty(0, np.int64)
        return cls(np.empty((0, 4)), none, np.empty(0), none, none, none)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: NDArray[Any] | Sequence[int] | slice | int) -> Tracks:
        """The chosen rows (mask, indices, slice, or one index), as new tracks."""
        pick = picked(rows)
        return Tracks(
            self.xyxy[pick],
            self.ids[pick],
            self.scores[pick],
            self.class_ids[pick],
            self.states[pick],
            self.detection_index[pick],
        )

    def unassigned(self, num_detections: int) -> NDArray[np.bool_]:
        """Which of the detections given to `update` belong to none of the tracks, (num_detections,).

        Raises:
            ValueError: a track belongs to a detection beyond these.
        """
        used = self.detection_index[self.detection_index >= 0]
        if used.max(initial=-1) >= num_detections:
            raise ValueError(
                f"expected the detections of these tracks, got {num_detections}, and a track of detection {used.max()}"
            )
        mask = np.ones(num_detections, bool)
        mask[used] = False
        return mask

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
