"""Outputs in an object store: written as local files, and uploaded when complete."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from outrack.io.run_record import read_run_record, write_run_record
from outrack.jobs.object_store import exists, in_object_store, upload
from outrack.jobs.outputs import output_paths
from outrack.jobs.track_job import TrackJob
from outrack.video.address import shown_address
from outrack.video.summary import TrackSummary

__all__ = ["run_with_uploads", "stored"]


def stored(job: TrackJob) -> list[str]:
    """The outputs of a job that are in an object store."""
    return [output for output in job.output if in_object_store(output)]


def run_with_uploads(job: TrackJob, run: Callable[[TrackJob], TrackSummary]) -> TrackSummary:
    """Run a job, and upload its outputs that belong in an object store. The summary file is written after that.

    Args:
        job: with any outputs.
        run: runs the job, with local files instead of those in the store.

    Raises:
        FileExistsError: there is an object of this name in the store, and the job may not replace it.
        OSError: the store cannot be written to; names the local file, which is kept.
        ImportError: fsspec, or its package for this store, is not installed.
    """
    if not stored(job):
        return run(job)
    folder = Path(tempfile.mkdtemp(prefix="outrack-"))
    try:
        here, addresses = _local(job, folder)
        if not job.overwrite:
            for address in addresses.values():
                if exists(address):
                    raise FileExistsError(f"{shown_address(address)} exists; --overwrite replaces it")
        summary = run(here)
        written = _uploaded(summary.outputs, addresses, folder)
        if job.summary is not None and here.summary is not None:
            write_run_record(job.summary, replace(read_run_record(here.summary), outputs=tuple(map(str, written))))
    except _NotUploadedError:
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return replace(summary, outputs=written)


class _NotUploadedError(OSError):
    """The complete files are still in the folder for temporary files."""


def _local(job: TrackJob, folder: Path) -> tuple[TrackJob, dict[Path, str]]:
    """The job with local files, and the address of each."""
    outputs, addresses = [], {}
    for number, output in enumerate(job.output):
        if not in_object_store(output):
            outputs.append(output)
            continue
        above, slash, name = output.rpartition("/")
        inside = f"{folder / str(number)}/{name}"
        outputs.append(inside)
        for path in output_paths([inside], job.name, with_detections=False):
            addresses[path] = above + slash + path.name
    summary = None if job.summary is None else folder / "summary.json"
    return replace(job, output=tuple(outputs), summary=summary), addresses


def _uploaded(outputs: Sequence[Path | str], addresses: dict[Path, str], folder: Path) -> tuple[Path | str, ...]:
    """Upload the files in the folder, and return all outputs with their addresses, without secrets."""
    of_folder = {path.parent: address.rpartition("/")[0] for path, address in addresses.items()}
    written: list[Path | str] = []
    for output in outputs:
        path = Path(output)
        if folder not in path.parents:
            written.append(output)
            continue
        address = f"{of_folder[path.parent]}/{path.name}"
        try:
            upload(path, address)
        except OSError as error:
            raise _NotUploadedError(f"{error}; the file is kept as {path}") from error
        written.append(shown_address(address))
    return tuple(written)
