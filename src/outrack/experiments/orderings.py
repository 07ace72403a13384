"""Which of the paper's orderings hold here: for each pair of rows, which is better in the paper and which is better
here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import hypot
from statistics import fmean, stdev
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
        verdict: whether our numbers have the same order. Undecided if the mean of their difference is no larger than
            its standard deviation over seeds. The rows of a seed share detector and data, so they are compared seed by
            seed.
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
    difference, deviation = _difference(lower, higher, measure)
    if abs(difference) <= deviation:
        return "is undecided"
    return "holds" if difference > 0 else "is reversed"


def _difference(lower: RowResult, higher: RowResult, measure: Measure) -> tuple[float, float]:
    """Mean of the difference of two rows, and its standard deviation over the seeds of both; with fewer than two common
    seeds, that of independent runs."""
    common = [
        higher.seeds[seed][measure] - lower.seeds[seed][measure]
        for seed in lower.seeds.keys() & higher.seeds.keys()
        if measure in lower.seeds[seed] and measure in higher.seeds[seed]
    ]
    if len(common) > 1:
        return fmean(common), stdev(common)
    one, other = lower.spread(measure), higher.spread(measure)
    assert one is not None
    assert other is not None
    return other.mean - one.mean, hypot(one.deviation or 0.0, other.deviation or 0.0)
