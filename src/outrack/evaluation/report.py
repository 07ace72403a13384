"""Reports of an evaluation: a table for the terminal, JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from outrack.evaluation.mot import Evaluation, Scores
from outrack.evaluation.visibility import VisibilityScores
from outrack.io.origin import versions

__all__ = ["REPORT_SUFFIXES", "as_csv", "as_json", "as_markdown", "terminal_tables", "write_report"]

COLUMNS = {
    "hota": "HOTA",
    "deta": "DetA",
    "assa": "AssA",
    "mota": "MOTA",
    "motp": "MOTP",
    "idf1": "IDF1",
    "idp": "IDP",
    "idr": "IDR",
    "recall": "Recall",
    "precision": "Precision",
    "mt": "MT",
    "ml": "ML",
    "fp": "FP",
    "fn": "FN",
    "idsw": "IDSW",
    "frag": "Frag",
}
"""Attribute of `Scores` -> its usual name in the literature."""
ALL = "all"
VISIBILITY_HEADER = ("Visibility", "Boxes", "Recall", "ID recall", "IDSW")
STATE_HEADER = ("Box is there as", "Boxes", "Right", "Right identity")


def as_json(evaluation: Evaluation, by_visibility: VisibilityScores | None = None) -> str:
    """Everything, unrounded."""
    found: dict[str, object] = {
        "made_by": versions(),
        "benchmark": evaluation.benchmark,
        "half": evaluation.half,
        "split": evaluation.half,  # its name in 0.1; to be removed in 0.3
        "protocol": evaluation.protocol,
        "combined": asdict(evaluation.combined),
        "sequences": {name: asdict(scores) for name, scores in evaluation.sequences.items()},
    }
    if by_visibility is not None:
        found["visibility"] = [asdict(level) for level in by_visibility.levels]
        found["states"] = [{**asdict(state), "state": state.state.word} for state in by_visibility.states]
    return json.dumps(found, indent=2) + "\n"


def as_csv(evaluation: Evaluation, by_visibility: VisibilityScores | None = None) -> str:
    """One line per sequence and one for all combined, unrounded.

    Scores by visibility and by state are further columns of the last line, such as `recall_0.1_0.3` and
    `refound_right`.
    """
    rows: list[dict[str, object]] = [{"sequence": name, **asdict(scores)} for name, scores in _rows(evaluation)]
    if by_visibility is not None:
        for level in by_visibility.levels:
            place, scores = f"{level.low:g}_{level.high:g}", ("num_boxes", "recall", "id_recall", "idsw")
            rows[-1] |= {f"{score}_{place}": getattr(level, score) for score in scores}
        for state in by_visibility.states:
            name, counts = state.state.word, ("num_boxes", "right", "right_identity")
            rows[-1] |= {f"{name}_{count}": getattr(state, count) for count in counts}
    text = io.StringIO()
    table = csv.DictWriter(text, rows[-1].keys(), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def as_markdown(evaluation: Evaluation, by_visibility: VisibilityScores | None = None) -> str:
    """Tables for a README, with two decimals, and a note on how the scores were counted."""
    parts = [_markdown_table(("Sequence", *COLUMNS.values()), _cells(evaluation))]
    if by_visibility is not None:
        parts.append(_markdown_table(VISIBILITY_HEADER, _visibility_cells(by_visibility)))
        if by_visibility.states:
            parts.append(_markdown_table(STATE_HEADER, _state_cells(by_visibility)))
    return "\n".join([*parts, f"{_title(evaluation)}.\n"])


def terminal_tables(evaluation: Evaluation, by_visibility: VisibilityScores | None = None) -> RenderableType:
    """The same tables for `rich`, in two halves that fit an 80-column terminal."""
    names, cells = tuple(COLUMNS.values()), _cells(evaluation)
    tables = [
        _terminal_table(_title(evaluation), ("Sequence", *names[:8]), [row[:9] for row in cells]),
        _terminal_table(None, ("Sequence", *names[8:]), [[row[0], *row[9:]] for row in cells]),
    ]
    if by_visibility is not None:
        tables.append(_terminal_table("By visibility", VISIBILITY_HEADER, _visibility_cells(by_visibility)))
        if by_visibility.states:
            tables.append(_terminal_table("By reason", STATE_HEADER, _state_cells(by_visibility)))
    return Group(*(Padding(table, (0, 0, 1, 0)) for table in tables))


REPORTS: dict[str, Callable[[Evaluation, VisibilityScores | None], str]] = {
    ".json": as_json,
    ".csv": as_csv,
    ".md": as_markdown,
}
REPORT_SUFFIXES = tuple(REPORTS)


def write_report(path: Path, evaluation: Evaluation, by_visibility: VisibilityScores | None = None) -> None:
    """Write `.json`, `.csv` or `.md`, by suffix; missing folders are created.

    Raises:
        ValueError: another suffix.
        OSError: the file cannot be written.
    """
    if path.suffix not in REPORTS:
        raise ValueError(
            f"{path}: expected a report to end in {', '.join(REPORTS)}, got {path.suffix or 'no suffix'!r}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(REPORTS[path.suffix](evaluation, by_visibility), encoding="utf-8")


def _title(evaluation: Evaluation) -> str:
    frames = "all frames" if evaluation.half == "full" else f"half {evaluation.half}"
    return f"{evaluation.benchmark}, {frames}, counted as {evaluation.protocol} does"


def _rows(evaluation: Evaluation) -> list[tuple[str, Scores]]:
    return [*evaluation.sequences.items(), (ALL, evaluation.combined)]


def _cells(evaluation: Evaluation) -> list[list[str]]:
    return [[name, *(_text(getattr(scores, field)) for field in COLUMNS)] for name, scores in _rows(evaluation)]


def _visibility_cells(scores: VisibilityScores) -> list[list[str]]:
    return [
        [f"{level.low:g} - {level.high:g}", *map(_text, (level.num_boxes, level.recall, level.id_recall, level.idsw))]
        for level in scores.levels
    ]


def _state_cells(scores: VisibilityScores) -> list[list[str]]:
    return [
        [state.state.word, *map(_text, (state.num_boxes, state.right, state.right_identity))] for state in scores.states
    ]


def _text(value: float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _terminal_table(title: str | None, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row, style="bold" if row[0] == ALL else None)
    return table


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
