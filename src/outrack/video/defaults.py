"""Defaults for a source and a detector: the network and its size, settings of the tracker, camera motion."""

from __future__ import annotations

from typing import Literal, Unpack

from outrack.detectors import Detector, NetworkDetector, Speed, info_of, load_detector
from outrack.detectors.size_by_need import size_by_need
from outrack.detectors.size_for_live import live_detector
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.config import RefindPolicy
from outrack.tracking.keywords import SettingsBesidesRate
from outrack.video.base import VideoSource

__all__ = [
    "at_scores_of",
    "at_size_for",
    "default_config_for",
    "default_detector_for",
    "default_tracker_for",
    "estimates_camera_motion",
    "memory_of",
]


def default_detector_for(tracker: Tracker | None, speed: Speed | Literal["auto"] = "auto") -> NetworkDetector:
    """The bundled network, with every box that the tracker uses, including weak ones; `auto` is at its own size until
    `at_size_for` a source."""
    config = TrackerConfig() if tracker is None else tracker.config
    return load_detector(min_score=config.low_score, speed="balanced" if speed == "auto" else speed)


def at_size_for(video: VideoSource, detector: Detector) -> Detector:
    """A network at the size for a source: for a live one the largest that keeps up, for a file the one that its people
    need. Any other detector is unchanged.

    Args:
        video: the open source.
        detector: at any size.
    """
    if video.is_live:
        return live_detector(detector, frame_rate=video.frame_rate / video.stride)
    return size_by_need(detector)


def default_tracker_for(detector: Detector, *, frame_rate: float, **settings: Unpack[SettingsBesidesRate]) -> Tracker:
    """A tracker with the settings that suit a detector: a network states the scores from which its boxes start tracks,
    and from which they continue them.

    Args:
        detector: the detector, such as that of `outrack.load_detector`.
        frame_rate: frame rate of the source, in frames per second.
        settings: other settings of `TrackerConfig`.

    Raises:
        TypeError, ValueError: as for `Tracker`.
    """
    return Tracker(default_config_for(detector), frame_rate=frame_rate, **settings)


def default_config_for(detector: Detector, *, refind: RefindPolicy | None = None) -> TrackerConfig:
    """The tracker settings for a detector, according to its `info`: CenterTrack's or the default.

    Tracks start at the detector's score threshold, and are kept alive by boxes above its low score.

    Args:
        detector: its `info` selects them.
        refind: refinding rule. By default a CenterTrack with occlusion points uses them, as the paper's OTrackct, and
            one without does not refind.
    """
    info = info_of(detector)
    if info.tracker == "centertrack":
        config = TrackerConfig.centertrack(refind=refind or ("paper" if info.occlusions else "off"))
    else:
        config = TrackerConfig() if refind is None else TrackerConfig(refind=refind)
    return at_scores_of(config, detector)


def at_scores_of(config: TrackerConfig, detector: Detector) -> TrackerConfig:
    """The settings with the score thresholds of a detector; a baseline keeps a single threshold."""
    info = info_of(detector)
    if info.score_threshold is None:
        return config
    started = config.starting_at(info.score_threshold)
    if config.low_score == config.high_score:
        return started
    low = started.low_score if info.low_score is None else min(info.low_score, started.high_score)
    return started.with_values({"low_score": low, "still.sure_score": info.sure_score})


def memory_of(tracker: object) -> float:
    """Seconds for which a lost track may be recovered; the default if the tracker does not define it."""
    config = getattr(tracker, "config", None)
    return (config if isinstance(config, TrackerConfig) else TrackerConfig()).max_lost_s


def estimates_camera_motion(detector: Detector, tracker: object) -> bool:
    """Whether camera motion is estimated: a network reads the pictures anyway and does not predict displacements, and
    the tracker follows the camera."""
    info, config = info_of(detector), getattr(tracker, "config", None)
    if info.network is None or info.tracker != "default" or not isinstance(config, TrackerConfig):
        return False
    return config.camera.follow and config.association == "appearance"
