"""The keywords of `Tracker(...)`: the fields of `TrackerConfig` with their types, and the names of release 0.1."""

from __future__ import annotations

import warnings
from typing import Any, TypedDict

from outrack.tracking.config import Association, RefindPolicy, TrackerConfig
from outrack.tracking.offline_settings import SmoothingSettings
from outrack.tracking.refinders import RefindingSettings
from outrack.tracking.settings import (
    AppearanceSettings,
    CameraSettings,
    MotionSettings,
    OverlapSettings,
    PartialViewSettings,
    StartSettings,
    StillSettings,
)

__all__ = ["SettingsBesidesRate", "TrackerSettings", "configured"]

RENAMED = {
    "birth_score": "start_score",
    "births": "starts.shown",
    "track_starts": "starts.shown",
    "unconfirmed_limit": "starts.confirm_limit",
    "boxes": "motion.boxes",
    "box_shape": "motion.box_shape",
    "position_noise": "motion.position_noise",
    "velocity_noise": "motion.velocity_noise",
    "shared_motion": "camera.follow",
    "appearance_limit": "appearance.limit",
    "appearance_veto": "appearance.veto",
    "appearance_momentum": "appearance.momentum",
    "motion_weight": "appearance.motion_weight",
    "motion_limit": "overlap.limit",
    "low_limit": "overlap.low_limit",
    "lost_by_motion": "overlap.finds_lost",
    "box_margin": "overlap.margin",
    "height_power": "overlap.height_power",
    "lost_weight": "overlap.lost_weight",
    "duplicate_iou": "overlap.duplicate_iou",
    "part_weight": "partial_view.weight",
    "refind_s": "refinding.window_s",
    "refind_threshold": "refinding.points.threshold",
    "refind_sigma": "refinding.points.sigma",
    "refind_min_covered": "refinding.geometry.min_covered",
    "refind_max_speed": "refinding.geometry.max_speed",
    "refind_max_age_ratio": "refinding.geometry.max_age_ratio",
    "refind_max_share_of_life": "refinding.geometry.max_age_ratio",
    "refind_graph_limit": "refinding.graphs.limit",
    "refind_graph_sigma": "refinding.graphs.sigma",
}
"""Keywords of release 0.1, which 0.2 still accepts."""


class SettingsBesidesRate(TypedDict, total=False):
    """Every field of `TrackerConfig` except the frame rate with its type; see there for their meaning."""

    high_score: float
    low_score: float
    start_score: float
    max_lost_s: float
    predicted_s: float
    classes: tuple[int, ...] | None
    class_agnostic: bool
    association: Association
    refind: RefindPolicy
    starts: StartSettings
    motion: MotionSettings
    camera: CameraSettings
    appearance: AppearanceSettings
    overlap: OverlapSettings
    partial_view: PartialViewSettings
    still: StillSettings
    refinding: RefindingSettings
    smoothing: SmoothingSettings


class TrackerSettings(SettingsBesidesRate, total=False):
    """Every field of `TrackerConfig` with its type."""

    frame_rate: float


def configured(config: object, settings: TrackerSettings) -> TrackerConfig:
    """`config`, or the defaults, with single settings changed.

    Raises:
        TypeError: a setting that does not exist (names the nearest one), or a config of another type.
        ValueError: a setting out of its range.
    """
    base = TrackerConfig() if config is None else config
    if not isinstance(base, TrackerConfig):
        raise TypeError(
            f"config: expected a TrackerConfig, got {base!r}; pass single settings by name, as in "
            "Tracker(frame_rate=25)"
        )
    if "birth_rule" in settings:
        raise TypeError("birth_rule was removed: give public detections to tracker.update(detections, public=boxes)")
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if name in RENAMED:
            new = RENAMED[name]
            warnings.warn(
                f"{name} is now {new}: write Tracker(TrackerConfig().with_values({{{new!r}: {value!r}}}))",
                DeprecationWarning,
                stacklevel=3,
            )
        values[RENAMED.get(name, name)] = value
    return base.with_values(values)
