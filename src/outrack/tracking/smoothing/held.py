"""A frame whose tracks wait for later frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from outrack.structures import Tracks, TrackState

__all__ = ["HeldFrame", "moved_by_camera", "pose_after"]

Floats = NDArray[np.float64]

_NO_MOTION = np.eye(3)[:2]


@dataclass(slots=True)
class HeldFrame:
    """The tracks of one frame, and the pose of the camera.

    Attributes:
        tracks: sorted by id; interpolated boxes are added.
        time_s: time of the frame.
        pose: (3, 3) affine from its pixels to a common frame of reference.
        supported: the track is detected here, or both before and after, (T,).
    """

    tracks: Tracks
    time_s: float
    pose: Floats
    supported: NDArray[np.bool_]

    @classmethod
    def of(cls, tracks: Tracks, time_s: float, pose: Floats) -> HeldFrame:
        """A frame with the tracker's own result only."""
        return cls(tracks, time_s, pose, tracks.states == TrackState.DETECTED)

    def put(self, track_id: int, box: Floats, *, score: float, class_id: int) -> None:
        """Set the interpolated box (4,) of a track that was missed here; it replaces a predicted one."""
        ids = self.tracks.ids
        row = int(np.searchsorted(ids, track_id))
        known = row < len(ids) and ids[row] == track_id
        old = self.tracks
        state = old.states[row] if known else TrackState.INTERPOLATED
        rest = slice(row + 1 if known else row, None)

        def with_row(column: NDArray[Any], value: object) -> NDArray[Any]:
            return np.concatenate([column[:row], np.array([value], column.dtype), column[rest]])

        self.tracks = Tracks(
            xyxy=np.concatenate([old.xyxy[:row], box[None], old.xyxy[rest]]),
            ids=with_row(ids, track_id),
            scores=with_row(old.scores, score),
            class_ids=with_row(old.class_ids, class_id),
            states=with_row(old.states, state),
            detection_index=with_row(old.detection_index, -1),
        )
        self.supported = np.concatenate([self.supported[:row], [True], self.supported[rest]])


def pose_after(pose: Floats, camera_motion: Floats | None) -> Floats:
    """The pose of the next frame, given the `camera_motion` (2, 3) from this frame to it."""
    if camera_motion is None or np.array_equal(camera_motion, _NO_MOTION):
        return pose
    return np.asarray(pose @ np.linalg.inv(np.vstack([camera_motion, [0.0, 0.0, 1.0]])))


def moved_by_camera(xyxy: Floats, affine: Floats) -> Floats:
    """Boxes (N, 4) in another frame's pixels: the affine, (3, 3) or (N, 3, 3), moves centres, and its scale changes
    sizes."""
    box = xyxy_to_cxcywh(xyxy)
    linear = affine[..., :2, :2]
    centre = np.einsum("...ij,...j->...i", np.broadcast_to(linear, (len(box), 2, 2)), box[:, :2]) + affine[..., :2, 2]
    scale = np.sqrt(np.abs(np.linalg.det(linear)))
    return cxcywh_to_xyxy(np.concatenate([centre, box[:, 2:] * np.reshape(scale, (-1, 1))], axis=1))
