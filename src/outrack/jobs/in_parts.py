"""Splits long videos into parts, which are separate jobs; their tracks are stitched at the end."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from outrack.jobs.console import UsageError, stderr
from outrack.jobs.executor import FAILURES, Executor, Outcome
from outrack.jobs.outputs import check_new_file
from outrack.jobs.part_job import PartJob
from outrack.jobs.progress import progress_on
from outrack.jobs.source_lists import shown
from outrack.jobs.stitched_job import StitchedJob
from outrack.jobs.stored_outputs import stored
from outrack.jobs.track_job import TrackJob
from outrack.video.address import is_address
from outrack.video.part import parts_of
from outrack.video.source_names import local_path
from outrack.video.stopwatch import Phase
from outrack.video.summary import TrackSummary
from outrack.video.writers import is_standard_output

__all__ = ["InParts"]

WARM_UP_S = 1.0
"""Seconds by which parts overlap beyond the time for which lost tracks are kept, so that at the seam a part knows all
tracks that the previous part still remembers."""


@dataclass(eq=False)
class _Cut:
    """A job that was split, its unfinished parts, and the time since its start and in each phase of its parts."""

    job: TrackJob
    parts: list[PartJob]
    left: set[str]
    begun_s: float
    phase_s: Counter[Phase]
    failed: bool = False


class InParts:
    """Runs the parts of each job on another executor, then writes the outputs in this process.

    Args:
        executor: runs the parts.
        number: maximum number of parts of each video.
    """

    def __init__(self, executor: Executor, number: int) -> None:
        self._executor, self._number = executor, number

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """See `Executor`. An interruption leaves no outputs: they are written at the end.

        Raises:
            UsageError: a source is not a video file, or an option needs all frames in order.
        """
        for job in jobs:
            _refuse(job)
        with ExitStack() as folders:
            cuts: list[_Cut] = []
            for job in jobs:
                try:
                    cuts.append(self._cut(job, folders))
                except FAILURES as error:
                    yield Outcome(job, error)
            of_part = {part.name: cut for cut in cuts for part in cut.parts}
            parts = [part for cut in cuts for part in cut.parts]
            with closing(self._executor.outcomes(parts, show_progress=show_progress)) as outcomes:
                for outcome in outcomes:
                    cut = of_part[outcome.job.name]
                    cut.left.discard(outcome.job.name)
                    if isinstance(outcome.result, Exception) and not cut.failed:
                        cut.failed = True
                        yield Outcome(cut.job, outcome.result)
                    elif isinstance(outcome.result, TrackSummary):
                        cut.phase_s.update(outcome.result.phase_s)
                    if not cut.left and not cut.failed:
                        yield _stitched(cut, show_progress)

    def _cut(self, job: TrackJob, folders: ExitStack) -> _Cut:
        outputs = [path for path in job.files_to_write() if not is_standard_output(path) and path != job.save_crops]
        for path in outputs:
            check_new_file(path, (path.suffix,), overwrite=job.overwrite)
        overlap_s = job.memory_s() + WARM_UP_S
        limit = None if job.max_frames is None else job.max_frames * job.stride
        parts = parts_of(local_path(job.source), self._number, overlap_s=overlap_s, max_frames=limit)
        output_folder = (outputs[0] if outputs else Path("x")).resolve().parent
        output_folder.mkdir(parents=True, exist_ok=True)
        folder = folders.enter_context(tempfile.TemporaryDirectory(dir=output_folder, prefix=f".{job.name}.parts-"))
        given = _fields_of(job)
        made = [
            PartJob(**given | {"name": f"{job.name} {k + 1}/{len(parts)}"}, part=part, file=Path(folder) / f"{k}.npz")
            for k, part in enumerate(parts)
        ]
        return _Cut(job, made, {part.name for part in made}, time.monotonic(), Counter())


def _stitched(cut: _Cut, show_progress: bool) -> Outcome:
    files = tuple(part.file for part in cut.parts)
    parts = tuple(part.part for part in cut.parts)
    whole = StitchedJob(**_fields_of(cut.job), parts=parts, files=files, begun_s=cut.begun_s, phase_s=dict(cut.phase_s))
    try:
        return Outcome(cut.job, whole.run(partial(progress_on, stderr, show=show_progress)))
    except FAILURES as error:
        return Outcome(cut.job, error)


def _fields_of(job: TrackJob) -> dict[str, Any]:
    return {field.name: getattr(job, field.name) for field in fields(TrackJob)}


def _refuse(job: TrackJob) -> None:
    if is_address(job.source) or not local_path(job.source).is_file():
        raise UsageError(f"{shown(job.source)}: --parts needs a video file on this machine")
    if stored(job):
        raise UsageError(f"--parts cannot write {shown(stored(job)[0])}: name a local file, and upload it afterwards")
    if job.state is not None or job.show:
        raise UsageError(f"--parts cannot be combined with {'--show' if job.show else '--state'}: omit one of the two")
    if (job.public is not None and str(job.public) == "-") or (
        job.detections is not None and str(job.detections) == "-"
    ):
        raise UsageError("--parts cannot read detections from standard input: name a file")
