"""Settings of the tracker, in one group per step of the tracker.

Those of refinding are next to their rules, and those of files in `offline_settings.py`; `config.py` joins all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from outrack.tracking.ranges import (
    require_above_zero,
    require_choice,
    require_count,
    require_not_negative,
    require_number,
    require_share,
)

__all__ = [
    "AppearanceSettings",
    "BoxShape",
    "Boxes",
    "CameraSettings",
    "MotionSettings",
    "OverlapSettings",
    "PartialViewSettings",
    "StartSettings",
    "StillSettings",
    "TrackStarts",
]

Boxes = Literal["filtered", "detected"]
BoxShape = Literal["size", "aspect"]
TrackStarts = Literal["confirmed", "at-once"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSettings:
    """How boxes move: the Kalman filter.

    Attributes:
        boxes: reported box of a detected track: "filtered" (FairMOT) or "detected" (CenterTrack).
        box_shape: what is measured besides the centre: "size" (width, height) or "aspect" (ratio and height, FairMOT).
        position_noise: standard deviation of position noise, share of the box per frame (FairMOT: 1/20).
        velocity_noise: standard deviation of velocity noise, share of the box per frame squared (FairMOT: 1/160).
        start_position_factor: initial standard deviation of a position, in multiples of position_noise (FairMOT: 2).
        start_velocity_factor: initial standard deviation of a velocity, in multiples of velocity_noise (FairMOT: 10).
        aspect_noise: standard deviation of width / height, per frame and of a new track, if box_shape is "aspect"
            (FairMOT: 0.01).
        aspect_velocity_noise: standard deviation of the rate at which width / height changes, per frame squared: people
            hardly change their shape (FairMOT: 0.00001).
        measured_aspect_noise: standard deviation of the measured width / height (FairMOT: 0.1).
    """

    boxes: Boxes = "filtered"
    box_shape: BoxShape = "size"
    position_noise: float = 1 / 20
    velocity_noise: float = 1 / 250
    start_position_factor: float = 2.0
    start_velocity_factor: float = 10.0
    aspect_noise: float = 1e-2
    aspect_velocity_noise: float = 1e-5
    measured_aspect_noise: float = 1e-1

    def __post_init__(self) -> None:
        require_choice(self, "boxes", get_args(Boxes))
        require_choice(self, "box_shape", get_args(BoxShape))
        require_above_zero(self, "position_noise", "velocity_noise", "aspect_noise", "aspect_velocity_noise")
        require_above_zero(self, "measured_aspect_noise", "start_position_factor", "start_velocity_factor")


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """How a moving camera is followed without using the picture, see `outrack.tracking.shared_motion`.

    Attributes:
        follow: shift all predictions by what the confident matches of this frame have in common, as long as that
            reliably improves other matches. Not used if camera motion is given. If False, camera motion is not
            estimated from pictures either.
        min_overlap: overlap above which a prediction and a detection are a confident match.
        min_matches: with fewer confident matches no motion is estimated.
        max_matches: approximate number of tracks used; more would not change the estimate.
        min_age_s: younger tracks are not used: their velocity is not known yet, so their errors reflect their own
            motion.
        memory_s: time after which the evidence of a frame is weighted by 1/e.
    """

    follow: bool = True
    min_overlap: float = 0.5
    min_matches: int = 4
    max_matches: int = 16
    min_age_s: float = 0.3
    memory_s: float = 1.0

    def __post_init__(self) -> None:
        require_share(self, "min_overlap")
        require_count(self, "min_matches", "max_matches", least=1)
        require_above_zero(self, "memory_s")
        require_not_negative(self, "min_age_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceSettings:
    """When a detection looks like a track (FairMOT's first stage).

    Attributes:
        limit: highest appearance cost of a match (FairMOT: 0.4).
        motion_weight: share of the squared Mahalanobis distance in the appearance cost (FairMOT: 0.02).
        gate: highest squared Mahalanobis distance between prediction and detection; 95 % of measurements in four
            dimensions lie within 9.4877 (FairMOT).
        momentum: share of the old embedding in the running mean (FairMOT: 0.9). Chosen on real video
            (docs/lab/bundled-network.md).
        veto: cosine distance above which overlapping boxes are neither matched nor duplicates; 2 disables this
            (FairMOT). Chosen on composed crowds with the network of release 0.1.
    """

    limit: float = 0.4
    motion_weight: float = 0.02
    gate: float = 9.4877
    momentum: float = 0.95
    veto: float = 0.45

    def __post_init__(self) -> None:
        require_number(self, "limit")
        require_above_zero(self, "gate")
        require_not_negative(self, "motion_weight", "veto")
        require_share(self, "momentum")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapSettings:
    """When a detection lies where a track is expected; costs are 1 - overlap.

    Attributes:
        limit: highest cost of a match with a high-score detection.
        low_limit: highest cost of a match with a low-score detection.
        finds_lost: lost tracks may be recovered by overlap alone, not only by appearance.
        margin: boxes are widened by this share on each side before their overlap is computed, for fast objects.
        height_power: the overlap is multiplied by the overlap of the boxes' vertical extents to this power: objects of
            one size at one depth agree in both.
        lost_weight: factor on the overlap of a lost track, so that it does not take a detection from a tracked one that
            fits as well (FairMOT: 1).
        duplicate_iou: a lost and a tracked box that overlap more are one object; the younger is dropped (FairMOT:
            0.85). With 1 none is dropped: a visible track never gives way to a lost one.
    """

    limit: float = 0.9
    low_limit: float = 0.5
    finds_lost: bool = True
    margin: float = 0.2
    height_power: float = 2.0
    lost_weight: float = 0.8
    duplicate_iou: float = 1.0

    def __post_init__(self) -> None:
        require_number(self, "limit", "low_limit")
        require_not_negative(self, "margin", "height_power")
        require_share(self, "lost_weight", "duplicate_iou")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialViewSettings:
    """When something suddenly hides the legs of a person: the upper part of a body is matched with the whole of it.

    Attributes:
        weight: the overlap of two boxes, cut at the height of the lower one, is multiplied by this if one may show the
            upper part of the other. 0 disables such matches (FairMOT).
        agreement: overlap of the cut boxes from which one may show the upper part of the other.
        smallest: a box that shows less of the other's height is not considered its upper part.
        shrinking: share by which the known height follows a lower box in each frame: bodies do not shrink, but a track
            that only shows an upper part eventually becomes one.
        shown_below: a detection that shows less of the known height is reported unchanged, not as the whole body.
    """

    weight: float = 0.8
    agreement: float = 0.55
    smallest: float = 0.25
    shrinking: float = 0.05
    shown_below: float = 0.8

    def __post_init__(self) -> None:
        require_share(self, "weight", "agreement", "smallest", "shrinking", "shown_below")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSettings:
    """How tracks start.

    Attributes:
        shown: a new track is shown once a second detection has "confirmed" it (FairMOT), or "at-once" (CenterTrack).
        confirm_limit: highest overlap cost of the match that confirms a new track (FairMOT: 0.7).
    """

    shown: TrackStarts = "confirmed"
    confirm_limit: float = 0.7

    def __post_init__(self) -> None:
        require_choice(self, "shown", get_args(TrackStarts))
        require_number(self, "confirm_limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class StillSettings:
    """When a track is not a person, see `outrack.tracking.still`.

    Attributes:
        sure_score: a track that once scored this high is always considered a person. 0 disables the rule: the meaning
            of a score depends on the detector, and parked cars do not move, either. The bundled network uses 0.65.
        after_s: a track that never reached sure_score is hidden after standing still for this long.
        within: movement of a box that still counts as standing, relative to its height.
    """

    sure_score: float = 0.0
    after_s: float = 5.0
    within: float = 0.25

    def __post_init__(self) -> None:
        require_not_negative(self, "sure_score", "after_s", "within")
