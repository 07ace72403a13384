"""Chart elements: SVG paths on a 1000 x 100 area that is stretched to any width, ticks, and texts for times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.report.measures import Stretch

__all__ = ["Mark", "area_path", "bar_paths", "ticks_of", "words_of"]

WIDTH, HEIGHT = 1000, 100
_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MAX_TICKS = 5


class Mark(NamedTuple):
    """A bar: its label, its value as text, and its length in percent."""

    name: str
    value: str
    percent: float


def bar_paths(stretches: Iterable[Stretch], ends: tuple[float, float]) -> dict[str, str]:
    """For each state, one path of full-height bars; lost time is a thin line in the middle."""
    paths: dict[str, str] = {}
    for start, end, state in stretches:
        left, right = _across(start, ends), _across(end, ends)
        low, high = (HEIGHT * 0.45, HEIGHT * 0.55) if state == "lost" else (0, HEIGHT)
        paths[state] = paths.get(state, "") + f"M{left:.4g} {low:g}H{right:.4g}V{high:g}H{left:.4g}z"
    return paths


def area_path(edges: NDArray[np.float64], values: NDArray[np.float64], ends: tuple[float, float]) -> str:
    """The area under a step function, scaled to the full height.

    Args:
        edges: edges of the steps (B + 1,).
        values: their heights (B,), from 0.
        ends: ends of the axis.
    """
    most = max(float(values.max(initial=0.0)), 1e-9)
    steps = zip(values.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    tops = "".join(f"V{HEIGHT - HEIGHT * value / most:.4g}H{_across(right, ends):.4g}" for value, _, right in steps)
    return f"M0 {HEIGHT}{tops}V{HEIGHT}z" if tops else ""


def ticks_of(start: float, end: float, *, unit: str) -> list[tuple[float, str]]:
    """At most five or six round positions on an axis, in percent of its length, with their labels."""
    if end <= start:
        return []
    steps = _STEPS_S if unit == "s" else tuple(a * 10**b for b in range(8) for a in (1, 2, 5))
    step = next((step for step in steps if (end - start) / step <= _MAX_TICKS), (end - start) / _MAX_TICKS)
    first = np.ceil(start / step) * step
    places = np.arange(first, end + step * 1e-6, step).tolist()
    words = [words_of(place, unit, step=step).removesuffix(" frames") for place in places]
    return [(100.0 * (place - start) / (end - start), text) for place, text in zip(places, words, strict=True)]


def words_of(time: float, unit: str, *, step: float = 0.1) -> str:
    """For instance `1:02:03`, `2:05`, `12.4 s` or `250 frames`; `step` determines the decimals."""
    if unit != "s":
        return f"{time:.0f} frames"
    if abs(time) < 60:
        return f"{time:.0f} s" if step >= 1 else f"{time:.1f} s"
    minutes, seconds = divmod(round(time), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _across(time: float, ends: tuple[float, float]) -> float:
    return WIDTH * (time - ends[0]) / max(ends[1] - ends[0], 1e-9)
