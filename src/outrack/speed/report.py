"""What was measured, as numbers to keep and to compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from outrack.io.atomic import atomic_write
from outrack.io.small_files import text_of

__all__ = ["NOISY", "Measurement", "SpeedReport", "fallen", "read_ratios"]

NOISY = 0.15
"""How much the same work may differ within one run before nothing can be said."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing that was measured.

    Attributes:
        part: where it belongs, such as `network`.
        name: what it is, such as `default, fast, 448x288`.
        ms: milliseconds of one call or frame, the best.
        median_ms: the median.
        ratio: how near it is to what it is measured against; more is better. None where there is nothing.
        against: what that is.
        note: a number to read beside it, such as `120 GMAC/s`.
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
        """Calls or frames in a second."""
        return 1e3 / self.ms if self.ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """All measurements of one run.

    Attributes:
        machine: what was measured: processor, cores, versions.
        measurements: in the order in which they were made.
        noise: how much the same work differed between the beginning, the middle and the end, 0.1 for 10 %.
    """

    machine: Mapping[str, str]
    measurements: tuple[Measurement, ...]
    noise: float

    @property
    def is_noisy(self) -> bool:
        """Whether other work on the machine hides what was measured."""
        return self.noise > NOISY

    def ratios(self) -> dict[str, float]:
        """Ratio by part and name: what can be compared from machine to machine."""
        return {f"{one.part}: {one.name}": one.ratio for one in self.measurements if one.ratio is not None}

    def write(self, path: Path) -> None:
        """As JSON: `machine`, `noise`, `measurements`, `ratios`.

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
    """The ratios of a file that `SpeedReport.write` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another kind of file.
    """
    try:
        ratios = json.loads(text_of(path))["ratios"]
        return {str(key): float(value) for key, value in ratios.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: expected the JSON of `outrack bench --json`, with its ratios") from error


def fallen(now: Mapping[str, float], before: Mapping[str, float], *, tolerance: float = 0.15) -> list[str]:
    """A line for each ratio that is more than `tolerance` below what it was, the worst first."""
    shares = {key: now[key] / value - 1 for key, value in before.items() if key in now and value > 0}
    worst = sorted((share, key) for key, share in shares.items() if share < -tolerance)
    return [f"{key}: {now[key]:.3g}, and it was {before[key]:.3g} ({share:+.0%})" for share, key in worst]
