"""Runs one job after the other: keeps the network loaded, and uses its share of the cores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from outrack.detectors import Detector, load_detector
from outrack.io.cores import own_cores
from outrack.jobs.progress import ProgressFor
from outrack.jobs.shared_network import SharedNetworkAt
from outrack.jobs.source_lists import is_live
from outrack.jobs.stored_outputs import run_with_uploads
from outrack.jobs.track_job import TrackJob
from outrack.video.summary import TrackSummary

__all__ = ["Worker"]


class Worker:
    """Runs jobs. The network of a job stays loaded for the next job with the same one.

    Args:
        cores: number of cores of a job, not shared with other workers of this machine; None uses all.
        shared: the network of all cameras and streams; each has its own when None.
    """

    def __init__(self, cores: int | None = None, shared: SharedNetworkAt | None = None) -> None:
        self._cores, self._shared = cores, shared
        self._asked: dict[str, Any] = {}
        self._held: Detector | None = None

    def run(self, job: TrackJob, progress_for: ProgressFor) -> TrackSummary:
        """See `TrackJob.run`."""
        load: Callable[..., Detector] = self._detector
        if self._shared is not None and is_live(job.source):
            load = self._shared
        with own_cores(self._cores):
            return run_with_uploads(job, lambda here: here.run(progress_for, load=load))

    def _detector(self, **asked: Any) -> Detector:
        """`load_detector` with a cache; a cached detector with memory of frames is reset."""
        if self._held is None or asked != self._asked:
            self._held = None  # two networks at once would take twice the memory
            self._held, self._asked = load_detector(**asked), asked
        self._held.reset()
        return self._held
