"""Reports: results next to the paper's numbers, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import combinations

from outrack.experiments.orderings import Ordering, orderings
from outrack.experiments.results import RowResult, Spread, TableResult
from outrack.experiments.tables.definition import MEASURES, Measure

__all__ = ["as_json", "as_markdown"]

SHARES: frozenset[Measure] = frozenset({"mota", "idf1", "recall", "r1", "map", "hidden_recall"})
NO_ORDERING = "-"
"""For two rows that are equal in the paper, or without a number in the paper or here."""
ONE_SEED = "\\*"


def as_markdown(tables: Sequence[TableResult]) -> str:
    """All tables; each row has the paper's line and ours."""
    return "\n".join("\n".join(_table(table)) for table in tables)


def as_json(tables: Sequence[TableResult]) -> str:
    """All results, unrounded."""
    return json.dumps([_plain(table) for table in tables], indent=1) + "\n"


def _table(result: TableResult) -> Iterator[str]:
    table = result.table
    title = f"Table {table.name.removeprefix('table')}" if table.name.startswith("table") else table.name.capitalize()
    yield f"## {title}: {table.title}\n"
    yield f"Paper: {table.paper_data}. Ours: {result.source}{_test(result)}.\n"
    header = ["Row", "Numbers of", *(MEASURES[measure] for measure in table.measures)]
    yield _line(header)
    yield _line(["---", "---", *["---:"] * len(table.measures)])
    for row in result.rows:
        yield _line([row.row.label, "paper", *(_paper(row, measure) for measure in table.measures)])
        yield _line(["", *_ours(row, result)])
    keys = ", ".join(f"`{table.name}/{row.row.key}`" for row in result.rows)
    yield f"\nNames of the rows, each of which `outrack reproduce NAME` runs alone: {keys}.\n"
    yield from _orderings(result)
    yield from dict.fromkeys(note for row in result.rows for note in _notes(row))
    yield ""


def _notes(row: RowResult) -> Iterator[str]:
    """What is missing of each row and its cost, and warnings about its numbers."""
    if row.not_run:
        cost = f" (expected: {row.cost}, shared trainings included, minutes of one core)" if row.cost else ""
        yield f"- {row.row.label}: {row.not_run}{cost}"
    yield from (f"- {row.row.label}: {warning}" for warning in row.warnings)


def _orderings(result: TableResult) -> Iterator[str]:
    """Which of the paper's orderings hold here: one line per pair of rows, one column per measure."""
    found = {(one.measure, one.lower, one.higher): one for one in orderings(result)}
    measures = [measure for measure in result.table.measures if any(key[0] == measure for key in found)]
    if not measures:
        return
    yield "Does the paper's ordering of each pair of rows hold here?\n"
    yield _line(["First row", "second row", *(MEASURES[measure] for measure in measures)])
    yield _line(["---", "---", *["---"] * len(measures)])
    for first, second in combinations([row.row.label for row in result.rows], 2):
        cells = [
            _verdict(found.get((measure, first, second)), found.get((measure, second, first))) for measure in measures
        ]
        if any(cell != NO_ORDERING for cell in cells):
            yield _line([first, second, *cells])
    counts = Counter(one.verdict for one in found.values())
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("holds", "is reversed", "is undecided"))
    yield f"\nOf {len(found)}: {told.replace('holds', 'hold').replace('is ', '')}."
    if not all(one.has_spread for one in found.values()):
        yield f"{ONE_SEED} one seed, so the spread is unknown."
    yield ""


def _verdict(rising: Ordering | None, falling: Ordering | None) -> str:
    """A cell with the paper's ordering of two rows, and ours."""
    one = rising or falling
    if one is None:
        return NO_ORDERING
    sign = "<" if rising else ">"
    return f"{sign} {one.verdict.removeprefix('is ')}{'' if one.has_spread else ONE_SEED}"


def _test(result: TableResult) -> str:
    return f", measured on {result.measured_on}" if result.measured_on else ""


def _ours(row: RowResult, result: TableResult) -> list[str]:
    """Label, and our numbers."""
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
