"""`outrack.track`: one source or several, frame by frame or into files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Literal, overload

from outrack.detectors import Detector, Speed, info_of
from outrack.detectors.any_detector import AnyDetector, AppearanceOf, as_detector
from outrack.tracking import Tracker
from outrack.video import arguments
from outrack.video.arguments import Source, Sources
from outrack.video.defaults import at_size_for, default_detector_for, default_tracker_for
from outrack.video.delay import Delay, delayed, smoothing_for
from outrack.video.known_motion import CameraMotion, open_camera_motion
from outrack.video.loop import FrameResult, track_source
from outrack.video.opening import open_frames
from outrack.video.output_files import listed_outputs
from outrack.video.painter import Painter
from outrack.video.pipeline import track_to_files
from outrack.video.sources import VideoSource
from outrack.video.summary import TrackSummary

__all__ = ["track"]


@overload
def track(
    source: Source | Sources,
    outputs: None = None,
    *,
    detector: AnyDetector | None = None,
    appearance: AppearanceOf | None = None,
    speed: Speed | Literal["auto"] = "auto",
    tracker: Tracker | None = None,
    stride: int = 1,
    max_frames: int | None = None,
    camera_motion: CameraMotion | str | Path | None = "auto",
    online: bool = False,
) -> Iterator[FrameResult]: ...


@overload
def track(
    source: Source,
    outputs: str | Path | Sequence[str | Path],
    *,
    detector: AnyDetector | None = None,
    appearance: AppearanceOf | None = None,
    speed: Speed | Literal["auto"] = "auto",
    tracker: Tracker | None = None,
    stride: int = 1,
    max_frames: int | None = None,
    camera_motion: CameraMotion | str | Path | None = "auto",
    online: bool = False,
    painter: Painter | None = None,
    crops: str | Path | None = None,
    overwrite: bool = False,
    min_length_s: float = 0.0,
    on_frame: Callable[[FrameResult], None] | None = None,
) -> TrackSummary: ...


@overload
def track(
    source: Sources,
    outputs: str | Path | Sequence[str | Path],
    *,
    detector: AnyDetector | None = None,
    appearance: AppearanceOf | None = None,
    speed: Speed | Literal["auto"] = "auto",
    tracker: Tracker | None = None,
    stride: int = 1,
    max_frames: int | None = None,
    camera_motion: CameraMotion | str | Path | None = "auto",
    online: bool = False,
    painter: Painter | None = None,
    crops: str | Path | None = None,
    overwrite: bool = False,
    min_length_s: float = 0.0,
    on_frame: Callable[[FrameResult], None] | None = None,
) -> list[TrackSummary]: ...


def track(
    source: Source | Sources,
    outputs: str | Path | Sequence[str | Path] | None = None,
    *,
    detector: AnyDetector | None = None,
    appearance: AppearanceOf | None = None,
    speed: Speed | Literal["auto"] = "auto",
    tracker: Tracker | None = None,
    stride: int = 1,
    max_frames: int | None = None,
    camera_motion: CameraMotion | str | Path | None = "auto",
    online: bool = False,
    painter: Painter | None = None,
    crops: str | Path | None = None,
    overwrite: bool = False,
    min_length_s: float = 0.0,
    on_frame: Callable[[FrameResult], None] | None = None,
) -> Iterator[FrameResult] | TrackSummary | list[TrackSummary]:
    """Track the people in a video, frame by frame or into files.

    ::

        for frame, detections, tracks in outrack.track("street.mp4"):
            print(frame.timestamp_s, tracks.ids)
        summary = outrack.track("street.mp4", ["street.tracked.mp4", "street.csv"])
        summaries = outrack.track(["a.mp4", "b.mp4"], "boxes/")

    Args:
        source: video file, image folder, MOTChallenge sequence, glob, camera number or URL; or an open source, which
            has a `stride` and `max_frames` of its own. Or a list of these, which are tracked one after the other; ids
            restart at 1 in each.
        outputs: files to write, the kind by the suffix: .mp4 (annotated video), .txt (MOTChallenge), .jsonl, .csv,
            .xml (CVAT), .json (COCO-VID). A folder (`boxes/`) gets a .txt named after the source, and `{name}` stands
            for that name; several sources need one of the two, and sources with equal names get their folder, host or
            ending added to the name. Without outputs, frames are returned with their tracks as they are processed;
            `frame.source` is the source of each.
        detector: finds the people; by default the bundled network. Any function of a `Frame` that returns what
            `outrack.as_detections` accepts: Results of Ultralytics, supervision, COCO results, arrays.
        appearance: embeddings for a detector without any: "bundled" computes them with the bundled network, an
            `outrack.Appearance` with another one. By default, such boxes are tracked by motion and overlap.
        speed: input size of the bundled network, as for `outrack track --speed`: `fast`, `balanced` or `accurate`. For
            files `auto` is balanced, and accurate while most people are small; for a live source it is the largest size
            that keeps up. Other networks: `detector=outrack.load_detector(weights, speed=...)`.
        tracker: assigns the identities; by default one with the detector's settings and the source's frame rate. A
            given one is reset before each of several sources.
        stride: use every n-th frame.
        max_frames: stop after this many frames of each source.
        camera_motion: `auto` estimates it from the pictures if a network reads them, `off` or None assumes a static
            camera; or a file (`outrack.io.motchallenge.read_camera_motion`) or its content, of a single source.
        online: report each frame of a file before the next one is seen. Otherwise results are delayed by
            `smoothing.delay_s` and corrected using later frames: gaps are filled, boxes smoothed, and flicker and
            static false detections removed (`outrack.tracking.smoothing`). Live sources are always online.
        painter: draws the annotated video.
        crops: folder for pictures of every person, sorted by id; with several sources it must contain `{name}`.
        overwrite: replace existing outputs, and add to an existing folder of crops.
        min_length_s: omit tracks that live shorter, in seconds, from all outputs except videos and crops.
        on_frame: called with each result after it was written.

    Returns:
        Without outputs an iterator over `FrameResult(frame, detections, tracks)`. With outputs the `TrackSummary` of
        the source, or a list of them for a list of sources. Ctrl-C ends a run with outputs between two frames: they are
        complete, and the summary is marked `interrupted`.

    Raises:
        TypeError: an argument has the wrong type, or needs outputs and there are none.
        FileExistsError: an output or crops exist, and `overwrite` is not set.
        FileNotFoundError, ValueError, OSError: a source or an output cannot be used; the message says why.
    """
    sources = arguments.checked_sources(source)
    several = isinstance(source, list | tuple)
    if several and camera_motion not in ("auto", "off", None):
        raise ValueError("camera_motion belongs to one source: track each source separately")
    arguments.check_types(detector, tracker, appearance)
    names = arguments.names_of(sources)
    arguments.check_speed(speed, detector)
    arguments.check_open_sources(sources, stride, max_frames)
    fit_size = detector is None and speed == "auto"
    found_by = as_detector(default_detector_for(tracker, speed) if detector is None else detector, appearance)
    if outputs is None:
        given = {"painter": painter, "crops": crops, "on_frame": on_frame, "min_length_s": min_length_s}
        arguments.refuse_without_outputs(sources[0], given | {"overwrite": overwrite})
        return _frames(sources, names, found_by, fit_size, tracker, stride, max_frames, camera_motion, online=online)
    if several:
        arguments.refuse_clashes(sources, names, listed_outputs(outputs), crops)
    summaries: list[TrackSummary] = []
    for one, name in zip(sources, names, strict=True):
        if several:
            _reset(found_by, tracker, painter)
        summaries.append(
            track_to_files(
                one,
                outputs,
                detector=found_by,
                fit_size=fit_size,
                tracker=tracker,
                stride=stride,
                max_frames=max_frames,
                camera_motion=camera_motion,
                online=online,
                painter=painter,
                crops=crops,
                overwrite=overwrite,
                min_length_s=min_length_s,
                on_frame=on_frame,
                name=name,
            )
        )
        if summaries[-1].interrupted:
            break
    return summaries if several else summaries[0]


def _reset(*with_memory: Detector | Tracker | Painter | None) -> None:
    for one in with_memory:
        if one is not None:
            one.reset()


def _frames(
    sources: Sequence[Source],
    names: Sequence[str],
    detector: Detector,
    fit_size: bool,
    tracker: Tracker | None,
    stride: int,
    max_frames: int | None,
    camera_motion: CameraMotion | str | Path | None,
    *,
    online: bool,
) -> Iterator[FrameResult]:
    """The results of all sources. The first is opened immediately, so a wrong name is reported by the call itself."""
    motion = open_camera_motion(camera_motion)
    first = _opened(sources[0], detector, stride, max_frames)

    def results() -> Iterator[FrameResult]:
        for number, (source, name) in enumerate(zip(sources, names, strict=True)):
            if len(sources) > 1:
                _reset(detector, tracker)
            video = _opened(source, detector, stride, max_frames) if number else first
            if not isinstance(source, VideoSource):
                video.name = name
            with nullcontext() if isinstance(source, VideoSource) else video:
                keeper = default_tracker_for(detector, frame_rate=video.frame_rate) if tracker is None else tracker
                sized = at_size_for(video, detector) if fit_size else detector
                smoothed = None if online else smoothing_for(video, keeper)
                steps = track_source(video, sized, keeper, camera_motion=motion, smoothed=smoothed)
                delay = Delay(smoothed, frame_rate=video.frame_rate / video.stride, keeps_pictures=True)
                yield from delayed(steps, delay)

    return results()


def _opened(source: Source, detector: Detector, stride: int, max_frames: int | None) -> VideoSource:
    """The source, with its pictures if it has any: boxes from a file do not need them."""
    if isinstance(source, VideoSource):
        return source
    try:
        return open_frames(source, detector, pictures=True, stride=stride, max_frames=max_frames)
    except FileNotFoundError:
        if not info_of(detector).files:
            raise
        return open_frames(source, detector, pictures=False, stride=stride, max_frames=max_frames)
