"""Known camera motion: from a file, or from the caller."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outrack.io.motchallenge import read_camera_motion
from outrack.structures import Detections, Frame
from outrack.video.base import VideoSource

__all__ = [
    "CameraMotion",
    "KnownMotion",
    "compose_camera_motion",
    "motion_after",
    "open_camera_motion",
    "warn_of_missing_motion",
]

logger = logging.getLogger(__name__)

CameraMotion = Mapping[int, NDArray[np.float64]]
"""{frame index: (2, 3) affine from the previous frame of the source to this one}."""


def open_camera_motion(given: CameraMotion | str | Path | None) -> CameraMotion | Literal["auto"] | None:
    """The camera motion for `auto`, `off`, the name of a file, or its content; errors as for `read_camera_motion`.

    Raises:
        FileNotFoundError: there is no such file.
        TypeError: it is none of these.
    """
    if not (given is None or isinstance(given, str | Path | Mapping)):
        raise TypeError(
            "camera_motion: expected auto, off, a file, or {frame index: (2, 3) affine from the previous frame}, got "
            f"{type(given).__name__}"
        )
    if given == "auto":
        return "auto"
    if given is None or given == "off":
        return None
    if not isinstance(given, str | Path):
        return given
    if not Path(given).is_file():
        raise FileNotFoundError(f"camera motion: expected auto, off or a file, and there is no file {given}")
    return read_camera_motion(Path(given))


def warn_of_missing_motion(motion: CameraMotion | Literal["auto"] | None, video: VideoSource) -> None:
    """Warn if known motion ends before the video: it may belong to another one."""
    if motion is None or isinstance(motion, str):
        return
    length = video.num_frames if video.is_counted and video.stride == 1 else None
    last = max(motion, default=0)
    if not motion or (length is not None and last < length - 2):  # the last frame may have none
        logger.warning(
            "%s: the camera motion ends at frame %d (counted from 0)%s; after it the camera counts as static. Do they "
            "belong together?",
            video.name,
            last,
            "" if length is None else f", and the video has {length} frames",
        )


def compose_camera_motion(motion: CameraMotion, *, first: int, last: int) -> NDArray[np.float64]:
    """The (2, 3) affine that maps points of frame `first` to frame `last`; frames without an entry have no motion."""
    total = None
    for index in range(first + 1, last + 1):
        total = motion_after(total, motion.get(index))
    return np.eye(3)[:2] if total is None else total


def motion_after(first: NDArray[np.float64] | None, then: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    """The (2, 3) affine of one motion and then another; where one of them is unknown, that of the other."""
    if first is None or then is None:
        return then if first is None else first
    return np.asarray((np.vstack([then, [0.0, 0.0, 1.0]]) @ np.vstack([first, [0.0, 0.0, 1.0]]))[:2])


class KnownMotion:
    """The motion from each tracked frame to the next, also across frames skipped by a stride or a live source.

    Args:
        motion: motion of every frame of the source.
    """

    def __init__(self, motion: CameraMotion) -> None:
        self._motion = motion
        self._last: int | None = None

    def __call__(self, frame: Frame, detections: Detections) -> NDArray[np.float64] | None:
        """The (2, 3) affine from the frame of the previous call; None at the first."""
        last, self._last = self._last, frame.index
        return None if last is None else compose_camera_motion(self._motion, first=last, last=frame.index)
