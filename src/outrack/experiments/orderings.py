"""Which of the paper's orderings hold here: for each pair of rows, which is better in the paper and which is better
here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import hypot
from typing import Literal

from outrack.experiments.results import RowResult, TableResult
from outrack.experiments.tables.definition import Measure

__all__ = ["Ordering", "orderings"]

Verdict = Literal["holds", "is reversed", "is undecided"]


@dataclass(frozen=True, slots=True)
class Ordering:
    """Two rows in one measure.

    Attributes:
        measure: the measure.
        lower, higher: labels of the rows with the paper's lower and higher number.
        verdict: whether our numbers have the same order. Undecided if our means differ by no more than the standard
            deviation of their difference over seeds.
        has_spread: whether one of them was run with several seeds; otherwise the spread is unknown, and any difference
            decides.
    """

    measure: Measure
    lower: str
    higher: str
    verdict: Verdict
    has_spread: bool


def orderings(result: TableResult) -> Iterator[Ordering]:
    """All pairs of rows that have numbers in the paper and here, and that differ in the paper."""
    for measure in result.table.measures:
        known = [row for row in result.rows if measure in row.row.paper and row.spread(measure) is not None]
        for one, other in combinations(known, 2):
            lower, higher = sorted((one, other), key=lambda row: row.row.paper[measure])
            if lower.row.paper[measure] < higher.row.paper[measure]:
                verdict = _verdict(lower, higher, measure)
                has_spread = max(len(lower.seeds), len(higher.seeds)) > 1
                yield Ordering(measure, lower.row.label, higher.row.label, verdict, has_spread)


def _verdict(lower: RowResult, higher: RowResult, measure: Measure) -> Verdict:
    ours = lower.spread(measure), higher.spread(measure)
    assert ours[0] is not None
    assert ours[1] is not None
    difference = ours[1].mean - ours[0].mean
    if abs(difference) <= hypot(*(spread.deviation or 0.0 for spread in ours if spread is not None)):
        return "is undecided"
    return "holds" if difference > 0 else "is reversed"
