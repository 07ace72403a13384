"""The small budget: every row on the synthetic benchmark with a small network, in minutes on two cores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from outrack.experiments.plan import Plan, Stage, TestSet
from outrack.experiments.recipes import load_recipe
from outrack.experiments.staged import Data, Kind, StagedTrainings
from outrack.experiments.synthetic_data import SyntheticData
from outrack.experiments.tables.definition import Recipe
from outrack.tracking import TrackerConfig

__all__ = ["SmallBudget", "tiny_budget"]

STEP_S = {"detector": 1.0, "appearance": 0.55, "occlusion": 0.5, "centertrack": 1.1}
"""Core seconds per step of each kind of training. The first two are measured, the others estimated."""


@dataclass(frozen=True, slots=True)
class SmallBudget:
    """A small network on composed crowds, with a detector for each seed, see `StagedTrainings`.

    Attributes:
        data: the synthetic benchmark.
        name: name of the budget.
        settings: changes to all training runs, by dotted name, as YAML text.
    """

    data: SyntheticData
    name: str = "small"
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Origin of the numbers."""
        return f"{self.name} budget, synthetic benchmark ({self.data.kind})"

    def prepare(self) -> None:
        """Compose the benchmark."""
        self.data.prepare()

    def plan(self, recipe: Recipe, *, seed: int) -> Plan:
        """See `Budget.plan`."""
        return Plan(
            stage=StagedTrainings(self._stage).last(recipe, seed),
            tracker=TrackerConfig.preset(recipe.network, refind=recipe.refind),
            uses_embeddings=recipe.reid != "none",
            test=TestSet(
                name=f"{self.data.kind}-test",
                folder=self.data.folder / "test",
                sequences=self.data.test_sequences(),
                benchmark="plain",
                reid_stride=3,
            ),
        )

    def _stage(self, kind: Kind, data: Data, seed: int, settings: Mapping[str, str]) -> Stage:
        """A training of one kind on one part of the synthetic data."""
        where = {
            "data.root": str(self.data.folder.parent.resolve()),
            "data.sources.0.path": f"{self.data.folder.name}/{'train' if data == 'video' else 'stills'}",
        }
        config = load_recipe(f"small-{kind}", {**settings, **where, "seed": str(seed), **self.settings})
        minutes = math.ceil((config.schedule.steps or 0) * STEP_S[kind] / 60)
        return Stage(kind, config, cost=f"{minutes} min")


def tiny_budget(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> SmallBudget:
    """Two steps per training on a few frames: shows within a minute that everything works. Its numbers are meaningless.

    Args:
        folder: folder of the synthetic data.
        settings: changes to all training runs.
    """
    tiny = {
        "schedule.steps": "2",
        "schedule.warmup": "0",
        "model.width": "128",
        "model.height": "96",
        "data.pairs": "2",
        "data.workers": "0",
        "optimiser.precision": "'no'",
    }
    return SmallBudget(SyntheticData(folder, videos=2, frames=12, stills=4), name="tiny", settings={**tiny, **settings})
