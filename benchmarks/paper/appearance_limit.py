"""The paper's ways to learn appearance, tracked with other limits of the cosine distance than FairMOT's.

    python benchmarks/paper/appearance_limit.py ROOT STUDY

ROOT is the data of `outrack reproduce --budget real`, STUDY its folder of results (`runs/reproduce/real`) after
`table1`: the detections are those that the rows stored, and no network is run. This is an analysis, not a choice: the
sequences are the test data of the tables.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

from rich.console import Console
from rich.table import Table

from outrack.experiments import RealBudget, choose
from outrack.experiments.measuring import measure_tracks
from outrack.experiments.results import FIRST_SEED
from outrack.experiments.store import Store
from outrack.experiments.tables.definition import Measure

ROWS = ("supervised", "cycas", "utrack")
LIMITS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Of the combined distance; FairMOT's is 0.4."""
SHOWN: tuple[Measure, ...] = ("mota", "idf1", "idsw", "fp", "fn")


def scores_of(root: Path, study: Path, row: str, seed: int, limit: float) -> dict[Measure, float]:
    """The scores of a row of Table 1 with another limit."""
    (table,) = choose([f"table1/{row}"])
    recipe = table.rows[0].recipe
    assert recipe is not None
    plan, store = RealBudget(root).plan(recipe, seed=seed), Store(study)
    other = replace(plan, tracker=plan.tracker.with_values({"appearance.limit": limit}))
    size = (plan.stage.config.model.width, plan.stage.config.model.height)
    return measure_tracks(store.training(plan.stage) / "last.safetensors", size, other, store.detections(plan))


def main(root: Path, study: Path, num_seeds: int) -> None:
    """See the module docstring."""
    table = Table("row", "limit", *SHOWN)
    for row in ROWS:
        for limit in LIMITS:
            seeds = range(FIRST_SEED, FIRST_SEED + num_seeds)
            runs = [scores_of(root, study, row, seed, limit) for seed in seeds]
            columns = [[run[name] for run in runs] for name in SHOWN]
            spreads = [stdev(column) if len(column) > 1 else 0.0 for column in columns]
            cells = [f"{fmean(column):.1f} ± {spread:.1f}" for column, spread in zip(columns, spreads, strict=True)]
            table.add_row(row, f"{limit}", *cells)
    Console(width=100).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("study", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    main(given.root, given.study, given.seeds)
