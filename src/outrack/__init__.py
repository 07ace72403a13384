"""Tracking of people through occlusion.

The public names are loaded on first use, so `import outrack` is quick and imports nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outrack.detectors import load_detector
    from outrack.detectors.appearance import Appearance
    from outrack.structures import Detections, Frame, Tracks, TrackState, as_detections
    from outrack.tracking import Tracker, TrackerConfig, TrackSmoother
    from outrack.video.api import track
    from outrack.video.defaults import default_tracker_for
    from outrack.video.loop import track_frames
    from outrack.video.sources import open_source

__version__ = "0.2.0"

__all__ = [
    "Appearance",
    "Detections",
    "Frame",
    "TrackSmoother",
    "TrackState",
    "Tracker",
    "TrackerConfig",
    "Tracks",
    "__version__",
    "as_detections",
    "default_tracker_for",
    "load_detector",
    "open_source",
    "track",
    "track_frames",
]

_HOMES = {
    "Appearance": "outrack.detectors.appearance",
    "Detections": "outrack.structures",
    "Frame": "outrack.structures",
    "TrackState": "outrack.structures",
    "TrackSmoother": "outrack.tracking",
    "Tracker": "outrack.tracking",
    "TrackerConfig": "outrack.tracking",
    "Tracks": "outrack.structures",
    "as_detections": "outrack.structures",
    "default_tracker_for": "outrack.video.defaults",
    "load_detector": "outrack.detectors",
    "open_source": "outrack.video.sources",
    "track": "outrack.video.api",
    "track_frames": "outrack.video.loop",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'outrack' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
