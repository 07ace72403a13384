"""The searched settings and their ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from outrack.tracking import TrackerConfig
from outrack.tracking.dotted_names import flat_values

__all__ = ["RANGES", "Range", "Suggests", "changed", "defaults", "suggested"]


@dataclass(frozen=True, slots=True)
class Range:
    """A setting by its dotted name, with the range that is searched."""

    name: str
    low: float
    high: float


RANGES = (
    Range("start_score", 0.15, 0.8),
    Range("max_lost_s", 0.5, 5.0),
    Range("appearance.limit", 0.2, 0.7),
    Range("appearance.veto", 0.2, 1.0),
    Range("appearance.momentum", 0.8, 0.99),
    Range("overlap.limit", 0.6, 0.98),
    Range("overlap.low_limit", 0.3, 0.9),
    Range("overlap.margin", 0.0, 0.5),
    Range("overlap.height_power", 0.0, 3.0),
    Range("overlap.lost_weight", 0.5, 1.0),
    Range("starts.confirm_limit", 0.4, 0.9),
)
"""`start_score` moves `high_score` with it, as `--conf` does; `low_score` is a share of it."""
LOW_SHARE = Range("low_share", 0.1, 1.0)
REFIND = ("combined", "geometric", "off")


class Suggests(Protocol):
    """The two methods by which an Optuna trial suggests a value."""

    def suggest_float(self, name: str, low: float, high: float) -> float: ...

    def suggest_categorical(self, name: str, choices: Any) -> Any: ...


def suggested(trial: Suggests, base: TrackerConfig) -> TrackerConfig:
    """Settings to try."""
    values: dict[str, Any] = {each.name: trial.suggest_float(each.name, each.low, each.high) for each in RANGES}
    share = trial.suggest_float(LOW_SHARE.name, LOW_SHARE.low, LOW_SHARE.high)
    return with_parameters(
        base, {**values, LOW_SHARE.name: share, "refind": trial.suggest_categorical("refind", REFIND)}
    )


def with_parameters(base: TrackerConfig, parameters: dict[str, Any]) -> TrackerConfig:
    """The settings for the values of a trial."""
    values = {name: value for name, value in parameters.items() if name != LOW_SHARE.name}
    start = values["start_score"]
    return base.with_values({**values, "high_score": start, "low_score": start * parameters[LOW_SHARE.name]})


def defaults(base: TrackerConfig) -> dict[str, Any]:
    """The initial settings as values of a trial, clipped to the ranges."""
    known = flat(base)
    values: dict[str, Any] = {each.name: min(max(known[each.name], each.low), each.high) for each in RANGES}
    share = base.low_score / base.start_score if base.start_score else 1.0
    return {
        **values,
        LOW_SHARE.name: min(max(share, LOW_SHARE.low), LOW_SHARE.high),
        "refind": base.refind if base.refind in REFIND else "off",
    }


def flat(config: TrackerConfig) -> dict[str, Any]:
    """Every setting by its dotted name."""
    return flat_values(config)


def changed(config: TrackerConfig, base: TrackerConfig) -> dict[str, Any]:
    """The differing settings, by dotted name; numbers are rounded to four digits, which does not affect scores."""
    before = flat(base)
    values = {name: value for name, value in flat(config).items() if value != before[name]}
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in values.items()}
