"""Results: rows over several seeds, with their measurements or the reason why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from outrack.experiments.plan import Budget, Plan, Unavailable
from outrack.experiments.store import Store
from outrack.experiments.tables.definition import Measure, Row, Table

__all__ = ["FIRST_SEED", "PlannedRow", "RowResult", "Spread", "TableResult", "plan_row", "row_result", "table_result"]

FIRST_SEED = 317
"""The seed of the official code; further seeds count up from it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over seeds: mean and sample standard deviation (None for one seed)."""

    mean: float
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return cls(fmean(values), stdev(values) if len(values) > 1 else None)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row and its plans.

    Attributes:
        table, row: the table and the row.
        plans: by seed; empty if it cannot be run.
        unavailable_reason: why it cannot be run.
    """

    table: Table
    row: Row
    plans: Mapping[int, Plan] = field(default_factory=dict)
    unavailable_reason: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row of a table.

    Attributes:
        row: the row.
        seeds: measurements, by finished seed.
        not_run: why seeds are missing; empty if none is.
        warnings: problems with the numbers, such as collapsed embeddings.
        cost: expected cost of the training runs, including shared ones.
    """

    row: Row
    seeds: Mapping[int, Mapping[Measure, float]] = field(default_factory=dict)
    not_run: str = ""
    warnings: tuple[str, ...] = ()
    cost: str = ""

    def spread(self, measure: Measure) -> Spread | None:
        """The spread of one measure; None if no seed has it."""
        values = [scores[measure] for scores in self.seeds.values() if measure in scores]
        return Spread.of(values) if values else None


@dataclass(frozen=True, slots=True)
class TableResult:
    """One table.

    Attributes:
        table: the table.
        rows: in the table's order.
        source: origin of our numbers, for the report.
        measured_on: name of the test set; empty if nothing can be run.
    """

    table: Table
    rows: tuple[RowResult, ...]
    source: str
    measured_on: str = ""


def plan_row(budget: Budget, table: Table, row: Row, *, num_seeds: int) -> PlannedRow:
    """The plans of a row, or why it cannot be run."""
    if row.recipe is None:
        return PlannedRow(table, row, unavailable_reason=row.unavailable_reason)
    try:
        seeds = range(FIRST_SEED, FIRST_SEED + num_seeds)
        return PlannedRow(table, row, {seed: budget.plan(row.recipe, seed=seed) for seed in seeds})
    except Unavailable as reason:
        return PlannedRow(table, row, unavailable_reason=str(reason))


def table_result(table: Table, rows: Sequence[PlannedRow], store: Store, *, source: str) -> TableResult:
    """The finished results of a table."""
    tests = dict.fromkeys(plan.test.name for planned in rows for plan in planned.plans.values())
    return TableResult(table, tuple(row_result(planned, store) for planned in rows), source, ", ".join(tests))


def row_result(planned: PlannedRow, store: Store) -> RowResult:
    """The finished results of a row."""
    if planned.unavailable_reason:
        return RowResult(planned.row, not_run=planned.unavailable_reason)
    seeds: dict[int, Mapping[Measure, float]] = {}
    problems, warnings, waiting = [], [], []
    for seed, plan in planned.plans.items():
        failures = [why for one in plan.stage.chain() if (why := store.failure(one))]
        scores = _scores(planned.table, plan, store)
        if failures:
            problems.append(f"seed {seed} did not converge: {failures[0]}")
        elif scores is None:
            waiting.append(str(seed))
        else:
            seeds[seed] = scores
        embeddings = store.embeddings(plan)
        if embeddings is not None and embeddings.collapsed:
            likeness = f"{embeddings.likeness:.3f}"
            warnings.append(f"seed {seed}: the embeddings collapsed, different people have a mean cosine of {likeness}")
    if waiting:
        problems.append(f"not run yet with seed {', '.join(waiting)}")
    any_plan = next(iter(planned.plans.values()))
    cost = " + ".join(f"{one.name} {one.cost}" for one in any_plan.stage.chain())
    return RowResult(planned.row, seeds, "; ".join(problems), tuple(warnings), cost)


def _scores(table: Table, plan: Plan, store: Store) -> Mapping[Measure, float] | None:
    """The measures of the table; None if one has not been measured."""
    scores: dict[Measure, float] = {}
    if table.needs_tracking:
        tracks = store.tracks(plan)
        if tracks is None:
            return None
        scores |= {measure: tracks[measure] for measure in table.measures if measure in tracks}
    if table.needs_embeddings and plan.uses_embeddings:
        embeddings = store.embeddings(plan)
        if embeddings is None:
            return None
        scores |= {"r1": embeddings.r1, "map": embeddings.mean_ap}
    return scores
