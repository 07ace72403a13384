"""Several sources: a job for each, and the place where they run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from outrack.detectors.onnx import runs_on_gpu
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.io.pictures import is_picture
from outrack.jobs.console import UsageError
from outrack.jobs.contradictions import refuse_in_store
from outrack.jobs.executor import Executor, Sequential
from outrack.jobs.in_parts import InParts
from outrack.jobs.outputs import check_ending, check_output_options
from outrack.jobs.processes import Processes
from outrack.jobs.ray_cluster import RayCluster
from outrack.jobs.source_lists import is_live, listed_sources, shown
from outrack.jobs.track_job import TrackJob
from outrack.video.address import is_address
from outrack.video.output_files import NAME
from outrack.video.source_names import distinct_names, is_camera, is_pattern, local_path, name_key, source_name
from outrack.video.summary import TrackSummary
from outrack.video.writers import SUFFIXES

__all__ = ["at_once", "executor_for", "jobs_for", "run_jobs"]

logger = logging.getLogger(__name__)

OnFailure = Callable[[TrackJob, Exception], None]


def jobs_for(sources: Sequence[str], job: TrackJob) -> list[TrackJob]:
    """`job` for each source, with `{name}` replaced in all options that are files.

    Raises:
        UsageError: there is no writer for an output, or two sources would write or read the same files.
        ValueError: an output is also an input.
    """
    job = replace(job, output=tuple(_plain(output) for output in job.output))
    check_output_options(job.output)
    refuse_in_store(job)
    for option, path, ending in (("--summary", job.summary, ".json"), ("--state", job.state, ".npz")):
        if path is not None:
            check_ending(path, (ending,), option=option)
    given, sources = sources, listed_sources(sources)
    if len(sources) > 1:
        _refuse_outputs_as_sources(given)
        _check_several(sources, job)
    if job.reconnect_for is not None and not any(is_camera(source) or is_address(source) for source in sources):
        logger.warning("--reconnect-for is not used: no source is a camera or an address")
    try:
        names = distinct_names(sources)
    except ValueError as error:
        raise UsageError(str(error)) from error
    jobs = [
        replace(
            job,
            source=source,
            name=name,
            detections=_named(job.detections, name),
            public=_named(job.public, name),
            camera_motion=job.camera_motion.replace(NAME, name),
            save_crops=_named(job.save_crops, name),
            summary=_named(job.summary, name),
            state=_named(job.state, name),
            output=tuple(output.replace(NAME, name) for output in job.output),
        )
        for source, name in zip(sources, names, strict=True)
    ]
    _check_files(jobs, given)
    for one in jobs:
        if one.name != source_name(one.source):
            logger.warning("%s: another source has the same name; this one is called %s", shown(one.source), one.name)
    return jobs


def _refuse_outputs_as_sources(words: Sequence[str]) -> None:
    """Refuse a word of the command line, not of a list, that can only be an output without its -o."""
    for word in words:
        is_missing = not (is_address(word) or is_pattern(word) or Path(word).exists())
        if is_missing and Path(word).suffix.lower() in SUFFIXES:
            raise UsageError(f"{word}: no such file. If it is meant as an output, put -o before it")


def _check_several(sources: Sequence[str], job: TrackJob) -> None:
    """Refuse options that would make several sources share a file."""
    files = [Path(source) for source in sources if not is_address(source)]
    if len(files) == len(sources) and all(is_picture(path) and path.is_file() for path in files):
        raise UsageError(
            f"{len(sources)} pictures, each of which would be a separate video. To track them as one "
            f"video, give their folder or a quoted pattern: '{files[0].parent}/*{files[0].suffix}'"
        )
    for option, value in (
        ("--detections", job.detections),
        ("--public", job.public),
        ("--camera-motion", None if job.camera_motion in ("auto", "off") else job.camera_motion),
        ("--save-crops", job.save_crops),
        ("--summary", job.summary),
        ("--state", job.state),
    ):
        if value is not None and NAME not in str(value):
            raise UsageError(f"{option} {value}: with several sources, write {NAME} where the source's name goes")
    for output in job.output:
        if NAME not in output and not output.endswith(("/", "\\")) and not Path(output).is_dir():
            raise UsageError(
                f"--output {output}: with several sources, name a folder (boxes/) or write {NAME} where the "
                f"source's name goes (out/{NAME}.mp4)"
            )


def _check_files(jobs: Sequence[TrackJob], given: Sequence[str]) -> None:
    """Refuse files that would be written twice, or written and read, under any name; `given` may be lists."""
    writers: dict[str, TrackJob] = {}
    read = [path for job in jobs for path in (job.source, job.detections, job.public, job.weights, job.camera_motion)]
    files = [path for path in (*given, *read) if not is_address(path)]
    written = [(job, job.files_to_write()) for job in jobs]
    for job, paths in written:
        for path in paths:
            key = name_key(str(path.resolve()))
            if writers.get(key) is job:
                raise UsageError(f"{path}: the same output is given twice")
            other = writers.setdefault(key, job)
            if other is not job:
                raise UsageError(
                    f"{path}: {shown(other.source)} and {shown(job.source)} would both write this file. Track "
                    "them in separate runs"
                )
    refuse_overwriting_inputs([path for _, paths in written for path in paths], files)


def at_once(jobs: Sequence[TrackJob], asked: int | None) -> tuple[list[TrackJob], int]:
    """The jobs in their starting order, and how many run at the same time.

    Live frames are lost while a source waits, so all live sources run at once, and files one by one next to them. A
    number given by the user takes precedence.
    """
    live = [job for job in jobs if is_live(job.source)]
    files = [job for job in jobs if job not in live]
    if asked is None:
        return live + files, max(1, len(live) + (1 if files else 0))
    if asked < len(live):
        logger.warning(
            "%d cameras or streams, but --jobs %d tracks only %d at the same time: the others wait until "
            "one of these ends. Omit --jobs to track all at once",
            len(live),
            asked,
            asked,
        )
    return live + files, asked


def executor_for(
    jobs: Sequence[TrackJob],
    *,
    number: int | None,
    cores: int | None,
    ray: str | None,
    parts: int | None,
    one_batch: bool = False,
) -> tuple[list[TrackJob], Executor]:
    """The jobs in their starting order, and the executor that runs them.

    Args:
        number: how many run at the same time, if requested.
        cores: cores for each, if requested.
        ray: address of a Ray cluster; None is this machine.
        parts: number of parts of each video; None does not split videos.
        one_batch: cameras and streams share one network, also on the CPU.

    Raises:
        UsageError: a cluster has no such network.
    """
    runs: Executor
    if ray is not None:
        if one_batch:
            raise UsageError("--one-batch is for the cameras and streams of one machine: omit it, or --ray")
        ordered, runs = list(jobs), RayCluster(ray, number, cores)
    else:
        ordered, workers = at_once(jobs, number)
        alone = workers == 1 or (len(jobs) == 1 and parts is None)
        one_batch = sum(is_live(job.source) for job in jobs) > 1 and (one_batch or runs_on_gpu(jobs[0].device))
        runs = Sequential(cores) if alone else Processes(workers, cores, one_batch=one_batch)
    return ordered, runs if parts is None else InParts(runs, parts)


def run_jobs(
    jobs: Sequence[TrackJob], executor: Executor, *, show_progress: bool, on_failure: OnFailure
) -> Generator[TrackSummary]:
    """The summaries as they arrive; `on_failure` is called with each failed job and its error, and the others continue.

    Ctrl-C ends the running jobs with complete files and starts no others.
    """
    with closing(executor.outcomes(jobs, show_progress=show_progress)) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome.result, Exception):
                on_failure(outcome.job, outcome.result)
            else:
                yield outcome.result


def _named(path: Path | None, name: str) -> Path | None:
    return None if path is None else Path(str(path).replace(NAME, name))


def _plain(output: str) -> str:
    """An output as a path, where it is a `file://` address; a folder keeps its slash."""
    return f"{local_path(output)}{'/' * output.endswith('/')}" if output.startswith("file://") else output
