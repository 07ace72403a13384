"""Length of a run, and the schedule of its learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from outrack.training.config.training_config import ScheduleConfig
from outrack.training.engine.checkpoint import RunProgress

__all__ = ["RunLength"]


@dataclass(frozen=True, slots=True)
class RunLength:
    """Length and progress of a run.

    Attributes:
        schedule: schedule of the run.
        per_epoch: optimiser steps per epoch.
    """

    schedule: ScheduleConfig
    per_epoch: int

    @property
    def total(self) -> int:
        """Steps of the whole run."""
        return self.schedule.steps or (self.schedule.epochs or 0) * self.per_epoch

    def share_done(self, progress: RunProgress) -> float:
        """Share of the run that is done, by steps or by time, whichever is larger."""
        limit = self.schedule.max_minutes
        return max(progress.step / self.total, 0.0 if limit is None else progress.minutes / limit)

    def rate_factor(self, progress: RunProgress) -> float:
        """Factor on the full learning rate in the next step."""
        schedule, share = self.schedule, self.share_done(progress)
        warm = min((progress.step + 1) / schedule.warmup, 1.0) if schedule.warmup else 1.0
        if schedule.kind == "cosine":
            return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(share, 1.0))))
        reached = max(progress.step, share * self.total)  # the product alone may be rounded down, below the step
        unit = self.per_epoch if schedule.epochs else 1  # the unit of `drop_at`
        return float(warm * schedule.drop ** sum(reached >= at * unit for at in schedule.drop_at))
