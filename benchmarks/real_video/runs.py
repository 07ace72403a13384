"""Trackers on cached detections, run several times under small perturbations, scored by TrackEval."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from peers import PeerName, PeerTracker
from real_video.found import Found
from real_video.sequences import LabelledVideo

from outrack.evaluation import SequenceResults, evaluate_sequences
from outrack.structures import Detections, Frame, Tracks
from outrack.tracking import Tracker, TrackerConfig, TrackSmoother
from outrack.video.known_motion import compose_camera_motion
from outrack.video.pace import pace_at

__all__ = ["PERTURBATIONS", "Maker", "Perturbation", "Run", "ours", "peer", "run", "spread"]

Motion = NDArray[np.float64]
Follow = Callable[[Detections, float, Motion], tuple[Tracks, Detections]]
"""Detections, time in seconds and the camera's motion since the frame before: tracks, and their detections."""


@dataclass(frozen=True)
class Perturbation:
    """What should not matter much: a later start, a slightly other threshold, every second frame."""

    skip: int = 0
    threshold: float = 0.0
    stride: int = 1


PERTURBATIONS = (
    Perturbation(),
    Perturbation(skip=5),
    Perturbation(skip=11),
    Perturbation(threshold=-0.03),
    Perturbation(threshold=0.03),
    Perturbation(stride=2),
)


@dataclass(frozen=True)
class Run:
    """TrackEval's measures of one run, shares in per cent."""

    hota: float
    mota: float
    idf1: float
    idsw: float
    fp: float
    fn: float


@dataclass(frozen=True)
class Maker:
    """A tracker to be made for each run.

    Attributes:
        make: from the frame rate of the video, the stride of the run and the threshold.
        threshold: score at which tracks start, before it is perturbed.
        smoothing: settings with which the tracks are smoothed, as those of files are; None leaves them as they are.
        every_frame: every frame is detected; otherwise as many as the settings say, as for files.
    """

    make: Callable[[float, int, float], Follow]
    threshold: float
    smoothing: TrackerConfig | None = None
    every_frame: bool = True


def ours(
    threshold: float,
    *,
    camera: bool = True,
    appearance: bool = True,
    online: bool = False,
    every_frame: bool = False,
    **settings: object,
) -> Maker:
    """Our tracker; the threshold is the score at which tracks start, weaker boxes only continue them.

    Args:
        threshold: as for `Maker`.
        camera: with the camera's motion.
        appearance: with embeddings.
        online: each frame is detected and reported before the next one is seen; smoothed otherwise.
        every_frame: is detected, also where tracks are smoothed.
        settings: of `TrackerConfig`, such as "overlap.limit".
    """

    def make(frame_rate: float, stride: int, score: float) -> Follow:
        config = TrackerConfig(frame_rate=frame_rate).with_values(settings).starting_at(score)
        tracker = Tracker(config)

        def follow(found: Detections, time_s: float, motion: Motion) -> tuple[Tracks, Detections]:
            seen = found[found.scores >= config.low_score]
            if not appearance:
                seen = Detections(seen.xyxy, seen.scores, occlusions=seen.occlusions)
            return tracker.update(seen, timestamp=time_s, camera_motion=motion if camera else None), seen

        return follow

    smoothing = None if online else TrackerConfig().with_values(settings)
    return Maker(make, threshold, smoothing, every_frame=online or every_frame)


def peer(name: PeerName, threshold: float, *, smoothing: TrackerConfig | None = None) -> Maker:
    """A tracker of the package `trackers` with its defaults, fed all boxes from a threshold on.

    Args:
        name: of the tracker.
        threshold: as for `Maker`.
        smoothing: as for `Maker`: our smoothing of its tracks.
    """

    def make(frame_rate: float, stride: int, score: float) -> Follow:
        tracker = PeerTracker(name, frame_rate=frame_rate / stride)

        def follow(found: Detections, time_s: float, motion: Motion) -> tuple[Tracks, Detections]:
            strong = found[found.scores >= score]
            strong = Detections(strong.xyxy, strong.scores)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return tracker.update(strong), strong

        return follow

    return Maker(make, threshold, smoothing)


def run(video: LabelledVideo, found: Found, maker: Maker, perturbation: Perturbation) -> Run:
    """Track the test frames under one perturbation and score the tracks."""
    used = video.used(skip=perturbation.skip, stride=perturbation.stride)
    follow = maker.make(video.frame_rate, perturbation.stride, maker.threshold + perturbation.threshold)
    smoother = None if maker.smoothing is None else TrackSmoother(maker.smoothing)
    tracks: list[Tracks] = []
    last = used.start
    for frame, is_detected in _chosen(video, used, maker):
        time_s = (frame - used.start) / video.frame_rate
        known, seen = None, None
        if is_detected:
            motion = compose_camera_motion(found.motion, first=last, last=frame)
            known, seen = follow(found.detections[frame], time_s, motion)
            last = frame
        if smoother is None:
            tracks.append(Tracks.empty() if known is None else known)
        else:
            motion = compose_camera_motion(found.motion, first=max(frame - used.step, used.start), last=frame)
            tracks += smoother.add(known, seen, timestamp=time_s, camera_motion=motion)
    if smoother is not None:
        tracks += smoother.finish()
    scores = evaluate_sequences([(video.truth_of(used), SequenceResults.from_tracks(tracks))]).combined
    return Run(scores.hota, scores.mota, scores.idf1, scores.idsw, scores.fp, scores.fn)


def _chosen(video: LabelledVideo, used: range, maker: Maker) -> list[tuple[int, bool]]:
    """The test frames, and whether the network runs on them."""
    pace = None
    if not maker.every_frame and maker.smoothing is not None:
        pace = pace_at(video.frame_rate, used.step, maker.smoothing.smoothing)
    if pace is None:
        return [(frame, True) for frame in used]
    frames = [Frame(None, frame - used.start, (frame - used.start) / video.frame_rate) for frame in used]
    return [(frame.index + used.start, is_detected) for frame, is_detected in pace.chosen(frames)]


def spread(runs: Sequence[Run], measure: str) -> tuple[float, float]:
    """Mean and standard deviation of a measure over perturbed runs."""
    values = np.array([getattr(one, measure) for one in runs])
    return float(values.mean()), float(values.std(ddof=1))
