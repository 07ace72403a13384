"""The track pipeline as plain functions: source -> detector -> tracker -> outputs.

`track_frames` is the loop for a notebook; `track_to_files` runs it to the end and writes files. `outrack.track`, in
`outrack.video.api`, is either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.detectors import CenterTrackDetector, Detector, ModelInfo, load_detector
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.public import PublicStarts
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.io.interrupts import Interrupts
from outrack.structures import Detections, Frame, Tracks
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.config import RefindPolicy
from outrack.video.camera_motion import CameraMotionEstimator
from outrack.video.known_motion import CameraMotion, compose_camera_motion, open_camera_motion
from outrack.video.naming import NAME, files_for
from outrack.video.opening import files_of, open_frames
from outrack.video.painter import Painter
from outrack.video.sources import VideoSource
from outrack.video.stopwatch import Part, Stopwatch
from outrack.video.writers import CropWriter, TrackLengths, needs_pictures, open_writers

__all__ = [
    "FrameResult",
    "TrackSummary",
    "default_config_for",
    "default_tracker_for",
    "network_of",
    "track_frames",
    "track_to_files",
]


class FrameResult(NamedTuple):
    """One frame with what was detected in it and who is where."""

    frame: Frame
    detections: Detections
    tracks: Tracks


@dataclass(frozen=True, slots=True)
class TrackSummary:
    """What a run did.

    Attributes:
        source: name of the source.
        num_frames: frames tracked.
        num_people: different ids seen.
        best_score: the highest score of all boxes; minus infinity where there was none.
        elapsed_s: wall-clock seconds, from opening the source to closing the outputs.
        part_s: seconds of it spent in each part.
        outputs: what was written, in the order asked for; nothing where no frame came.
        interrupted: Ctrl-C ended the run early, or the reader of standard output went away; the outputs are whole up to
            there.
        num_short: ids that lived shorter than a second, from their first box to their last.
        num_left_out: ids left out of tables and labels because they lived shorter than `min_length_s`.
        num_dropped: frames that a live source made and that came faster than they were tracked.
        network: what the file of the network says of itself, its licence included; None where the boxes come from
            elsewhere.
    """

    source: str
    num_frames: int
    num_people: int
    best_score: float
    elapsed_s: float
    part_s: Mapping[Part, float]
    outputs: tuple[Path, ...]
    interrupted: bool
    num_short: int = 0
    num_left_out: int = 0
    network: ModelInfo | None = None
    num_dropped: int = 0

    @property
    def frames_per_second(self) -> float:
        """Frames tracked for each second of wall-clock time."""
        return self.num_frames / self.elapsed_s if self.elapsed_s > 0 else 0.0


def track_frames(
    source: VideoSource,
    detector: Detector,
    tracker: Tracker | None = None,
    *,
    camera_motion: CameraMotion | Literal["auto"] | None = "auto",
    stopwatch: Stopwatch | None = None,
) -> Iterator[FrameResult]:
    """Track frame by frame, as fast as the caller asks for results.

    Args:
        source: an open source.
        detector: finds the people; `outrack.load_detector()` gives the bundled network.
        tracker: keeps its state between calls, so the next source can go on where this one ended. Left out, it is
            the one that `default_tracker_for` makes.
        camera_motion: {frame index: (2, 3) affine from the previous frame of the source to this one}. Between the
            frames that a stride or a live source leaves out, the affines are composed. `auto` estimates it from the
            pictures, where a network looks at them anyway; None takes the camera for still.
        stopwatch: counts the time by part.

    Raises:
        TypeError: the source is not open.
    """
    _check_open(source)
    clock = Stopwatch() if stopwatch is None else stopwatch
    tracker = default_tracker_for(detector, frame_rate=source.frame_rate) if tracker is None else tracker
    frames = iter(source)
    estimator = CameraMotionEstimator() if camera_motion == "auto" and _follows_camera(detector, tracker) else None
    known = None if camera_motion == "auto" else camera_motion
    last_index: int | None = None
    while True:
        with clock.timing(Part.DECODING):
            frame = next(frames, None)
        if frame is None:
            return
        with clock.timing(Part.NETWORK):
            detections = detector(frame)
        with clock.timing(Part.TRACKING):
            motion = None
            if estimator is not None:
                motion = estimator.update(frame.pixels, detections.xyxy)
            elif known is not None and last_index is not None:
                motion = compose_camera_motion(known, first=last_index, last=frame.index)
            tracks = tracker.update(detections, timestamp=frame.timestamp_s, camera_motion=motion)
        last_index = frame.index
        yield FrameResult(frame, detections, tracks)


def _check_open(source: object) -> None:
    if not isinstance(source, VideoSource):
        raise TypeError(
            "source: expected an open one, as of outrack.open_source(path), got "
            f"{type(source).__name__}; outrack.track(path) opens it itself"
        )


def track_to_files(
    source: str | Path | int | VideoSource,
    outputs: str | Path | Sequence[str | Path] = (),
    *,
    detector: Detector | None = None,
    tracker: Tracker | None = None,
    stride: int = 1,
    max_frames: int | None = None,
    camera_motion: CameraMotion | str | Path | None = "auto",
    painter: Painter | None = None,
    crops: str | Path | None = None,
    overwrite: bool = False,
    min_length_s: float = 0.0,
    on_frame: Callable[[FrameResult], None] | None = None,
) -> TrackSummary:
    """Track the people in a video and write the result while it goes.

    Ctrl-C ends the run between two frames: the outputs are closed whole, and the summary says `interrupted`.

    Args:
        source: video file, image folder, MOTChallenge sequence, glob, camera number or URL; or an open source, for
            which `stride` and `max_frames` were settled when it was opened.
        outputs: files to write, the kind told by the suffix: .mp4 (annotated video), .txt (MOTChallenge),
            .jsonl, .csv, .xml (CVAT), .json (COCO-VID). A folder gets a .txt named after the source; `{name}` stands
            for that name, `-` for standard output.
        detector: finds the people; the network that comes with the package when left out.
        tracker: keeps the identities; one with the settings that suit the detector and with the source's frame rate
            when left out.
        stride: use every n-th frame.
        max_frames: stop after so many frames.
        camera_motion: `auto`, `off`, a file (`outrack.io.motchallenge.read_camera_motion`) or its content; see
            `track_frames`.
        painter: draws the annotated video.
        crops: folder that gets a picture of every person, sorted by id; `{name}` as in `outputs`.
        overwrite: replace outputs that exist, and add to a folder of crops that does.
        min_length_s: leave tracks that live shorter out of all but videos and crops; frames are written when it is
            known which of their tracks stay.
        on_frame: called with every result after it was written.

    Raises:
        FileExistsError: an output exists, or crops do, and `overwrite` is not set.
        FileNotFoundError, ValueError, OSError: the source or an output cannot be used; the message says why.
    """
    asked = (outputs,) if isinstance(outputs, str | Path) else tuple(outputs)
    draws = needs_pictures([Path(output) for output in asked])
    motion = open_camera_motion(camera_motion)
    if detector is None:
        config = TrackerConfig() if tracker is None else tracker.config
        detector = load_detector(conf=config.low_score)  # weak detections start no track, but keep one alive
    painter = Painter() if painter is None else painter
    clock = Stopwatch()
    num_frames = 0
    network = network_of(detector)
    lengths = TrackLengths()
    best_score = -math.inf
    interrupted = False
    with Interrupts() as interrupts, ExitStack() as stack:
        if isinstance(source, VideoSource):
            video = source
        else:
            pictures = draws or crops is not None
            video = stack.enter_context(
                open_frames(source, detector, pictures=pictures, stride=stride, max_frames=max_frames)
            )
        paths = files_for(asked, video.name)
        read = (
            source,
            None if motion in ("auto", None) else camera_motion,
            *(file.path for file in files_of(detector)),
        )
        refuse_overwriting_inputs(paths, [name for name in read if isinstance(name, str | Path)])
        if tracker is None:
            tracker = default_tracker_for(detector, frame_rate=video.frame_rate)
        writers = stack.enter_context(
            open_writers(
                paths,
                frame_rate=video.frame_rate / video.stride,
                overwrite=overwrite,
                source=video,
                class_names=network.classes if network else ("person",),
                min_length_s=min_length_s,
                memory_s=_memory_of(tracker),
            )
        )
        crop_writer = (
            None if crops is None else stack.enter_context(_open_crops(crops, video.name, overwrite=overwrite))
        )
        try:
            for result in track_frames(video, detector, tracker, camera_motion=motion, stopwatch=clock):
                frame, detections, tracks = result
                painted = None
                if draws:
                    with clock.timing(Part.DRAWING):
                        painted = painter.paint(_shown(frame, video), tracks, detections.occlusions)
                with interrupts.deferred(), clock.timing(Part.WRITING):
                    writers.write(frame, detections, tracks, painted)
                    if crop_writer is not None and frame.image is not None:
                        crop_writer.write(frame, detections, tracks)
                    num_frames += 1
                    lengths.add(tracks, frame.timestamp_s)
                    best_score = max(best_score, float(detections.scores.max(initial=-math.inf)))
                if on_frame is not None:
                    on_frame(result)
        except (KeyboardInterrupt, BrokenPipeError):
            interrupted = True
    return TrackSummary(
        source=video.name,
        num_frames=num_frames,
        num_people=len(lengths),
        best_score=best_score,
        elapsed_s=clock.elapsed(),
        part_s=clock.seconds,
        outputs=paths if num_frames else (),
        interrupted=interrupted,
        num_short=lengths.num_shorter(1.0),
        num_left_out=lengths.num_shorter(min_length_s),
        network=network,
        num_dropped=video.num_dropped,
    )


def _shown(frame: Frame, video: VideoSource) -> NDArray[np.uint8]:
    """The picture to draw on: grey where the frame has none."""
    if frame.image is None and video.size is not None:
        return np.full((video.size[1], video.size[0], 3), 128, np.uint8)
    return frame.pixels


def default_tracker_for(detector: Detector, *, frame_rate: float) -> Tracker:
    """A tracker for the people whom a detector finds: with its `default_config_for`, and where it has a start rule,
    with that.

    Args:
        detector: of the stream.
        frame_rate: of the source, in frames per second.
    """
    rule = detector.may_start if isinstance(detector, PublicStarts) else None
    return Tracker(default_config_for(detector), start_rule=rule, frame_rate=frame_rate)


def default_config_for(detector: Detector, *, refind: RefindPolicy | None = None) -> TrackerConfig:
    """The settings with which a detector's people are tracked: CenterTrack's for a CenterTrack, else the default.

    Tracks start at the score from which the network's file says that a box is a detection.

    Args:
        detector: which network it runs decides.
        refind: how people are refound. Left out, a CenterTrack that predicts occlusion points refinds by them, as the
            paper's OTrackct, and another one not at all.
    """
    detector = _behind(detector)
    if isinstance(detector, CenterTrackDetector):
        config = TrackerConfig.centertrack(refind=refind or ("paper" if detector.info.occlusions else "off"))
    else:
        config = TrackerConfig() if refind is None else TrackerConfig(refind=refind)
    return config.starting_at(detector.info.score_threshold) if isinstance(detector, NetworkDetector) else config


def _memory_of(tracker: object) -> float:
    """Seconds for which a lost track may come back; those of the default where a tracker does not say."""
    config = getattr(tracker, "config", None)
    return (config if isinstance(config, TrackerConfig) else TrackerConfig()).max_lost_s


def network_of(detector: Detector) -> ModelInfo | None:
    """What the file of a detector's network says of itself; None where no network runs."""
    behind = _behind(detector)
    return behind.info if isinstance(behind, NetworkDetector) else None


def _behind(detector: Detector) -> Detector:
    """The detector whose boxes are tracked."""
    return detector.detector if isinstance(detector, PublicStarts) else detector


def _follows_camera(detector: Detector, tracker: Tracker) -> bool:
    """Whether an estimate is worth it: pictures are read, and predictions do not come from the network itself."""
    behind = detector.detector if isinstance(detector, PublicStarts) else detector
    reads_pictures = isinstance(behind, NetworkDetector) and not isinstance(behind, CenterTrackDetector)
    return reads_pictures and tracker.config.association == "appearance"


def _open_crops(asked: str | Path, name: str, *, overwrite: bool) -> CropWriter:
    folder = Path(str(asked).replace(NAME, name))
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise FileExistsError(
            f"{folder}: holds files already, and crops of another run would mix with these. "
            "Choose another folder, or add to it with --overwrite."
        )
    return CropWriter(folder)
