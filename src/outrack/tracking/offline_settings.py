"""Settings of what is done to the tracks of files afterwards: smoothing, and joining the parts of one video."""

from __future__ import annotations

from dataclasses import dataclass, field

from outrack.tracking.ranges import require_above_zero, require_count, require_not_negative, require_share

__all__ = ["BeginningSettings", "SeamSettings", "SmoothingSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamSettings:
    """When tracks of two parts of a video are one, see `outrack.tracking.stitching` and `outrack track --parts`.

    Tracks without common frames must also lie within `appearance.limit` and `max_lost_s` of each other.

    Attributes:
        overlap: with --parts, IoU from which the boxes of two tracks in a frame are one object.
        agreement: share of their common frames in which the boxes of two tracks must be one object.
        distance: how far the later track may begin from where the earlier one would have moved, in heights of its box.
        num_velocity_boxes: the earlier track's motion is measured over its last boxes, at most this many.
    """

    overlap: float = 0.5
    agreement: float = 0.5
    distance: float = 1.0
    num_velocity_boxes: int = 10

    def __post_init__(self) -> None:
        require_share(self, "overlap", "agreement")
        require_not_negative(self, "distance")
        require_count(self, "num_velocity_boxes", least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginningSettings:
    """Which weak detections before its start belong to a track, see `outrack.tracking.smoothing.beginnings`.

    Attributes:
        longest_s: tracks begin at most this much earlier. 0 leaves their starts as they are.
        score: only tracks that reach this score begin earlier.
        iou: minimum overlap of a detection with the box of the same track in a later frame.
    """

    longest_s: float = 0.3
    score: float = 0.7
    iou: float = 0.5

    def __post_init__(self) -> None:
        require_not_negative(self, "longest_s", "score")
        require_share(self, "iou")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingSettings:
    """How tracks of a file are corrected using later frames, see `outrack.tracking.smoothing`.

    `Tracker.update` returns each frame's tracks at once, without smoothing; `outrack track` and `outrack.track` smooth
    files, but not cameras or streams. Chosen on real video (docs/lab/smoothing.md).

    Attributes:
        delay_s: how long a frame's tracks are delayed. Longer gaps are not filled. 0 disables smoothing.
        width_s: standard deviation of the Gaussian weight that smooths boxes over time. 0 does not change boxes.
        reach: frames farther away than this many width_s are ignored; with 3, their weight would be below 1.2 %.
        min_age_s: tracks that are shorter than this are removed.
        detection_rate: the network runs on at least this many frames per second of video, such as every second one of
            25 or 30 frames per second; tracks of the other frames are interpolated. 0 runs it on every frame.
        beginnings: how much earlier tracks begin.
        seams: how the tracks of the parts of one video are joined.
    """

    delay_s: float = 2.0
    width_s: float = 0.15
    reach: float = 3.0
    min_age_s: float = 0.3
    detection_rate: float = 12.0
    beginnings: BeginningSettings = field(default_factory=BeginningSettings)
    seams: SeamSettings = field(default_factory=SeamSettings)

    def __post_init__(self) -> None:
        require_not_negative(self, "delay_s", "width_s", "min_age_s", "detection_rate")
        require_above_zero(self, "reach")
        if 0 < self.delay_s < self.min_age_s:
            raise ValueError(
                "SmoothingSettings.delay_s must be 0 or at least min_age_s, since a frame would be reported "
                f"before its tracks can be that old; got {self.delay_s:g} and {self.min_age_s:g}"
            )
