"""Every number of the tracker, with its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

__all__ = ["RefindPolicy", "TrackerConfig"]

RefindPolicy = Literal["combined", "paper", "official", "geometric", "gsm", "off"]
Association = Literal["appearance", "displacement"]
TrackStarts = Literal["confirmed", "at-once"]
Boxes = Literal["filtered", "detected"]
BoxShape = Literal["size", "aspect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """Settings of `Tracker`. The defaults were tuned on public detections of five MOT17 training sequences.

    Times are in seconds of video; "share" means share of the box's own size.

    Attributes:
        frame_rate: frames per second of the source: the time between two updates that carry no timestamp, and the
            unit in which motion is measured.
        high_score: detections from here on take part in every stage.
        low_score: detections between low_score and high_score may only keep a track alive.
        start_score: an unassigned detection from here on starts a tracklet.
        max_lost_s: a lost track is kept this long in the hope of finding it again.
        classes: class ids that are tracked; detections of other classes are ignored. None tracks all.
        class_agnostic: a track may take detections of any class, for detectors whose class flickers; it is then
            reported with the class that the scores of its detections speak for. Otherwise classes never mix: a track
            keeps the class of its first detection, and an object whose class changes starts another track.
        association: how detections find their tracks: by "appearance", then overlap (FairMOT; by overlap alone where
            the network has no embeddings), or by the "displacement" that CenterTrack predicts.
        track_starts: a new track is shown once a second detection has "confirmed" it (FairMOT), or "at-once"
            (CenterTrack).
        boxes: what is reported of a track that was detected: its "filtered" box (FairMOT), or the "detected" one
            (CenterTrack).
        box_shape: what the motion model measures beside the centre: "size" (width, height) or "aspect" (ratio and
            height, FairMOT).
        position_noise: standard deviation of position noise, share per frame (FairMOT: 1/20).
        velocity_noise: standard deviation of velocity noise, share per frame and frame (FairMOT: 1/160).
        shared_motion: shift all predictions by what the confident matches of this frame have in common, while that
            has proved to bring other matches nearer. It follows a moving camera without looking at the picture, and is
            left out where camera motion is given.
        appearance_limit: highest appearance cost of a match (FairMOT: 0.4).
        appearance_veto: cosine distance above which overlap makes no match and no duplicate; 2 forbids nothing
            (FairMOT). Chosen on composed crowds with the network of release 0.1.
        appearance_momentum: share of the old embedding in the running mean (FairMOT: 0.9).
        motion_weight: share of the squared Mahalanobis distance in the appearance cost (FairMOT: 0.02).
        motion_limit: highest overlap cost of a match with a high-score detection.
        low_limit: highest overlap cost of a match with a low-score detection.
        unconfirmed_limit: highest overlap cost of the match that confirms a new tracklet (FairMOT: 0.7).
        lost_by_motion: lost tracks may be found again by overlap alone, not only by appearance.
        box_margin: boxes are widened by this share on each side before their overlap is taken, for fast objects.
        height_power: the overlap counts times the overlap of the boxes' vertical extents to this power: people of
            one size at one depth agree in both.
        lost_weight: the overlap of a lost track counts times this, so that it takes no detection from a tracked one
            that fits as well (FairMOT: 1).
        part_weight: the overlap of two boxes, cut at the height of the lower one, counts times this where one may show
            the upper part of the other: of whom a counter suddenly hides. 0 makes no such match (FairMOT).
        duplicate_iou: a lost and a tracked box that overlap more are one object; the younger is dropped (FairMOT:
            0.85). With 1 none is: who is visible is never dropped for who is lost.
        refind: how a lost track gets its box back, see `outrack.tracking.refinding`. "paper" is Algorithm 1 with
            Eq. 15 and 16, "official" is what the authors' code does, "combined" is "paper" and then "geometric" for
            those whom no point brings back. The three read predicted occlusion centres and fall back on "geometric" for
            detectors that predict none. "gsm" uses the neighbours at the time of loss, see `outrack.tracking.gsm`.
            "off" never refinds.
        refind_s: a track is refound only this long after it was last supported (the paper's tau_w, not given there);
            not for "gsm", which asks as long as the track is kept.
        refind_threshold: tau_o, paper Sec. 3.2.2.
        refind_sigma: width of the Gaussian that compares an overlap with an occlusion centre, as a share of the
            overlap's radius: 1/3 as in the heat map (paper); the official code takes 1.
        refind_min_covered: by geometry: share of the lost box that one person in front must cover.
        refind_max_speed: by geometry: box heights per second above which a prediction is not trusted.
        refind_max_age_ratio: by geometry: a track is refound no longer than this share of the time for which
            it had been seen.
        refind_graph_limit: gsm only: highest 1 - similarity of two graphs (OUTrack: 0.63).
        refind_graph_sigma: gsm only: width of the Gaussian that compares where a neighbour stood with where one
            stands, in units of the box; chosen on five MOT17 training sequences.
        predicted_s: how long after the last detection a lost track's prediction is reported (state PREDICTED).
    """

    frame_rate: float = 30.0
    high_score: float = 0.4
    low_score: float = 0.1
    start_score: float = 0.4
    max_lost_s: float = 2.0

    classes: tuple[int, ...] | None = None
    class_agnostic: bool = False

    association: Association = "appearance"
    track_starts: TrackStarts = "confirmed"
    boxes: Boxes = "filtered"

    box_shape: BoxShape = "size"
    position_noise: float = 1 / 20
    velocity_noise: float = 1 / 250
    shared_motion: bool = True

    appearance_limit: float = 0.4
    appearance_veto: float = 0.45
    appearance_momentum: float = 0.9
    motion_weight: float = 0.02
    motion_limit: float = 0.9
    low_limit: float = 0.5
    unconfirmed_limit: float = 0.7
    lost_by_motion: bool = True
    box_margin: float = 0.2
    height_power: float = 2.0
    lost_weight: float = 0.8
    part_weight: float = 0.8
    duplicate_iou: float = 1.0

    refind: RefindPolicy = "combined"
    refind_s: float = 0.7
    refind_threshold: float = 0.7
    refind_sigma: float = 1 / 3
    refind_min_covered: float = 0.3
    refind_max_speed: float = 0.8
    refind_max_age_ratio: float = 0.5
    refind_graph_limit: float = 0.63
    refind_graph_sigma: float = 0.1
    predicted_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("frame_rate", "position_noise", "velocity_noise", "refind_sigma", "refind_graph_sigma"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in (
            "max_lost_s",
            "appearance_veto",
            "box_margin",
            "height_power",
            "refind_s",
            "predicted_s",
            "motion_weight",
        ):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)}")
        for name in (
            "appearance_momentum",
            "lost_weight",
            "part_weight",
            "duplicate_iou",
            "refind_threshold",
            "refind_min_covered",
            "refind_graph_limit",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        if not self.low_score <= self.high_score <= self.start_score:
            raise ValueError(
                "expected low_score <= high_score <= start_score, "
                f"got {self.low_score}, {self.high_score} and {self.start_score}"
            )
        for name, kind in (
            ("refind", RefindPolicy),
            ("association", Association),
            ("track_starts", TrackStarts),
            ("boxes", Boxes),
            ("box_shape", BoxShape),
        ):
            choices = get_args(kind)
            if getattr(self, name) not in choices:
                known = f"{', '.join(choices[:-1])} or {choices[-1]}"
                raise ValueError(f"{name} must be {known}, got {getattr(self, name)!r}")

    def starting_at(self, score: float) -> TrackerConfig:
        """The same, with tracks that start at detections of `score` or more."""
        return replace(self, low_score=min(self.low_score, score), high_score=score, start_score=score)

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
            box_shape="aspect",
            shared_motion=False,
            appearance_veto=2.0,
            motion_limit=0.5,
            lost_by_motion=False,
            box_margin=0.0,
            height_power=0.0,
            lost_weight=1.0,
            part_weight=0.0,
            duplicate_iou=0.85,
            velocity_noise=1 / 160,
            refind=refind,
            refind_s=1.0,
        )

    @classmethod
    def centertrack(cls, *, frame_rate: float = 30.0, refind: RefindPolicy = "off") -> TrackerConfig:
        """CenterTrack's tracker with its own constants; detections must have displacements.

        Without refinding a track that is missed once is gone, as in CenterTrack. With it, tracks are kept for a second
        with a Kalman prediction and refound by occlusions: OTrackct of the paper, which does not say for how long.
        """
        return cls(
            frame_rate=frame_rate,
            low_score=0.4,
            max_lost_s=0.0 if refind == "off" else 1.0,
            association="displacement",
            track_starts="at-once",
            boxes="detected",
            shared_motion=False,
            refind=refind,
            refind_s=1.0,
        )
