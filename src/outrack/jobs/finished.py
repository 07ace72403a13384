"""Finds the sources of a batch that an earlier run has finished, by the summaries that it wrote."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from outrack.io.run_record import RunRecord, read_run_record
from outrack.jobs.console import UsageError
from outrack.jobs.object_store import exists, in_object_store
from outrack.jobs.outputs import output_paths
from outrack.jobs.record import recorded_options, requested_options
from outrack.jobs.source_lists import shown
from outrack.jobs.track_job import TrackJob
from outrack.video.address import is_address
from outrack.video.source_names import local_path
from outrack.video.writers import is_standard_output

__all__ = ["unfinished"]

logger = logging.getLogger(__name__)


def unfinished(jobs: Sequence[TrackJob]) -> list[TrackJob]:
    """The jobs that remain to be done. One log line says how many are skipped.

    A job is finished if its summary (`--summary`) is there, was written by an uninterrupted run of the same source with
    the same options, all files that it names exist, and no input has changed since. A summary is written last and
    atomically, so a killed run has none.

    Raises:
        UsageError: a job writes no summary.
    """
    if any(job.summary is None for job in jobs):
        raise UsageError(
            "--skip-finished needs --summary, such as --summary 'out/{name}.summary.json': a source is finished if "
            "its summary shows that"
        )
    left = [job for job in jobs if not _is_finished(job)]
    if len(left) < len(jobs):
        logger.info(
            "%d of %d sources were finished by an earlier run and are skipped", len(jobs) - len(left), len(jobs)
        )
    return left


def _is_finished(job: TrackJob) -> bool:
    assert job.summary is not None
    try:
        record = read_run_record(job.summary)
    except FileNotFoundError:
        return False
    except ValueError as error:
        logger.warning("%s; %s is tracked again", error, job.name)
        return False
    if record.interrupted:
        return False
    reason = _difference(job, record)
    if reason:
        note = "" if job.overwrite else ", which needs --overwrite"
        logger.warning("%s: %s; it is tracked again%s", job.summary, reason, note)
    return not reason


def _difference(job: TrackJob, record: RunRecord) -> str:
    """How the run described by a summary differs from the job; empty if it does not."""
    if record.source != shown(job.source):
        return f"the summary is of {record.source}, not of {shown(job.source)}"
    was, asked = recorded_options(record), requested_options(job)
    for name in sorted(asked.keys() | was.keys()):
        if was.get(name) != asked.get(name):
            return f"{name} was {was.get(name, 'not given')}, and is {asked.get(name, 'not given')} now"
    if dropped := sorted(set(record.tracker_given) - job.tracker_given):
        return f"it was run with --tracker.{dropped[0]}, which is not given now"
    for name in sorted(job.tracker_given):
        before, now = record.settings.get(f"--tracker.{name}".replace("_", "-")), attrgetter(name)(job.tracker)
        if before != (list(now) if isinstance(now, tuple) else now):
            return f"--tracker.{name} was {before}, and is {now} now"
    missing = [path for path in (*record.outputs, *_local_outputs(job)) if not _is_there(path)]
    if missing:
        return f"{missing[0]} is missing"
    assert job.summary is not None
    written = job.summary.stat().st_mtime
    changed = [path for path in _local_inputs(job) if path.is_file() and path.stat().st_mtime > written]
    return f"{changed[0]} has changed since" if changed else ""


def _local_inputs(job: TrackJob) -> list[Path]:
    """The files that the job would read: source, boxes, camera motion and weights."""
    named = (job.detections, job.public, job.camera_motion, job.weights)
    source = [] if is_address(job.source) else [local_path(job.source)]
    return source + [Path(path) for path in named if path is not None]


def _local_outputs(job: TrackJob) -> list[str]:
    """The files that the job would write, except those in an object store."""
    local = [output for output in job.output if not in_object_store(output)]
    if job.output and not local:
        return []
    paths = output_paths(local, job.name, with_detections=job.detections is not None)
    return [str(path) for path in paths if not is_standard_output(path)]


def _is_there(output: str) -> bool:
    return exists(output) if in_object_store(output) else Path(output).exists()
