"""The record of a run: what `--summary` writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from outrack import __version__
from outrack.io.origin import versions
from outrack.io.run_record import RunRecord
from outrack.jobs.source_lists import shown
from outrack.tracking import TrackerConfig
from outrack.tracking.dotted_names import flat_values
from outrack.video.base import VideoSource
from outrack.video.summary import TrackSummary

if TYPE_CHECKING:  # which writes records
    from outrack.jobs.track_job import TrackJob

__all__ = ["record_of", "recorded_options", "requested_options"]

RUN_OPTIONS = (
    "weights",
    "device",
    "conf",
    "speed",
    "imgsz",
    "classes",
    "detections",
    "public",
    "stride",
    "max_frames",
    "image_rate",
    "camera_motion",
    "online",
    "min_length",
    "save_crops",
    "show_trails",
    "show_occlusion",
)
"""Options of a run that change its results, besides the tracker's settings."""

DEFAULTS = {"--stride": 1, "--min-length": 0}
"""Defaults of these options that are neither missing nor a flag that is off."""

PRESET = "--tracker.preset"


def record_of(job: TrackJob, video: VideoSource, config: TrackerConfig, summary: TrackSummary) -> RunRecord:
    """The record of a finished run.

    Args:
        job: what was requested.
        video: the source, after its frames were read.
        config: the tracker's settings.
        summary: summary of the run.
    """
    network = summary.network
    width, height = video.size or (None, None)
    return RunRecord(
        outrack=__version__,
        versions=versions(),
        source=shown(job.source),
        width=width,
        height=height,
        frame_rate=video.frame_rate,
        num_frames=summary.num_frames,
        num_dropped=summary.num_dropped,
        num_people=summary.num_people,
        num_short=summary.num_short,
        num_left_out=summary.num_left_out,
        interrupted=summary.interrupted,
        elapsed_s=summary.elapsed_s,
        phase_s={phase.value: seconds for phase, seconds in summary.phase_s.items()},
        network={}
        if network is None
        else {
            "network": network.name,
            "licence": network.licence,
            "size": ", then ".join(f"{width} x {height}" for width, height in summary.input_sizes),
            "precision": network.precision,
        },
        settings=_settings(job, config),
        tracker_given=tuple(sorted(job.tracker_given)),
        outputs=tuple(map(str, summary.outputs)),
    )


def _settings(job: TrackJob, config: TrackerConfig) -> dict[str, Any]:
    """Settings by their command-line names; options left at their defaults are omitted."""
    settings = {f"--tracker.{name}": value for name, value in flat_values(config).items()}
    return requested_options(job) | {name.replace("_", "-"): value for name, value in settings.items()}


def requested_options(job: TrackJob) -> dict[str, Any]:
    """Options that change the results of a run, by their command-line names, as read back from JSON; options left at
    their defaults are omitted."""
    asked = {f"--{name}".replace("_", "-"): getattr(job, name) for name in RUN_OPTIONS}
    asked |= {"--no-boxes": not job.show_boxes, PRESET: job.tracker_preset}
    return {
        name: _as_json(value)
        for name, value in asked.items()
        if not (value is None or value is False or value in ((), DEFAULTS.get(name)))
    }


def recorded_options(record: RunRecord) -> dict[str, Any]:
    """What `requested_options` gave for the run of a record."""
    return {
        name: value for name, value in record.settings.items() if not name.startswith("--tracker.") or name == PRESET
    }


def _as_json(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value
