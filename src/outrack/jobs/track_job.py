"""Tracking of one source with the options of the command line, in this process or another one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import Literal

from outrack.detectors import Detector, PrecomputedDetections, PublicStarts, Speed, info_of, load_detector
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.io.run_record import write_run_record
from outrack.jobs.continued import kept_tracker
from outrack.jobs.object_store import local_copy
from outrack.jobs.outputs import check_new_file, output_paths, write_source_notes
from outrack.jobs.progress import Progress, ProgressFor
from outrack.jobs.record import record_of
from outrack.jobs.source_lists import shown
from outrack.tracking import Tracker, TrackerConfig, TrackerPreset
from outrack.video.address import is_address
from outrack.video.base import VideoSource
from outrack.video.connection import Patience
from outrack.video.defaults import at_scores_of, at_size_for, default_config_for
from outrack.video.known_motion import CameraMotion
from outrack.video.loop import FrameResult
from outrack.video.opening import open_frames
from outrack.video.painter import Painter
from outrack.video.pipeline import track_to_files
from outrack.video.source_names import local_path
from outrack.video.summary import TrackSummary
from outrack.video.window import Window
from outrack.video.writers import needs_pictures

__all__ = ["TrackJob"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TrackJob:
    """The job for one source; the fields are the options of `outrack track`, in its units: times in seconds, rates in
    frames per second, sizes in pixels.

    `tracker_given` names the settings of `tracker` that the user gave, such as "overlap.limit"; the others come from
    `tracker_preset`, or from the source and the network.
    """

    source: str
    name: str
    output: tuple[str, ...] = ()
    overwrite: bool = False
    show: bool = False
    show_trails: bool = False
    show_boxes: bool = True
    show_occlusion: bool = False
    save_crops: Path | None = None
    min_length: float = 0.0
    online: bool = False
    summary: Path | None = None
    state: Path | None = None
    weights: Path | None = None
    device: str = "auto"
    conf: float | None = None
    imgsz: int | tuple[int, int] | None = None
    classes: tuple[str, ...] = ()
    speed: Speed | Literal["auto"] = "auto"
    detections: Path | None = None
    public: Path | None = None
    stride: int = 1
    max_frames: int | None = None
    image_rate: float | None = None
    reconnect_for: float | None = None
    camera_motion: str = "auto"
    tracker: TrackerConfig = field(default_factory=TrackerConfig)
    tracker_preset: TrackerPreset | None = None
    tracker_given: frozenset[str] = frozenset()

    def files_to_write(self) -> tuple[Path, ...]:
        """The outputs, the folder of crops, the summary and the state."""
        outputs = output_paths(self.output, self.name, with_detections=self.detections is not None)
        return (*outputs, *(path for path in (self.save_crops, self.summary, self.state) if path is not None))

    def memory_s(self) -> float:
        """Seconds for which lost tracks are kept. Loads the network, which may have settings of its own.

        Raises:
            OSError, ValueError: as for `run`, if the network or the detections cannot be read or do not suit the job.
        """
        return self._tracker_config(self._detector(), self.tracker.frame_rate).max_lost_s

    def run(self, progress_for: ProgressFor, *, load: Callable[..., Detector] = load_detector) -> TrackSummary:
        """Track the source and write its outputs.

        Args:
            progress_for: creates the progress display from the name and length of the source.
            load: loads the network, as `load_detector`.
        """
        paths = output_paths(self.output, self.name, with_detections=self.detections is not None)
        if self.summary is not None:
            check_new_file(self.summary, (".json",), option="--summary", overwrite=self.overwrite)
        if self.state is not None:
            check_new_file(self.state, (".npz",), option="--state", overwrite=True)
        detector = self._detector(load)
        with (
            local_copy(self.source) as source,
            open_frames(
                source,
                self._with_public(detector),
                pictures=needs_pictures(paths) or self.save_crops is not None or self.show,
                stride=self.stride,
                max_frames=self.max_frames,
                image_rate=self.image_rate,
                patience=Patience(reconnect_for_s=self.reconnect_for),
            ) as video,
        ):
            video.name = self.name
            self._warn_of_unused_rate(video)
            refuse_overwriting_inputs(paths, (self.source, self.weights))
            config = self._tracker_config(detector, video.frame_rate)
            seen_by = self._with_public(self._at_its_size(detector, video))
            with (
                progress_for(video.name, video.num_frames) as progress,
                self._tracker(config, video, detector) as tracker,
                self._watched(progress) as on_frame,
            ):
                summary = track_to_files(
                    video,
                    paths,
                    detector=seen_by,
                    tracker=tracker,
                    camera_motion=self._motion(),
                    painter=self._painter(),
                    crops=self.save_crops,
                    overwrite=self.overwrite,
                    min_length_s=self.min_length,
                    online=self.online,
                    on_frame=on_frame,
                    on_frame_sees_pictures=self.show,
                )
            summary = self._timed(summary)
            if self.summary is not None:
                write_run_record(self.summary, record_of(self, video, config, summary))
        self._warn_without_tracks(summary, config.start_score)
        if is_address(self.source) or not summary.num_frames:
            return summary
        notes = write_source_notes(self.output, self.name, local_path(self.source))
        return replace(summary, outputs=summary.outputs + notes)

    def _tracker(
        self, config: TrackerConfig, video: VideoSource, detector: Detector
    ) -> AbstractContextManager[Tracker]:
        return kept_tracker(self.state, config, video)

    def _timed(self, summary: TrackSummary) -> TrackSummary:
        return summary

    def _motion(self) -> CameraMotion | str:
        return self.camera_motion

    def _painter(self) -> Painter:
        return Painter(show_trails=self.show_trails, show_boxes=self.show_boxes, show_occlusion=self.show_occlusion)

    @contextmanager
    def _watched(self, progress: Progress) -> Iterator[Callable[[FrameResult], None]]:
        """Callback for every frame: updates the progress, and the window if `--show` is given."""
        if not self.show:
            yield progress.advance
            return
        painter = self._painter()
        with Window(self.name) as window:

            def show(result: FrameResult) -> None:
                progress.advance(result)
                window.show(painter.paint(result.frame.pixels, result.tracks, result.detections.occlusions))

            yield show

    def _warn_of_unused_rate(self, video: VideoSource) -> None:
        if self.image_rate is not None and video.frame_rate != self.image_rate:
            told = f"--image-rate {self.image_rate:g} is not used, since the source has {video.frame_rate:g} frames"
            logger.warning("%s: %s per second", video.name, told)

    def _warn_without_tracks(self, summary: TrackSummary, start_score: float) -> None:
        """Warn if no box scored high enough to start a track."""
        best = summary.best_score
        if summary.num_frames and best < start_score:
            place = "" if self.detections is None else f" in these frames of {self.detections}"
            weak = f"no box{place} has a score of {self.tracker.low_score:g} or more"
            found = f"the best box has a score of {best:.4g}" if best >= self.tracker.low_score else weak
            logger.warning("%s: no tracks: %s, and tracks start at %g (--conf)", summary.source, found, start_score)

    def _detector(self, load: Callable[..., Detector] = load_detector) -> Detector:
        """What the job detects with; a network without the occlusion points to show is refused."""
        # Everything from low_score on: a box that is too weak to start a track may still keep one alive.
        if self.detections is not None:
            return PrecomputedDetections(self.detections, min_score=self.tracker.low_score)
        network = load(
            weights=self.weights,
            device=self.device,
            min_score=self.tracker.low_score,
            image_size=self.imgsz,
            speed="balanced" if self.speed == "auto" else self.speed,
            classes=self.classes or None,
        )
        if self.show_occlusion and not info_of(network).occlusions:
            raise ValueError(_no_occlusion_points(shown(self.source), self.weights))
        return network

    def _at_its_size(self, detector: Detector, video: VideoSource) -> Detector:
        return at_size_for(video, detector) if self.speed == "auto" and self.imgsz is None else detector

    def _with_public(self, detector: Detector) -> Detector:
        return detector if self.public is None else PublicStarts(detector, PrecomputedDetections(self.public))

    def _tracker_config(self, detector: Detector, source_rate: float) -> TrackerConfig:
        """The settings that were given; the others from the preset, or from the network, --conf and the source."""
        given = {name: attrgetter(name)(self.tracker) for name in self.tracker_given}
        config = default_config_for(detector, refind=given.get("refind"))
        preset = self.tracker_preset or ("default" if given.get("association") == "appearance" else None)
        if preset is not None:
            config = at_scores_of(TrackerConfig.preset(preset, refind=given.get("refind")), detector)
        if self.conf is not None and not given.keys() & {"high_score", "start_score"}:
            config = config.starting_at(self.conf)
        if self.show_occlusion:  # or points would flicker
            config = config.with_values({"smoothing.detection_rate": 0.0})
        return config.with_values({"frame_rate": source_rate, **given})


def _no_occlusion_points(source: str, weights: Path | None) -> str:
    """Why --show-occlusion has nothing to show, and how to get a network that predicts occlusion points."""
    if weights is not None and str(weights) != "default":
        return (
            f"--show-occlusion: {weights} predicts no occlusion points. Export it again, without "
            "--no-occlusions, from a run that learned them, or omit --show-occlusion"
        )
    install = "" if find_spec("torch") else '`pip install "outrack[train]"`, then '
    return (
        "--show-occlusion: the default network predicts no occlusion points. `--weights open` does. "
        f"To add them to the default network (needed once): {install}`outrack export default -o "
        f"with-occlusions.onnx`. Then: `outrack track {source} --weights "
        "with-occlusions.onnx --show-occlusion`"
    )
