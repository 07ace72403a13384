"""What suits a detector: settings of the tracker, camera motion, what its network says."""

from __future__ import annotations

from outrack.detectors import CenterTrackDetector, Detector, ModelInfo, load_detector
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.public import PublicStarts
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.config import RefindPolicy

__all__ = [
    "default_config_for",
    "default_detector_for",
    "default_tracker_for",
    "estimates_camera_motion",
    "memory_of",
    "network_of",
]


def default_detector_for(tracker: Tracker | None) -> Detector:
    """The bundled network, with every box that the tracker uses: weak ones start no track, but keep one alive."""
    config = TrackerConfig() if tracker is None else tracker.config
    return load_detector(conf=config.low_score)


def default_tracker_for(detector: Detector, *, frame_rate: float) -> Tracker:
    """A tracker for the people whom a detector finds: with its `default_config_for`, and where it has a start rule,
    with that.

    Args:
        detector: of the stream.
        frame_rate: of the source, in frames per second.
    """
    rule = detector.may_start if isinstance(detector, PublicStarts) else None
    return Tracker(default_config_for(detector), start_rule=rule, frame_rate=frame_rate)


def default_config_for(detector: Detector, *, refind: RefindPolicy | None = None) -> TrackerConfig:
    """The settings with which a detector's people are tracked: CenterTrack's for a CenterTrack, else the default.

    Tracks start at the score from which the network's file says that a box is a detection.

    Args:
        detector: which network it runs decides.
        refind: how people are refound. Left out, a CenterTrack that predicts occlusion points refinds by them, as the
            paper's OTrackct, and another one not at all.
    """
    detector = _behind(detector)
    if isinstance(detector, CenterTrackDetector):
        config = TrackerConfig.centertrack(refind=refind or ("paper" if detector.info.occlusions else "off"))
    else:
        config = TrackerConfig() if refind is None else TrackerConfig(refind=refind)
    return config.starting_at(detector.info.score_threshold) if isinstance(detector, NetworkDetector) else config


def memory_of(tracker: object) -> float:
    """Seconds for which a lost track may come back; those of the default where a tracker does not say."""
    config = getattr(tracker, "config", None)
    return (config if isinstance(config, TrackerConfig) else TrackerConfig()).max_lost_s


def network_of(detector: Detector) -> ModelInfo | None:
    """What the file of a detector's network says of itself; None where no network runs."""
    behind = _behind(detector)
    return behind.info if isinstance(behind, NetworkDetector) else None


def estimates_camera_motion(detector: Detector, tracker: Tracker) -> bool:
    """Whether an estimate is worth it: pictures are read, and predictions do not come from the network itself."""
    behind = _behind(detector)
    reads_pictures = isinstance(behind, NetworkDetector) and not isinstance(behind, CenterTrackDetector)
    return reads_pictures and tracker.config.association == "appearance"


def _behind(detector: Detector) -> Detector:
    """The detector whose boxes are tracked."""
    return detector.detector if isinstance(detector, PublicStarts) else detector
