"""What runs one job after the other: it holds the network, and keeps to its share of the cores."""

from __future__ import annotations

from typing import Any

from outrack.detectors import Detector, load_detector
from outrack.io.cores import own_cores
from outrack.jobs.progress import ProgressFor
from outrack.jobs.track_job import TrackJob
from outrack.video.summary import TrackSummary

__all__ = ["Worker"]


class Worker:
    """Runs jobs. The network of a job stays loaded for the next one that asks for the same.

    Args:
        cores: how many cores of the machine a job uses, alone among the workers of this machine; all when None.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores
        self._asked: dict[str, Any] = {}
        self._held: Detector | None = None

    def run(self, job: TrackJob, progress_for: ProgressFor) -> TrackSummary:
        """As of `TrackJob.run`."""
        with own_cores(self._cores):
            return job.run(progress_for, load=self._detector)

    def _detector(self, **asked: Any) -> Detector:
        """`load_detector`, whose answer is kept; a detector that remembers frames forgets them."""
        if self._held is None or asked != self._asked:
            self._held = None  # two networks at once would take twice the memory
            self._held, self._asked = load_detector(**asked), asked
        self._held.reset()
        return self._held
