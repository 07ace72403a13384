"""Results beside the paper's numbers, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from outrack.experiments.orderings import orderings
from outrack.experiments.results import RowResult, Spread, TableResult
from outrack.experiments.table import MEASURES, Measure

__all__ = ["as_json", "as_markdown"]

SHARES: frozenset[Measure] = frozenset({"mota", "idf1", "recall", "r1", "map", "hidden_recall"})


def as_markdown(tables: Sequence[TableResult]) -> str:
    """One table after the other: of each row the paper's line and ours."""
    return "\n".join("\n".join(_table(table)) for table in tables)


def as_json(tables: Sequence[TableResult]) -> str:
    """Everything, unrounded."""
    return json.dumps([_plain(table) for table in tables], indent=1) + "\n"


def _table(result: TableResult) -> Iterator[str]:
    table = result.table
    title = f"Table {table.name.removeprefix('table')}" if table.name.startswith("table") else table.name.capitalize()
    yield f"## {title}: {table.title}\n"
    yield f"Paper: {table.paper_data}. Ours: {result.source}{_test(result)}.\n"
    yield "Expected cost: every training that a row rests on, shared ones included; minutes are of one core.\n"
    header = ["Row", "Numbers of", *(MEASURES[measure] for measure in table.measures), "Expected cost"]
    yield _line(header)
    yield _line(["---", "---", *["---:"] * len(table.measures), "---"])
    for row in result.rows:
        paper = [_paper(row, measure) for measure in table.measures]
        yield _line([row.row.label, "paper", *paper, ""])
        yield _line(["", *_ours(row, result), row.cost])
    yield ""
    yield from _orderings(result)
    notes = [f"- {row.row.label}: {note}" for row in result.rows for note in (row.not_run, *row.warnings) if note]
    yield from dict.fromkeys(notes)
    yield ""


def _orderings(result: TableResult) -> Iterator[str]:
    """A line a measure on which of the paper's orderings hold here."""
    found = list(orderings(result))
    if not found:
        return
    yield "Of every two rows, is the same one ahead with us as in the paper?\n"
    for measure in result.table.measures:
        pairs = [one for one in found if one.measure == measure]
        if not pairs:
            continue
        held = sum(one.verdict == "holds" for one in pairs)
        others = [f"{one.lower} < {one.higher} {one.verdict}" for one in pairs if one.verdict != "holds"]
        yield f"- {MEASURES[measure]}: {held} of {len(pairs)} orderings hold" + "".join(f"; {text}" for text in others)
    yield ""


def _test(result: TableResult) -> str:
    return f", measured on {result.measured_on}" if result.measured_on else ""


def _ours(row: RowResult, result: TableResult) -> list[str]:
    """Whose numbers, and the numbers."""
    if not row.seeds:
        return [f"ours, {result.source}: not run", *["-"] * len(result.table.measures)]
    seeds = f"{len(row.seeds)} seed{'s' if len(row.seeds) > 1 else ''}"
    cells = [_ours_cell(measure, row.spread(measure)) for measure in result.table.measures]
    return [f"ours, {result.source}, {seeds}", *cells]


def _paper(row: RowResult, measure: Measure) -> str:
    value = row.row.paper.get(measure)
    return "-" if value is None else _number(measure, value)


def _ours_cell(measure: Measure, spread: Spread | None) -> str:
    if spread is None:
        return "-"
    mean = _number(measure, spread.mean)
    return mean if spread.deviation is None else f"{mean} ± {_number(measure, spread.deviation)}"


def _number(measure: Measure, value: float) -> str:
    return f"{value:.1f}" if measure in SHARES or value % 1 else f"{value:.0f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(result: TableResult) -> dict[str, object]:
    return {
        "table": result.table.name,
        "title": result.table.title,
        "paper_data": result.table.paper_data,
        "source": result.source,
        "measured_on": result.measured_on,
        "orderings": [asdict(one) for one in orderings(result)],
        "rows": [
            {
                "row": row.row.key,
                "label": row.row.label,
                "recipe": None if row.row.recipe is None else asdict(row.row.recipe),
                "cost": row.cost,
                "paper": dict(row.row.paper),
                "status": "run" if row.seeds and not row.not_run else "partly run" if row.seeds else "not run",
                "not_run": row.not_run,
                "warnings": list(row.warnings),
                "seeds": {str(seed): dict(scores) for seed, scores in row.seeds.items()},
                "ours": {
                    measure: asdict(spread) for measure in MEASURES if (spread := row.spread(measure)) is not None
                },
            }
            for row in result.rows
        ],
    }
