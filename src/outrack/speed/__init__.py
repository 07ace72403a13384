"""What this machine makes of each part of tracking, and how near that is to what it can do."""

from outrack.speed.bench import measure_machine
from outrack.speed.report import Measurement, SpeedReport, fallen

__all__ = ["Measurement", "SpeedReport", "fallen", "measure_machine"]
