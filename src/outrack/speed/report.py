"""Speed measurements: written as JSON, and compared with earlier ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from outrack.io.atomic import atomic_write
from outrack.io.small_files import text_of

__all__ = ["NOISY", "Measurement", "SpeedReport", "read_ratios", "regressions"]

NOISY = 0.15
"""Variation of the same work within one run above which the results are unreliable."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement.

    Attributes:
        part: the group that it belongs to, such as `network`.
        name: what was measured, such as `default, fast, 448x288`.
        ms: fastest time of one call or frame, in milliseconds.
        median_ms: the median time.
        ratio: speed relative to the reference `against`; higher is better. None without a reference.
        against: the reference of `ratio`.
        note: further information, such as `120 GMAC/s`.
    """

    part: str
    name: str
    ms: float
    median_ms: float
    ratio: float | None = None
    against: str = ""
    note: str = ""

    @property
    def per_second(self) -> float:
        """Calls or frames per second."""
        return 1e3 / self.ms if self.ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """All measurements of one run.

    Attributes:
        machine: processor, cores, versions.
        measurements: in the order of measuring.
        noise: variation of the same work between the beginning, the middle and the end; 0.1 is 10 %.
    """

    machine: Mapping[str, str]
    measurements: tuple[Measurement, ...]
    noise: float

    @property
    def is_noisy(self) -> bool:
        """Whether other load on the machine makes the results unreliable."""
        return self.noise > NOISY

    def ratios(self) -> dict[str, float]:
        """Ratios by part and name, which can be compared between machines."""
        return {f"{one.part}: {one.name}": one.ratio for one in self.measurements if one.ratio is not None}

    def write(self, path: Path) -> None:
        """Write as JSON: `machine`, `noise`, `measurements`, `ratios`.

        Raises:
            OSError: it cannot be written.
        """
        content = {
            "machine": dict(self.machine),
            "noise": round(self.noise, 3),
            "measurements": [_rounded(asdict(one)) for one in self.measurements],
            "ratios": {key: float(f"{value:.3g}") for key, value in self.ratios().items()},
        }
        with atomic_write(path) as unfinished:
            unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in values.items()}


def read_ratios(path: Path) -> dict[str, float]:
    """The ratios in a file of `SpeedReport.write`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not such a file.
    """
    try:
        ratios = json.loads(text_of(path))["ratios"]
        return {str(key): float(value) for key, value in ratios.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: expected the JSON of `outrack bench --json`, with its ratios") from error


def regressions(now: Mapping[str, float], before: Mapping[str, float], *, tolerance: float = 0.15) -> list[str]:
    """One line for each ratio that fell by more than the share `tolerance`, largest loss first."""
    shares = {key: now[key] / value - 1 for key, value in before.items() if key in now and value > 0}
    worst = sorted((share, key) for key, share in shares.items() if share < -tolerance)
    return [f"{key}: {now[key]:.3g}, previously {before[key]:.3g} ({share:+.0%})" for share, key in worst]
