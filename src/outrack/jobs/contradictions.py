"""Refuses options of a job that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from outrack.jobs.console import UsageError
from outrack.jobs.object_store import in_object_store
from outrack.jobs.track_job import TrackJob
from outrack.video.source_names import is_camera
from outrack.video.writers import is_standard_output

__all__ = ["refuse_contradictions", "refuse_for_cluster", "refuse_in_store"]


def refuse_contradictions(job: TrackJob) -> None:
    """Refuse options that contradict `--detections`.

    Raises:
        UsageError: names them.
    """
    if job.detections is None:
        return
    if job.weights is not None or job.imgsz is not None or job.speed != "auto" or job.device != "auto":
        raise UsageError(
            "--detections replaces the network: omit --weights, --speed, --imgsz and --device, or --detections"
        )
    if job.detections == job.public == Path("-"):
        raise UsageError("--detections and --public cannot both come from standard input")
    if job.classes:
        raise UsageError("--detections contains only people: omit --classes, or --detections")
    if job.tracker.classes is not None and 0 not in job.tracker.classes:
        classes = " ".join(map(str, job.tracker.classes))
        raise UsageError(f"--detections contains only people, of class 0: omit --tracker.classes {classes}")
    if job.show_occlusion:
        raise UsageError("--detections has no occlusion points: omit --show-occlusion or --detections")


def refuse_for_cluster(jobs: Sequence[TrackJob]) -> None:
    """Refuse what other machines lack: windows, standard output, cameras and memory of this one.

    Raises:
        UsageError: names it.
    """
    for job in jobs:
        if job.show:
            raise UsageError("--show cannot open a window on the machines of --ray: omit one of the two")
        if any(is_standard_output(Path(output)) for output in job.output):
            raise UsageError("--output -: the machines of --ray write the outputs. Give a file or a folder")
        if is_camera(job.source):
            raise UsageError(f"{job.source}: a camera of this machine cannot be tracked on the machines of --ray")
        for address in (job.source, *job.output):
            if address.startswith("memory://"):
                raise UsageError(f"{address}: --ray cannot use objects in the memory of this process")


def refuse_in_store(job: TrackJob) -> None:
    """Refuse addresses in an object store for files that are read or replaced during the run.

    Raises:
        UsageError: names the option.
    """
    for option, path in (("--summary", job.summary), ("--state", job.state), ("--save-crops", job.save_crops)):
        scheme, colon, _ = str(path).partition(":/")  # what is left of the address in a path
        if colon and in_object_store(f"{scheme}://"):
            raise UsageError(f"{option} {path}: expected a local path; only --output may be in an object store")
