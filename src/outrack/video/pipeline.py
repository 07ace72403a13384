"""One source into files: source -> detector -> tracker -> smoothing -> outputs.

Frames are tracked by `track_source`, in `outrack.video.loop`. `outrack.track`, in `outrack.video.api`, returns results
one by one, or calls `track_to_files` for each source if it writes files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from outrack.detectors import Detector, info_of
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.io.interrupts import Interrupts
from outrack.tracking import Tracker
from outrack.video.arguments import check_callbacks
from outrack.video.defaults import at_size_for, default_detector_for, default_tracker_for, memory_of
from outrack.video.delay import Delay, smoothing_for
from outrack.video.known_motion import CameraMotion, open_camera_motion, warn_of_missing_motion
from outrack.video.loop import FrameResult, track_source
from outrack.video.opening import open_frames
from outrack.video.origin import origin_of
from outrack.video.output_files import files_for, listed_outputs
from outrack.video.outputs import RunOutputs, open_crops
from outrack.video.painter import Painter
from outrack.video.result_writer import ResultWriter
from outrack.video.sources import VideoSource
from outrack.video.stopwatch import Stopwatch
from outrack.video.summary import RunCounts, TrackSummary
from outrack.video.writers import needs_pictures, open_writers

__all__ = ["track_to_files"]


def track_to_files(
    source: str | Path | int | VideoSource,
    outputs: str | Path | Sequence[str | Path] = (),
    *,
    detector: Detector | None = None,
    fit_size: bool = False,
    tracker: Tracker | None = None,
    stride: int = 1,
    max_frames: int | None = None,
    camera_motion: CameraMotion | str | Path | None = "auto",
    painter: Painter | None = None,
    crops: str | Path | None = None,
    overwrite: bool = False,
    min_length_s: float = 0.0,
    online: bool = False,
    on_frame: Callable[[FrameResult], None] | None = None,
    on_frame_sees_pictures: bool = True,
    name: str | None = None,
) -> TrackSummary:
    """Track the people in a video and write the results during the run, those of files `smoothing.delay_s` late.

    Ctrl-C ends the run between two frames: the outputs are complete, and the summary is marked `interrupted`.

    Args:
        source: video file, image folder, MOTChallenge sequence, glob, camera number or URL; or an open source, which
            has a `stride` and `max_frames` of its own.
        outputs: files to write, of the kind given by the suffix: .mp4 (annotated video), .txt (MOTChallenge),
            .jsonl, .csv, .xml (CVAT), .json (COCO-VID). A folder gets a .txt named after the source; `{name}` stands
            for that name, `-` for standard output.
        detector: finds the people; by default the bundled network, at the size that suits the source.
        fit_size: run the detector, if it is a network, at the size that suits the source (`at_size_for`).
        tracker: assigns the identities; by default one with the detector's settings and the source's frame rate.
        stride: use every n-th frame.
        max_frames: stop after this many frames.
        camera_motion: `auto`, `off`, a file (`outrack.io.motchallenge.read_camera_motion`) or its content; see
            `track_frames`.
        painter: draws the annotated video.
        crops: folder for pictures of every person, sorted by id; `{name}` as in `outputs`.
        overwrite: replace existing outputs, and add to an existing folder of crops.
        min_length_s: omit tracks that live shorter from all outputs except videos and crops; frames are written once it
            is known which of their tracks remain.
        online: report each frame of a file before the next one is seen, as for a live source, without smoothing by
            later frames (`outrack.tracking.smoothing`).
        on_frame: called with each result after it was written.
        on_frame_sees_pictures: whether `on_frame` uses the pictures; if not, they need not be kept.
        name: name of the source in its outputs; by default its own, as for an open source.

    Raises:
        FileExistsError: an output or crops exist, and `overwrite` is not set.
        TypeError: an argument has the wrong type.
        FileNotFoundError, ValueError, OSError: the source or an output cannot be used; the message says why.
    """
    asked = listed_outputs(outputs)
    check_callbacks(painter, on_frame)
    draws = needs_pictures([Path(output) for output in asked])
    motion = open_camera_motion(camera_motion)
    fit_size |= detector is None
    detector = default_detector_for(tracker) if detector is None else detector
    clock, counts, painter = Stopwatch(), RunCounts(), painter or Painter()
    network = info_of(detector).network
    with Interrupts() as interrupts, ExitStack() as stack:
        if isinstance(source, VideoSource):
            video = source
        else:
            pictures = draws or crops is not None
            video = open_frames(source, detector, pictures=pictures, stride=stride, max_frames=max_frames)
            stack.enter_context(video)
            video.name = name or video.name
        warn_of_missing_motion(motion if isinstance(camera_motion, str | Path) else "auto", video)
        paths = files_for(asked, video.name)
        refuse_overwriting_inputs(paths, _files_read(source, detector, camera_motion))
        tracker = default_tracker_for(detector, frame_rate=video.frame_rate) if tracker is None else tracker
        detector = at_size_for(video, detector) if fit_size else detector
        smoothed = None if online else smoothing_for(video, tracker)
        writers = open_writers(
            paths,
            frame_rate=video.frame_rate / video.stride,
            overwrite=overwrite,
            source=video,
            class_names=network.classes if network else ("person",),
            min_length_s=min_length_s,
            memory_s=memory_of(tracker),
            origin=origin_of(
                tracker,
                network,
                stride=video.stride,
                min_length_s=min_length_s,
                smoothed=smoothed is not None,
                is_drawn_on=painter.changes_pictures,
            ),
        )
        stack.enter_context(writers)
        stack.callback(interrupts.hold)  # runs first, so that the files are complete
        cut_out = None if crops is None else open_crops(crops, video.name, overwrite=overwrite)
        files = RunOutputs(video, writers, painter, crops=cut_out)
        results = ResultWriter(files, counts, clock, draws=draws, on_frame=on_frame)
        keeps_pictures = draws or crops is not None or on_frame_sees_pictures
        delay = Delay(smoothed, frame_rate=video.frame_rate / video.stride, keeps_pictures=keeps_pictures)
        steps = track_source(video, detector, tracker, camera_motion=motion, stopwatch=clock, smoothed=smoothed)
        interrupted = results.write_all(steps, delay, interrupts)
    interrupted |= interrupts.received
    return counts.summary(video, paths, clock, interrupted=interrupted, min_length_s=min_length_s, detector=detector)


def _files_read(
    source: str | Path | int | VideoSource, detector: Detector, camera_motion: CameraMotion | str | Path | None
) -> list[str | Path]:
    """The files from which a run takes its frames, detections and camera motion."""
    read: list[object] = [source, *(file.path for file in info_of(detector).files)]
    if camera_motion not in ("auto", "off", None):
        read.append(camera_motion)
    return [name for name in read if isinstance(name, str | Path)]
