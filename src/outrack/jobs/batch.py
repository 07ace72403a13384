"""Several sources: one after the other, or a process for each."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from outrack.io.interrupts import Interrupts
from outrack.io.pictures import is_picture
from outrack.jobs.console import UsageError, log_from
from outrack.jobs.outputs import check_outputs
from outrack.jobs.track_job import TrackJob
from outrack.video.pipeline import TrackSummary
from outrack.video.writers import SUFFIXES

__all__ = ["NAME", "jobs_for", "run_jobs", "source_name"]

NAME = "{name}"
"""Stands for the source's name in `--output`, `--detections`, `--public`, `--camera-motion` and `--save-crops`."""


FAILURES = (OSError, ValueError, RuntimeError, ImportError, MemoryError)
"""What bad input raises; the sources after it are tracked all the same."""


def source_name(source: str) -> str:
    """The name of a file without its ending, of a folder, or the source as it is (camera, address)."""
    path = Path(source)
    if "://" in source or source.isdecimal():
        return source
    return path.resolve().name if path.is_dir() else path.stem


def jobs_for(sources: Sequence[str], job: TrackJob) -> list[TrackJob]:
    """`job` for each source, with `{name}` replaced.

    Raises:
        UsageError: there is no writer for an output, or two sources would write or read the same files.
    """
    check_outputs(job.output)
    if len(sources) > 1:
        if all(is_picture(path) and path.is_file() for path in map(Path, sources)):
            raise UsageError(
                f"{len(sources)} pictures, each of which would be a video of its own. For one video give their folder, "
                f"or a pattern in quotes: '{Path(sources[0]).parent}/*{Path(sources[0]).suffix}'"
            )
        for source in sources:
            if Path(source).suffix.lower() in SUFFIXES and not Path(source).exists():
                raise UsageError(f"{source}: there is no such file. If it is meant as an output, write -o before it")
        for option, value in (
            ("--detections", job.detections),
            ("--public", job.public),
            ("--camera-motion", None if job.camera_motion in ("auto", "off") else job.camera_motion),
            ("--save-crops", job.save_crops),
        ):
            if value is not None and NAME not in str(value):
                raise UsageError(f"{option} {value}: with several sources, write {NAME} where the source's name goes")
        for output in job.output:
            if NAME not in output and not output.endswith(("/", "\\")) and not Path(output).is_dir():
                raise UsageError(
                    f"--output {output}: with several sources, name a folder (boxes/) or write {NAME} where the "
                    f"source's name goes (out/{NAME}.mp4)"
                )
        name, count = Counter(map(source_name, sources)).most_common(1)[0]
        if count > 1:
            raise UsageError(f"{count} sources are called {name!r}, and would write the same files; track them apart")
    return [
        replace(
            job,
            source=source,
            detections=_named(job.detections, source),
            public=_named(job.public, source),
            camera_motion=job.camera_motion.replace(NAME, source_name(source)),
            save_crops=_named(job.save_crops, source),
            output=tuple(output.replace(NAME, source_name(source)) for output in job.output),
        )
        for source in sources
    ]


def run_jobs(
    jobs: Sequence[TrackJob], *, workers: int, show_progress: bool, on_failure: Callable[[Exception], None]
) -> Iterator[TrackSummary]:
    """The summaries as they come; `on_failure` is told of a source that failed, and the others go on.

    Ctrl-C ends the jobs that run with whole files, and starts no other.
    """
    if workers > 1 and len(jobs) > 1:
        yield from _in_processes(jobs, workers, on_failure)
        return
    for job in jobs:
        try:
            summary = job.run(show_progress=show_progress)
        except FAILURES as error:
            on_failure(error)
        else:
            yield summary
            if summary.interrupted:
                return


def _in_processes(
    jobs: Sequence[TrackJob], workers: int, on_failure: Callable[[Exception], None]
) -> Iterator[TrackSummary]:
    context = multiprocessing.get_context("spawn")
    level = logging.getLogger("outrack").level
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_begin_worker, initargs=(level,))
    with Interrupts(), pool:
        futures = [pool.submit(job.run, show_progress=False) for job in jobs]
        try:
            for future in as_completed(futures):
                try:
                    summary = future.result()
                except FAILURES as error:
                    on_failure(error)
                else:
                    yield summary
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()  # a job that runs closes its files on this signal, see `Interrupts`
            raise


def _begin_worker(log_level: int) -> None:
    """Leave Ctrl-C to the parent, and say what the parent would say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log_from(log_level)


def _named(path: Path | None, source: str) -> Path | None:
    return None if path is None else Path(str(path).replace(NAME, source_name(source)))
