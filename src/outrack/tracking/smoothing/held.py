"""A frame whose tracks are held back until later frames are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from outrack.structures import Detections, Tracks, TrackState

__all__ = ["HeldFrame", "moved_by_camera", "pose_after"]

Floats = NDArray[np.float64]

_NO_MOTION = np.eye(3)[:2]


@dataclass(slots=True)
class HeldFrame:
    """The tracks and detections of one frame, and the pose of the camera.

    Attributes:
        tracks: sorted by id; boxes that later frames reveal are added.
        time_s: time of the frame.
        pose: (3, 3) affine from its pixels to a common frame of reference.
        supported: the track is detected here, or both before and after, (T,).
        is_detected: whether the detector ran on this frame.
        detections: those given to the tracker; none if they are not known.
        is_free: a detection belongs to no track, (D,).
    """

    tracks: Tracks
    time_s: float
    pose: Floats
    supported: NDArray[np.bool_]
    is_detected: bool
    detections: Detections
    is_free: NDArray[np.bool_]

    @classmethod
    def of(cls, tracks: Tracks | None, detections: Detections | None, time_s: float, pose: Floats) -> HeldFrame:
        """A frame with the tracker's own result only; no `tracks` if the detector did not run on it.

        Raises:
            ValueError: the tracks are of more detections than these.
        """
        known = Tracks.empty() if tracks is None else tracks
        supported = known.states == TrackState.DETECTED
        if detections is None:
            return cls(known, time_s, pose, supported, tracks is not None, Detections.empty(), np.empty(0, bool))
        is_free = known.unassigned(len(detections))
        return cls(known, time_s, pose, supported, tracks is not None, detections, is_free)

    def put(self, found: Tracks) -> None:
        """Add the boxes of tracks that were missed here, in the order of their ids.

        They replace predicted and refound ones, of which only the state stays.
        """
        old, here = self.tracks, self.supported
        n, num_old = len(found), len(old)
        row = np.searchsorted(old.ids, found.ids)
        is_known = np.append(old.ids, -1)[row] == found.ids
        states = np.where(is_known, np.append(old.states, -1)[row], found.states)
        stay = np.ones(num_old, bool)
        stay[row[is_known]] = False
        order = np.argsort(np.concatenate([old.ids[stay], found.ids]), kind="stable")

        def joined(column: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([column[stay], new.astype(column.dtype)])[order]

        self.tracks = Tracks(
            xyxy=joined(old.xyxy, found.xyxy),
            ids=joined(old.ids, found.ids),
            scores=joined(old.scores, found.scores),
            class_ids=joined(old.class_ids, found.class_ids),
            states=joined(old.states, states),
            detection_index=joined(old.detection_index, found.detection_index),
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
