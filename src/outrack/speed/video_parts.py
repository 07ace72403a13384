"""Time of everything around the network: decoding, scaling, drawing, encoding; and of the whole, end to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from outrack.detectors import NetworkDetector
from outrack.detectors.in_order import detect_each
from outrack.detectors.placement import Placement
from outrack.io.timing import Timing, time_calls
from outrack.speed.report import Measurement
from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.tracking import Tracker, TrackerConfig
from outrack.video.outputs import painted_frame
from outrack.video.painter import Painter
from outrack.video.pipeline import track_to_files
from outrack.video.sources import open_source
from outrack.video.stopwatch import Phase
from outrack.video.writers.movie import MovieWriter

__all__ = ["end_to_end", "network_alone", "picture_parts"]

KEPT = 8
"""Number of decoded frames, used in turn."""
PEOPLE = 20
"""Number of drawn boxes."""


def picture_parts(video: Path, detector: NetworkDetector, *, num_frames: int, seconds: float) -> Iterator[Measurement]:
    """Milliseconds per frame of each part, run alone."""
    frames = _frames(video, KEPT)
    width, height = frames[0].size or (0, 0)
    yield Measurement("pictures", f"decode {width}x{height}", *_decoding(video, num_frames))
    size = detector.size_of(frames[0])
    placement = Placement((width, height), size, detector.info.margin)
    scaling = time_calls(lambda: placement.image(frames[0]), seconds=seconds)
    yield Measurement("pictures", f"scale to {size[0]}x{size[1]}", *scaling)
    painter, tracks = Painter(), _people(width, height)
    drawing = time_calls(lambda: painted_frame(frames[0], painter, tracks), seconds=seconds)
    yield Measurement("pictures", f"draw {PEOPLE} people", *drawing)
    yield Measurement("pictures", "encode H.264", *_encoding(frames, num_frames))


def network_alone(video: Path, detector: NetworkDetector, *, num_frames: int, may_wait: bool = True) -> Timing:
    """Milliseconds per frame of the network alone, on decoded frames.

    Args:
        video, detector: source of the frames, and the network.
        num_frames: frames to process.
        may_wait: process several at once, as for files; otherwise one at a time, as for live sources.
    """
    frames = _frames(video, KEPT)

    def run() -> None:
        coming = islice(cycle(frames), num_frames)
        for _, wait in detect_each(lambda: next(coming, None), detector, may_wait=may_wait):
            wait()

    return _per_frame(run, num_frames)


def end_to_end(
    video: Path, detector: NetworkDetector, config: TrackerConfig, *, num_frames: int, times: int = 2
) -> Iterator[tuple[str, Timing, str]]:
    """From a file to a table, and to a table and a video: name, time, and the share of each part.

    Args:
        video, detector: the file and the network.
        config: settings of the tracker.
        num_frames: number of frames to track.
        times: number of runs; the fastest counts.
    """
    with TemporaryDirectory(prefix="outrack-bench-") as folder:
        for outputs in (("out.txt",), ("out.mp4", "out.txt")):
            paths = [Path(folder, name) for name in outputs]
            runs = [
                track_to_files(
                    video, paths, detector=detector, tracker=Tracker(config), max_frames=num_frames, overwrite=True
                )
                for _ in range(times)
            ]
            best = max(runs, key=attrgetter("frames_per_second"))
            waited = {phase: best.phase_s.get(phase, 0.0) / best.elapsed_s for phase in Phase}
            spent = [1e3 / run.frames_per_second for run in runs]
            yield (
                f"{video.suffix} to {' and '.join(path.suffix for path in paths)}",
                Timing(min(spent), float(np.median(spent))),
                ", ".join(f"{phase.value} {share:.0%}" for phase, share in waited.items() if share >= 0.005),
            )


def _frames(video: Path, number: int) -> list[Frame]:
    with open_source(video, max_frames=number) as source:
        return list(source)


def _decoding(video: Path, num_frames: int) -> Timing:
    def run() -> None:
        with open_source(video, max_frames=num_frames) as source:
            for _ in source:
                pass

    return _per_frame(run, num_frames)


def _encoding(frames: Sequence[Frame], num_frames: int) -> Timing:
    no_tracks = Tracks.empty()
    pictures = [painted_frame(frame, Painter(), no_tracks) for frame in frames]

    def run() -> None:
        with (
            TemporaryDirectory(prefix="outrack-bench-") as folder,
            MovieWriter(Path(folder, "out.mp4"), frame_rate=30) as movie,
        ):
            for index, picture in enumerate(islice(cycle(pictures), num_frames)):
                movie.write(Frame(None, index, index / 30), Detections.empty(), no_tracks, picture)

    return _per_frame(run, num_frames)


def _per_frame(run: Callable[[], None], num_frames: int, *, times: int = 2) -> Timing:
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        spent.append(1e3 * (time.perf_counter() - begun) / num_frames)
    return Timing(min(spent), float(np.median(spent)))


def _people(width: int, height: int) -> Tracks:
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 0.8, (PEOPLE, 2)) * np.array([width, height])
    return Tracks(
        xyxy=np.hstack([corner, corner + np.array([width / 20, height / 5])]),
        ids=np.arange(1, PEOPLE + 1),
        scores=np.full(PEOPLE, 0.9),
        class_ids=np.zeros(PEOPLE, np.int64),
        states=np.full(PEOPLE, TrackState.DETECTED, np.int64),
        detection_index=np.arange(PEOPLE),
    )
