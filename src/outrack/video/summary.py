"""The summary of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from outrack.detectors import Detector, ModelInfo, info_of
from outrack.detectors.input_sizes import input_sizes
from outrack.video.loop import FrameResult
from outrack.video.sources import VideoSource
from outrack.video.stopwatch import Phase, Stopwatch
from outrack.video.writers import TrackLengths

__all__ = ["RunCounts", "TrackSummary"]


@dataclass(frozen=True, slots=True)
class TrackSummary:
    """The summary of a run.

    Attributes:
        source: name of the source.
        num_frames: frames tracked.
        num_people: different ids seen.
        best_score: the highest score of all boxes; minus infinity without boxes.
        elapsed_s: wall-clock seconds, from opening the source to closing the outputs.
        phase_s: seconds of it spent in each phase.
        outputs: written files, in the given order; empty if there was no frame.
        interrupted: Ctrl-C ended the run early, or the reader of standard output closed it; the outputs are complete up
            to there.
        num_short: ids that lived less than a second, from their first box to their last.
        num_left_out: ids omitted from tables and labels because they lived less than `min_length_s`.
        num_dropped: frames of a live source that arrived faster than they were tracked.
        network: the metadata of the network's file, including its licence; None without a network.
        input_sizes: widths and heights at which the network ran, in the order of their first use.
    """

    source: str
    num_frames: int
    num_people: int
    best_score: float
    elapsed_s: float
    phase_s: Mapping[Phase, float]
    outputs: tuple[Path | str, ...]
    interrupted: bool
    num_short: int = 0
    num_left_out: int = 0
    network: ModelInfo | None = None
    num_dropped: int = 0
    input_sizes: tuple[tuple[int, int], ...] = ()

    @property
    def frames_per_second(self) -> float:
        """Frames tracked for each second of wall-clock time."""
        return self.num_frames / self.elapsed_s if self.elapsed_s > 0 else 0.0


class RunCounts:
    """Counts of a run, for its summary.

    Attributes:
        num_frames: frames so far.
    """

    def __init__(self) -> None:
        self.num_frames = 0
        self._lengths = TrackLengths()
        self._best_score = -math.inf

    def add(self, result: FrameResult) -> None:
        """Count one frame."""
        self.num_frames += 1
        self._lengths.add(result.tracks, result.frame.timestamp_s)
        self._best_score = max(self._best_score, float(result.detections.scores.max(initial=-math.inf)))

    def summary(
        self,
        video: VideoSource,
        paths: tuple[Path, ...],
        clock: Stopwatch,
        *,
        interrupted: bool,
        min_length_s: float,
        detector: Detector,
    ) -> TrackSummary:
        """The summary of all counts so far; the arguments describe the run."""
        return TrackSummary(
            source=video.name,
            num_frames=self.num_frames,
            num_people=len(self._lengths),
            best_score=self._best_score,
            elapsed_s=clock.elapsed(),
            phase_s=clock.seconds,
            outputs=paths if self.num_frames else (),
            interrupted=interrupted,
            num_short=self._lengths.num_shorter(1.0),
            num_left_out=self._lengths.num_shorter(min_length_s),
            network=info_of(detector).network,
            num_dropped=video.num_dropped,
            input_sizes=input_sizes(detector, video.size),
        )
