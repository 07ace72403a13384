"""Runs rows: finished ones are kept, interrupted ones resumed, impossible ones reported with the reason."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from outrack.experiments.measuring import measure_embeddings, measure_tracks
from outrack.experiments.plan import Budget, Plan, Stage
from outrack.experiments.report import as_json, as_markdown
from outrack.experiments.results import PlannedRow, TableResult, plan_row, table_result
from outrack.experiments.store import Store, write_text_atomically
from outrack.experiments.tables.definition import Table
from outrack.models import Provenance, load_network, save_network
from outrack.training import Report, train
from outrack.training.engine.report import StepReport

__all__ = ["Study"]

logger = logging.getLogger(__name__)

LOG_EVERY = 100
"""Training steps between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Study:
    """Runs rows of tables with one budget. Rows that need the same training share it.

    Attributes:
        budget: data, networks and schedules.
        folder: folder for training runs, measurements, `report.md` and `report.json`.
        num_seeds: number of seeds of each row.
        on_line: called with each line of progress.
    """

    budget: Budget
    folder: Path
    num_seeds: int = 1
    on_line: Callable[[str], None] = logger.info

    def __post_init__(self) -> None:
        if self.num_seeds < 1:
            raise ValueError(f"seeds: expected 1 or more, got {self.num_seeds}")

    def so_far(self, tables: Sequence[Table]) -> tuple[TableResult, ...]:
        """The tables with all earlier measurements; nothing is run or written.

        Raises:
            ValueError: a measurement on disk is damaged.
        """
        return self._results(self._planned(tables))

    def run(self, tables: Sequence[Table]) -> tuple[TableResult, ...]:
        """Run what is missing, row by row, and write the report after each row. After an interruption, another call
        continues.

        Raises:
            FileNotFoundError, ValueError: data or files of the study are damaged.
            OSError: the folder cannot be written.
        """
        planned = self._planned(tables)
        self._report(planned)
        if any(one.plans for one in planned):
            self.on_line(f"{self.budget.description}: preparing the data")
            self.budget.prepare()
        for one in planned:
            for seed, plan in one.plans.items():
                self._run(one, plan, f"{one.table.name}/{one.row.key}, seed {seed}, {self.budget.description}")
                self._report(planned)
        return self._results(planned)

    def _planned(self, tables: Sequence[Table]) -> list[PlannedRow]:
        return [plan_row(self.budget, table, row, num_seeds=self.num_seeds) for table in tables for row in table.rows]

    def _results(self, planned: Sequence[PlannedRow]) -> tuple[TableResult, ...]:
        store = Store(self.folder)
        return tuple(
            table_result(rows[0].table, rows, store, source=self.budget.description)
            for rows in (list(group) for _, group in groupby(planned, key=lambda one: one.table.name))
        )

    def _report(self, planned: Sequence[PlannedRow]) -> None:
        results = self._results(planned)
        write_text_atomically(self.folder / "report.md", as_markdown(results))
        write_text_atomically(self.folder / "report.json", as_json(results))

    def _run(self, planned: PlannedRow, plan: Plan, where: str) -> None:
        """Train and measure what is missing of one row and seed."""
        store, table = Store(self.folder), planned.table
        wants_tracks = table.needs_tracking and store.tracks(plan) is None
        wants_embeddings = table.needs_embeddings and plan.uses_embeddings and store.embeddings(plan) is None
        if not (wants_tracks or wants_embeddings):
            return
        if not all(self._trained(stage, where) for stage in plan.stage.chain()):
            return
        weights = store.training(plan.stage) / "last.safetensors"
        size = (plan.stage.config.model.width, plan.stage.config.model.height)
        if wants_embeddings:
            self.on_line(f"{where}: ranking the embeddings")
            store.keep_embeddings(plan, measure_embeddings(weights, size, plan.test))
        if wants_tracks:
            self.on_line(f"{where}: tracking {len(plan.test.sequences)} sequences")
            store.keep_tracks(plan, measure_tracks(weights, size, plan, store.detections(plan)))

    def _trained(self, stage: Stage, where: str) -> bool:
        """Train a stage to its end, or continue it; False if its loss becomes infinite or NaN."""
        store = Store(self.folder)
        if store.failure(stage):
            return False
        if store.is_trained(stage):
            return True
        config, folder = stage.config, store.training(stage)
        if stage.start is not None:
            start = self._start_of(stage, stage.start)
            config = replace(config, model=replace(config.model, init=str(start.resolve())))
        self.on_line(f"{where}: training {stage.name} ({stage.cost})")

        def on_report(report: Report) -> None:
            if isinstance(report, StepReport) and report.progress.step % LOG_EVERY == 0:
                self.on_line(f"{where}: training {stage.name}, step {report.progress.step} of {report.total}")

        try:
            train(config, folder, resume=(folder / "last.pt").is_file(), on_report=on_report)
        except FloatingPointError as error:
            store.mark_failed(stage, str(error))
            self.on_line(f"{where}: {stage.name} did not converge: {error}")
            return False
        store.mark_trained(stage)
        return True

    def _start_of(self, stage: Stage, start: Stage) -> Path:
        """The initial weights of a stage: those of `start`, with the embedding head of `embedding_from` if there is
        one."""
        store = Store(self.folder)
        weights = store.training(start) / "last.safetensors"
        if stage.embedding_from is None:
            return weights
        path = store.training(stage) / "start.safetensors"
        network, other = load_network(weights), load_network(store.training(stage.embedding_from) / "last.safetensors")
        prefix = network.prefix_of("embedding")
        head = {name: value for name, value in other.state_dict().items() if name.startswith(prefix)}
        network.load_state_dict(network.state_dict() | head)
        origin = Provenance(stage.config.trained_on, stage.config.licence)
        save_network(network, path, provenance=origin)
        return path
