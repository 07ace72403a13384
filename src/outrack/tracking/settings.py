"""The fields of `TrackerConfig` as keywords, so that a type checker knows `Tracker(frame_rate=25)`."""

from __future__ import annotations

import difflib
from dataclasses import fields, replace
from typing import TypedDict

from outrack.tracking.config import Association, Boxes, BoxShape, RefindPolicy, TrackerConfig, TrackStarts

__all__ = ["TrackerSettings", "configured"]


class TrackerSettings(TypedDict, total=False):
    """Every field of `TrackerConfig` with its type; what they mean is said there."""

    frame_rate: float
    high_score: float
    low_score: float
    start_score: float
    max_lost_s: float
    classes: tuple[int, ...] | None
    class_agnostic: bool
    association: Association
    track_starts: TrackStarts
    boxes: Boxes
    box_shape: BoxShape
    position_noise: float
    velocity_noise: float
    shared_motion: bool
    appearance_limit: float
    appearance_veto: float
    appearance_momentum: float
    motion_weight: float
    motion_limit: float
    low_limit: float
    unconfirmed_limit: float
    lost_by_motion: bool
    box_margin: float
    height_power: float
    lost_weight: float
    part_weight: float
    duplicate_iou: float
    refind: RefindPolicy
    refind_s: float
    refind_threshold: float
    refind_sigma: float
    refind_min_covered: float
    refind_max_speed: float
    refind_max_age_ratio: float
    refind_graph_limit: float
    refind_graph_sigma: float
    predicted_s: float


def configured(config: object, settings: TrackerSettings) -> TrackerConfig:
    """`config`, or the defaults, with single settings changed.

    Raises:
        TypeError: a setting that does not exist (names the nearest one), or a config of another type.
        ValueError: a setting out of its range.
    """
    base = TrackerConfig() if config is None else config
    if not isinstance(base, TrackerConfig):
        raise TypeError(
            f"config: expected a TrackerConfig, got {base!r}; single settings go by name, as in Tracker(frame_rate=25)"
        )
    known = [field.name for field in fields(TrackerConfig)]
    for name in settings:
        if name not in known:
            (near,) = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise TypeError(f"a tracker has no setting {name!r}; did you mean {near!r}?")
    return replace(base, **settings)
