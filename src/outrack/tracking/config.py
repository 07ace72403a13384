"""All settings of the tracker, with their sources: common settings, and groups for the steps of the tracker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from outrack.tracking.dotted_names import with_values
from outrack.tracking.offline_settings import SmoothingSettings
from outrack.tracking.ranges import (
    require_above_zero,
    require_choice,
    require_not_negative,
    require_number,
    require_whole_numbers,
)
from outrack.tracking.refinders.base import Refinder
from outrack.tracking.refinders.choice import RefindingSettings, RefindPolicy, make_refinder
from outrack.tracking.settings import (
    AppearanceSettings,
    CameraSettings,
    MotionSettings,
    OverlapSettings,
    PartialViewSettings,
    StartSettings,
    StillSettings,
)

__all__ = ["Association", "RefindPolicy", "TrackerConfig", "TrackerPreset"]

Association = Literal["appearance", "displacement"]
TrackerPreset = Literal["default", "fairmot", "centertrack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """Settings of `Tracker`. The defaults were tuned on public detections of five MOT17 training sequences.

    Times are in seconds of video; "share" means share of the box's own size.

    Attributes:
        frame_rate: frames per second of the source: the time between two updates without timestamps, and the
            unit in which motion is measured.
        high_score: detections with at least this score take part in every stage.
        low_score: detections between low_score and high_score may only keep a track alive.
        start_score: an unassigned detection with at least this score starts a tracklet.
        max_lost_s: how long a lost track is kept.
        predicted_s: how long after the last detection a lost track's prediction is reported (state PREDICTED).
        classes: class ids that are tracked; detections of other classes are ignored. None tracks all. On the command
            line, repeat the option: --tracker.classes 0 --tracker.classes 2.
        class_agnostic: a track may take detections of any class, for detectors whose class flickers; it is then
            reported with the class that has the highest sum of scores. Otherwise classes never mix: a track keeps the
            class of its first detection, and an object whose class changes starts another track.
        association: how detections find their tracks: by "appearance", then overlap (FairMOT; by overlap alone if there
            are no embeddings), or by the "displacement" that CenterTrack predicts.
        refind: how lost tracks are refound, see `outrack.tracking.refinders`. "paper" is Algorithm 1 with
            Eq. 15 and 16, "official" is the rule of the authors' code, "combined" is "paper" and then "geometric" for
            tracks that no point recovers. The three read predicted occlusion centres and fall back on "geometric" for
            detectors that predict none. "gsm" uses the neighbours at the time of loss. "off" never refinds.
        starts: how tracks start.
        motion: how boxes move.
        camera: how a moving camera is followed.
        appearance: when a detection looks like a track.
        overlap: when a detection lies where a track is expected.
        partial_view: when a detection shows the upper part of a person.
        still: when a track that never moves is an object other than a person.
        refinding: settings of the refinding rules.
        smoothing: how tracks of a file are corrected afterwards; off for the baselines.
    """

    frame_rate: float = 30.0
    high_score: float = 0.4
    low_score: float = 0.1
    start_score: float = 0.4
    max_lost_s: float = 2.0
    predicted_s: float = 0.0

    classes: tuple[int, ...] | None = None
    class_agnostic: bool = False

    association: Association = "appearance"
    refind: RefindPolicy = "combined"

    starts: StartSettings = field(default_factory=StartSettings)
    motion: MotionSettings = field(default_factory=MotionSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)
    appearance: AppearanceSettings = field(default_factory=AppearanceSettings)
    overlap: OverlapSettings = field(default_factory=OverlapSettings)
    partial_view: PartialViewSettings = field(default_factory=PartialViewSettings)
    still: StillSettings = field(default_factory=StillSettings)
    refinding: RefindingSettings = field(default_factory=RefindingSettings)
    smoothing: SmoothingSettings = field(default_factory=SmoothingSettings)

    def __post_init__(self) -> None:
        require_above_zero(self, "frame_rate")
        require_not_negative(self, "max_lost_s", "predicted_s")
        require_number(self, "low_score", "high_score", "start_score")
        if not self.low_score <= self.high_score <= self.start_score:
            raise ValueError(
                "expected low_score <= high_score <= start_score, "
                f"got {self.low_score}, {self.high_score} and {self.start_score}"
            )
        require_whole_numbers(self, "classes")
        require_choice(self, "association", get_args(Association))
        require_choice(self, "refind", get_args(RefindPolicy))

    def starting_at(self, score: float) -> TrackerConfig:
        """The same settings, with tracks that start at detections of `score` or more.

        Weaker detections keep tracks alive if they did before; a single score stays a single score.
        """
        has_one_score = self.low_score == self.high_score
        low = score if has_one_score else min(self.low_score, score)
        return replace(self, low_score=low, high_score=score, start_score=score)

    def with_values(self, values: Mapping[str, Any]) -> TrackerConfig:
        """The same settings, with changes by name, such as {"max_lost_s": 5, "appearance.limit": 0.3}.

        Raises:
            TypeError: a setting that does not exist (names the nearest one).
            ValueError: a setting out of its range.
        """
        return with_values(self, values)

    def make_refinder(self) -> Refinder:
        """The rule named by `refind`, with its settings and an empty memory."""
        return make_refinder(self.refind, self.refinding, frame_rate=self.frame_rate, high_score=self.high_score)

    @classmethod
    def preset(
        cls, name: TrackerPreset, *, frame_rate: float = 30.0, refind: RefindPolicy | None = None
    ) -> TrackerConfig:
        """A tracker by its name: ours ("default"), or a baseline of the paper ("fairmot", "centertrack").

        Args:
            name: name of the preset.
            frame_rate: frames per second of the source.
            refind: refinding rule; None is "combined" for ours, and "off" for the baselines.

        Raises:
            ValueError: there is no such preset.
        """
        if name == "fairmot":
            return cls.fairmot(frame_rate=frame_rate, refind=refind or "off")
        if name == "centertrack":
            return cls.centertrack(frame_rate=frame_rate, refind=refind or "off")
        if name != "default":
            raise ValueError(f"preset: expected {', '.join(get_args(TrackerPreset))}, got {name!r}")
        return cls(frame_rate=frame_rate, refind=refind or "combined")

    @classmethod
    def fairmot(cls, *, frame_rate: float = 30.0, refind: RefindPolicy = "off") -> TrackerConfig:
        """FairMOT's tracker with its own constants (notes#fairmot-tracking: threshold 0.4, lost for 30/30 s, no second
        score level).

        With `refind="paper"` or "official" this is the tracker of the paper's Table 1 and 2.
        """
        return cls(
            frame_rate=frame_rate,
            low_score=0.4,
            max_lost_s=1.0,
            refind=refind,
            motion=MotionSettings(box_shape="aspect", velocity_noise=1 / 160),
            camera=CameraSettings(follow=False),
            appearance=AppearanceSettings(momentum=0.9, veto=2.0),
            overlap=OverlapSettings(
                limit=0.5, finds_lost=False, margin=0.0, height_power=0.0, lost_weight=1.0, duplicate_iou=0.85
            ),
            partial_view=PartialViewSettings(weight=0.0),
            refinding=RefindingSettings(window_s=1.0),
            smoothing=SmoothingSettings(delay_s=0.0),
        )

    @classmethod
    def centertrack(cls, *, frame_rate: float = 30.0, refind: RefindPolicy = "off") -> TrackerConfig:
        """CenterTrack's tracker with its own constants; detections must have displacements.

        Without refinding a track that is missed once is removed, as in CenterTrack. With it, tracks are kept for a
        second with a Kalman prediction and refound by occlusions: OTrackct of the paper, which does not state for how
        long.
        """
        return cls(
            frame_rate=frame_rate,
            low_score=0.4,
            max_lost_s=0.0 if refind == "off" else 1.0,
            association="displacement",
            refind=refind,
            starts=StartSettings(shown="at-once"),
            motion=MotionSettings(boxes="detected"),
            camera=CameraSettings(follow=False),
            refinding=RefindingSettings(window_s=1.0),
            smoothing=SmoothingSettings(delay_s=0.0),
        )
