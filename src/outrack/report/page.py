"""The page: measurements as text and marks for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.io.atomic import atomic_write
from outrack.io.origin import made_by
from outrack.report.heat import Heat, as_data_uri, foot_points, heat_picture, occlusion_points, picture_size
from outrack.report.marks import Mark, area_path, bar_paths, ticks_of, words_of
from outrack.report.measures import LOST, Life, counts_of, length_counts, lives_of
from outrack.report.runs import Run

__all__ = ["MAX_ROWS", "rendered", "write_report"]

Pixels = NDArray[np.uint8]

MAX_ROWS = 1000
"""Maximum number of rows in the timeline; the longest identities are shown, so that browsers can open the page."""
_REFOUND_ROWS = 12

_STATES = ("in view", "detected", "refound", "interpolated", "predicted", LOST)
"""In the order of the legend."""


@dataclass(frozen=True, slots=True)
class Row:
    """One identity in the timeline: a path for each state, and its description."""

    identity: int
    paths: dict[str, str]
    words: str


def write_report(path: Path, sections: Sequence[tuple[Run, Pixels | None]]) -> None:
    """Write the page atomically.

    Args:
        path: the HTML file.
        sections: each run, with a frame of its video, RGB uint8 (H, W, 3), or None.

    Raises:
        ImportError: Jinja2 is missing.
        OSError: it cannot be written.
    """
    text = rendered(sections)
    with atomic_write(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def rendered(sections: Sequence[tuple[Run, Pixels | None]]) -> str:
    """The page as text; arguments and errors as for `write_report`."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError as error:
        raise ImportError('reports need Jinja2: pip install "outrack[report]"') from error
    environment = Environment(
        loader=PackageLoader("outrack.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = [run.name for run, _ in sections]
    title = names[0] if len(names) == 1 else f"{len(names)} sources"
    views = [_section(run, background) for run, background in sections]
    return environment.get_template("report.html").render(title=title, sections=views, made_by=made_by())


def _section(run: Run, background: Pixels | None) -> dict[str, Any]:
    """The template's data of one run."""
    lives = lives_of(run)
    counts = counts_of(run)
    ends = (float(run.starts[0]), float(run.starts[-1]))
    drawn = sorted(lives, key=lambda life: -life.length)[:MAX_ROWS]
    rows = [_row(run, life, ends) for life in sorted(drawn, key=lambda life: (life.start, life.identity))]
    return {
        "name": run.name,
        "anchor": f"run-{run.name}",
        "facts": _facts(run, lives, counts.most),
        "rows": rows,
        "num_left_out": len(lives) - len(rows),
        "states": [
            state
            for state in ("in view", "detected", "refound", "interpolated", "predicted", LOST)
            if _has(rows, state)
        ],
        "ticks": ticks_of(*ends, unit=run.unit),
        "unit": run.unit,
        "count_most": area_path(counts.edges, counts.most, ends),
        "count_mean": area_path(counts.edges, counts.mean, ends),
        "highest": int(counts.most.max(initial=0)),
        "lengths": _lengths(run, lives),
        "heats": _heats(run, background),
        "refound": _refound(run, lives),
        "knows_states": run.states is not None,
        "speed": _speed(run),
        "settings": _settings(run),
        "network": {} if run.record is None else dict(run.record.network),
    }


def _row(run: Run, life: Life, ends: tuple[float, float]) -> Row:
    span = f"{words_of(life.start, run.unit)} to {words_of(life.end, run.unit)}"
    boxes = ", ".join(f"{number} {state}" for state, number in life.num_boxes.items())
    lost = f", lost for {words_of(life.lost, run.unit)}" if life.lost else ""
    return Row(life.identity, bar_paths(life.stretches, ends), f"{life.identity}: {span}; boxes: {boxes}{lost}")


def _has(rows: Sequence[Row], state: str) -> bool:
    return any(state in row.paths for row in rows)


def _facts(run: Run, lives: Sequence[Life], most: NDArray[np.float64]) -> list[tuple[str, str]]:
    length = float(run.starts[-1] - run.starts[0])
    facts = [
        ("identities", f"{len(lives)}"),
        ("at the same time, at most", f"{int(most.max(initial=0))}"),
        ("frames", f"{len(run.frames)}"),
    ]
    if run.unit == "s":
        facts.append(("length", words_of(length, run.unit)))
    if run.states is not None:
        facts.append(("boxes refound", _percent(sum(life.num_boxes.get("refound", 0) for life in lives), len(run.ids))))
    if run.record is not None and run.record.elapsed_s > 0:
        facts.append(("frames per second", f"{run.record.num_frames / run.record.elapsed_s:.1f}"))
    return facts


def _lengths(run: Run, lives: list[Life]) -> list[Mark]:
    edges, numbers = length_counts(lives, run.unit)
    most = max(int(numbers.max(initial=0)), 1)
    marks = []
    for number, (low, count) in enumerate(zip(edges.tolist(), numbers.tolist(), strict=True)):
        to = f"to {edges[number + 1]:g}" if number + 1 < len(edges) else "and more"
        marks.append(Mark(f"{low:g} {to}", f"{count}", 100.0 * count / most))
    filled = [place for place, mark in enumerate(marks) if mark.value != "0"]
    return marks[filled[0] : filled[-1] + 1] if filled else []


def _heats(run: Run, background: Pixels | None) -> list[dict[str, str]]:
    if not len(run.ids):
        return []
    size = picture_size(run) if background is None else (background.shape[1], background.shape[0])
    standing, times = foot_points(run)
    hidden, predicted = occlusion_points(run)
    rule = "as predicted by the network" if predicted else "where boxes overlap by more than 70 % of the smaller one"
    heats = [("Presence", "where people stand, by the foot points of their boxes", standing, times)]
    if len(hidden):
        heats.append(("Occlusion", f"where people hide each other, {rule}", hidden, np.ones(len(hidden))))
    return [
        {"title": title, "words": words, "picture": as_data_uri(heat_picture(Heat(points, weights, size), background))}
        for title, words, points, weights in heats
    ]


def _refound(run: Run, lives: Sequence[Life]) -> list[tuple[int, str, str, str, str]]:
    """The identities with the most refound boxes: number, length, shares detected and refound, time lost."""
    most = sorted(lives, key=lambda life: -life.num_boxes.get("refound", 0))[:_REFOUND_ROWS]
    return [
        (
            life.identity,
            words_of(life.length, run.unit),
            _percent(life.num_boxes.get("detected", 0), sum(life.num_boxes.values())),
            _percent(life.num_boxes["refound"], sum(life.num_boxes.values())),
            words_of(life.lost, run.unit),
        )
        for life in most
        if life.num_boxes.get("refound", 0)
    ]


def _speed(run: Run) -> list[Mark]:
    """Milliseconds per frame by phase; the rest is start-up and untimed work."""
    record = run.record
    if record is None or not record.num_frames:
        return []
    phases = {phase: seconds for phase, seconds in record.phase_s.items() if seconds > 0}
    phases["start and rest"] = max(record.elapsed_s - sum(phases.values()), 0.0)
    most = max(max(phases.values()), 1e-9)
    per_frame = 1000.0 / record.num_frames
    return [
        Mark(phase, f"{seconds * per_frame:.1f} ms", 100.0 * float(seconds) / most) for phase, seconds in phases.items()
    ]


def _settings(run: Run) -> list[tuple[str, str]]:
    settings = {} if run.record is None else run.record.settings
    return [(name, str(value)) for name, value in settings.items() if value is not None]


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
