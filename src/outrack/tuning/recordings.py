"""Recorded detections of a sequence: the network runs once, and trackers are tried on them many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.datasets.index import cache_folder, files_key
from outrack.datasets.mot import MotSequence
from outrack.datasets.video_of_boxes import sequence_video
from outrack.detectors import Detector, info_of
from outrack.detectors.cached import Replay, cached_detections
from outrack.evaluation.folders import detect_benchmark
from outrack.io.atomic import atomic_write
from outrack.io.ground_truth import Columns, read_ground_truth
from outrack.io.sequences import Benchmark, LabelledSequence, SequenceResults
from outrack.structures import Detections, Frame
from outrack.tracking import Tracker, TrackerConfig
from outrack.video.camera_motion import CameraMotionEstimator
from outrack.video.delay import Delay, delayed
from outrack.video.known_motion import KnownMotion
from outrack.video.loop import detect_and_track
from outrack.video.opening import open_frames
from outrack.video.pace import pace_at

__all__ = ["Recording", "record"]


@dataclass(frozen=True, slots=True)
class Recording:
    """The frames of a sequence, or of a part of one, without their pictures.

    Attributes:
        truth: ground truth; frames of a part count from 1.
        benchmark: whose rules apply.
        frame_rate: frames per second.
        detections: detections of each frame.
        motion: (2, 3) affine from the previous frame, by frame from 0; None assumes a static camera.
        is_paced: the boxes are those of a network, which `outrack track` does not run on every frame of a file.
    """

    truth: LabelledSequence
    benchmark: Benchmark
    frame_rate: float
    detections: list[Detections]
    motion: dict[int, NDArray[np.float64]] | None
    is_paced: bool = False

    @property
    def name(self) -> str:
        """Name of the sequence, or of the part."""
        return self.truth.name

    def __len__(self) -> int:
        return len(self.detections)

    def tracks_with(self, config: TrackerConfig) -> SequenceResults:
        """The results of a tracker with these settings at its frame rate, paced and smoothed as for files."""
        tracker = Tracker(config.with_values({"frame_rate": self.frame_rate}))
        frames = (Frame(None, index, index / self.frame_rate) for index in range(len(self)))
        motion = None if self.motion is None else KnownMotion(self.motion)
        smoothed = tracker.config if tracker.config.smoothing.delay_s > 0 else None
        pace = pace_at(self.frame_rate, 1, tracker.config.smoothing) if smoothed and self.is_paced else None
        steps = detect_and_track(frames, Replay(self.detections), tracker, frame_motion=motion, pace=pace)
        found = delayed(steps, Delay(smoothed, frame_rate=self.frame_rate, keeps_pictures=False))
        return SequenceResults.from_tracks([result.tracks for result in found])

    def part(self, frames: range, name: str) -> Recording:
        """Consecutive frames, from 0, as a separate sequence."""
        shown = self.truth.within(range(frames.start + 1, frames.stop + 1))
        truth = replace(shown, name=name, frames=shown.frames - frames.start, num_frames=len(frames))
        motion = self.motion
        if motion is not None:
            motion = {index - frames.start: motion[index] for index in frames if index in motion}
        return replace(self, truth=truth, detections=self.detections[frames.start : frames.stop], motion=motion)


def record(
    folder: str | Path,
    detector: Detector,
    *,
    sources: Sequence[Path] = (),
    key: str = "",
    follows_camera: bool = False,
    on_frame: Callable[[], None] = lambda: None,
) -> Recording:
    """Detect in every frame of a MOTChallenge sequence, or read an earlier recording.

    Args:
        folder: the sequence, with `gt/gt.txt`. Instead of its pictures there may be a video of its name, in the folder,
            next to it or one folder above.
        detector: finds the people, including those with low scores: settings decide later which of them count.
        sources: further files that it reads, such as weights; if they changed, recordings are not reused.
        key: key of its settings; recordings with another key are not reused.
        follows_camera: estimate camera motion, which needs pictures.
        on_frame: called after each frame.

    Raises:
        FileNotFoundError: there is no ground truth, or there are no pictures but the detector needs them.
        ValueError: a file is malformed, or the video is shorter than the sequence.
    """
    folder = Path(folder)
    sequence = MotSequence.open(folder)
    length = sequence.info.num_frames
    source = sequence_video(folder) or folder
    most = None if source == folder else length
    benchmark = detect_benchmark([sequence.name])
    columns: Columns = benchmark if benchmark in ("mot15", "plain") else "mot16"
    truth = read_ground_truth(folder / "gt" / "gt.txt", name=sequence.name, columns=columns, num_frames=length)
    if not truth.pedestrians.counted.any():
        raise ValueError(
            f"{folder / 'gt' / 'gt.txt'}: none of these ground-truth boxes counts; there is nothing to tune on"
        )
    rate = sequence.info.frame_rate or 25.0

    def detect() -> list[Detections]:
        estimator = CameraMotionEstimator() if follows_camera else None
        found, motions = [], []
        with open_frames(source, detector, pictures=follows_camera, max_frames=most) as video:
            for frame in video:
                found.append(detector(frame))
                if estimator is not None:
                    motions.append(estimator.update(frame, found[-1].xyxy))
                on_frame()
        if len(found) < length and source != folder:
            raise ValueError(f"{source}: {len(found)} frames, but {folder / 'seqinfo.ini'} has seqLength={length}")
        if follows_camera:
            with atomic_write(moved) as unfinished, unfinished.open("wb") as file:
                np.save(file, np.array(motions).reshape(-1, 2, 3))
        return found

    files = [*sources, *(file.path for file in info_of(detector).files)]
    place = cache_folder() / "tuning" / files_key([folder, source, *files], settings=f"{key} {follows_camera}")
    kept, moved = place.with_suffix(".npz"), place.with_suffix(".npy")
    if follows_camera and not moved.is_file():
        kept.unlink(missing_ok=True)  # only one of them is left after an interrupted removal
    detections = cached_detections(kept, detect)
    motion = dict(enumerate(np.load(moved))) if follows_camera else None
    info = info_of(detector)
    is_paced = info.network is not None and info.tracker == "default"
    return Recording(truth, benchmark, rate, detections, motion, is_paced)
