"""Finds the sources of a batch that an earlier run has finished, by the summaries that it wrote."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from outrack.io.run_record import RunRecord, read_run_record
from outrack.jobs.console import UsageError
from outrack.jobs.object_store import exists, in_object_store
from outrack.jobs.record import requested_options
from outrack.jobs.source_lists import shown
from outrack.jobs.track_job import TrackJob

__all__ = ["unfinished"]

logger = logging.getLogger(__name__)


def unfinished(jobs: Sequence[TrackJob]) -> list[TrackJob]:
    """The jobs that remain to be done. One log line says how many are skipped.

    A job is finished if its summary (`--summary`) is there, was written by an uninterrupted run of the same source with
    the same options, and all files that it names exist. A summary is written last and atomically, so a killed run has
    none.

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
        logger.warning("%s: %s; it is tracked again", job.summary, reason)
    return not reason


def _difference(job: TrackJob, record: RunRecord) -> str:
    """How the run described by a summary differs from the job; empty if it does not."""
    if record.source != shown(job.source):
        return f"the summary is of {record.source}, not of {shown(job.source)}"
    asked = requested_options(job)
    for name in sorted(asked.keys() | {name for name in record.settings if not name.startswith("--tracker.")}):
        before, now = record.settings.get(name), asked.get(name)
        if before != now:
            return f"it was run with {name} {before}, now it is {now}"
    for name in sorted(job.tracker_given):
        before, now = record.settings.get(f"--tracker.{name}".replace("_", "-")), attrgetter(name)(job.tracker)
        if before != (list(now) if isinstance(now, tuple) else now):
            return f"it was run with --tracker.{name} {before}, now it is {now}"
    missing = [path for path in record.outputs if not _is_there(path)]
    return f"{missing[0]} is missing" if missing else ""


def _is_there(output: str) -> bool:
    return exists(output) if in_object_store(output) else Path(output).exists()
