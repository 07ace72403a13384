"""What a detector needs and which tracker settings suit it, so that callers need not know its class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from outrack.detectors.base import Detector
    from outrack.detectors.model_info import ModelInfo

__all__ = ["DetectionFile", "DetectorInfo", "info_of"]


class DetectionFile(NamedTuple):
    """A file from which a detector reads boxes.

    Attributes:
        path: the file.
        last_frame: number of the last frame with a line, counted from 1; 0 for an empty file.
        right, bottom: a quarter of the boxes end farther to the right, or lower, than this, in pixels.
    """

    path: Path
    last_frame: int
    right: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorInfo:
    """How a detector's boxes are tracked, and what it needs. The defaults apply to detectors without `info`.

    Attributes:
        score_threshold: score from which a box is a detection, so that it may start a track; None leaves that to the
            tracker.
        low_score: score from which a box may keep a track alive; None leaves that to the tracker.
        sure_score: a track that once scored as high is a person, see `outrack.tracking.StillSettings`; 0 disables this.
        occlusions: whether it predicts occlusion points.
        tracker: settings that suit it: `centertrack` for a network that predicts displacements.
        needs_pictures: whether it uses the pixels of a frame.
        resizable: whether it is an `outrack.detectors.base.ResizableDetector`: each frame may be processed at another
            size.
        files: from which it reads boxes.
        public: detector of public detections: tracks may start only there. None: anywhere.
    """

    score_threshold: float | None = None
    low_score: float | None = None
    sure_score: float = 0.0
    occlusions: bool = False
    tracker: Literal["default", "centertrack"] = "default"
    needs_pictures: bool = True
    resizable: bool = False
    files: tuple[DetectionFile, ...] = ()
    public: Detector | None = None

    @property
    def network(self) -> ModelInfo | None:
        """Metadata of its network, if it has one."""
        return None


def info_of(detector: Detector) -> DetectorInfo:
    """The detector's `info`; the defaults for one without, such as a user's own class."""
    info = getattr(detector, "info", None)
    return info if isinstance(info, DetectorInfo) else DetectorInfo()
