"""Online tracking: identities of objects from frame to frame, and positions of hidden ones."""

from outrack.tracking.config import TrackerConfig, TrackerPreset
from outrack.tracking.offline_settings import BeginningSettings, SeamSettings, SmoothingSettings
from outrack.tracking.protocol import TrackerProtocol
from outrack.tracking.refinders import Refinder, RefindingSettings, RefindPolicy
from outrack.tracking.settings import (
    AppearanceSettings,
    CameraSettings,
    MotionSettings,
    OverlapSettings,
    PartialViewSettings,
    StartSettings,
    StillSettings,
)
from outrack.tracking.smoothing import TrackSmoother
from outrack.tracking.tracker import Tracker

__all__ = [
    "AppearanceSettings",
    "BeginningSettings",
    "CameraSettings",
    "MotionSettings",
    "OverlapSettings",
    "PartialViewSettings",
    "RefindPolicy",
    "Refinder",
    "RefindingSettings",
    "SeamSettings",
    "SmoothingSettings",
    "StartSettings",
    "StillSettings",
    "TrackSmoother",
    "Tracker",
    "TrackerConfig",
    "TrackerPreset",
    "TrackerProtocol",
]
