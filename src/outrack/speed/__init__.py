"""Speed of each part of tracking on this machine, compared with the machine's limits."""

from outrack.speed.bench import measure_machine
from outrack.speed.report import Measurement, SpeedReport, regressions

__all__ = ["Measurement", "SpeedReport", "measure_machine", "regressions"]
