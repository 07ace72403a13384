"""A frame whose tracks are held back until later frames are known."""

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
        is_detected: whether the detector ran on this frame.
    """

    tracks: Tracks
    time_s: float
    pose: Floats
    supported: NDArray[np.bool_]
    is_detected: bool

    @classmethod
    def of(cls, tracks: Tracks | None, time_s: float, pose: Floats) -> HeldFrame:
        """A frame with the tracker's own result only; None if the detector did not run on it."""
        known = Tracks.empty() if tracks is None else tracks
        return cls(known, time_s, pose, known.states == TrackState.DETECTED, tracks is not None)

    def put(self, ends: Tracks, boxes: Floats, state: TrackState) -> None:
        """Set the interpolated boxes of tracks that were missed here; they replace predicted ones.

        Args:
            ends: the tracks in another frame, in the order of their ids; scores and classes are taken from them.
            boxes: their boxes in this frame, (N, 4).
            state: state of tracks that have no box here; predicted and refound ones keep theirs.
        """
        old, here = self.tracks, self.supported
        n, num_old = len(ends), len(old)
        row = np.searchsorted(old.ids, ends.ids)
        is_known = np.append(old.ids, -1)[row] == ends.ids
        states = np.where(is_known, np.append(old.states, -1)[row], state)
        stay = np.ones(num_old, bool)
        stay[row[is_known]] = False
        order = np.argsort(np.concatenate([old.ids[stay], ends.ids]), kind="stable")

        def joined(column: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([column[stay], new.astype(column.dtype)])[order]

        self.tracks = Tracks(
            xyxy=joined(old.xyxy, boxes),
            ids=joined(old.ids, ends.ids),
            scores=joined(old.scores, ends.scores),
            class_ids=joined(old.class_ids, ends.class_ids),
            states=joined(old.states, states),
            detection_index=joined(old.detection_index, np.full(n, -1)),
        )
        self.supported = joined(here, np.ones(n, bool))


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
