"""Every row on the synthetic benchmark with a small network, in minutes on two cores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from outrack.experiments.plan import Plan, Stage, TestSet
from outrack.experiments.recipes import load_recipe
from outrack.experiments.synthetic_data import SyntheticData
from outrack.experiments.table import Recipe
from outrack.tracking import TrackerConfig

__all__ = ["SmallBudget", "tiny_budget"]

STEP_S = {"detector": 1.0, "appearance": 0.55, "occlusion": 0.5, "centertrack": 1.1}
"""Seconds of one core that a step of each kind of training takes. The first two are measured, the others estimated."""


@dataclass(frozen=True, slots=True)
class SmallBudget:
    """A small network on composed crowds.

    Detection is trained once for each seed. On top of it each row trains its own appearance, with the detector frozen;
    so rows differ in nothing else. Rows with OccE then train the occlusion heads alone. CenterTrack's rows share one
    network, which has the occlusion heads; those without OccE do not look at them.

    Attributes:
        data: the synthetic benchmark.
        name: of the budget.
        settings: changes to all trainings alike, by dotted name, as YAML text.
    """

    data: SyntheticData
    name: str = "small"
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Where the numbers come from."""
        return f"{self.name} budget, synthetic benchmark ({self.data.kind})"

    def prepare(self) -> None:
        """Compose the benchmark."""
        self.data.prepare()

    def plan(self, recipe: Recipe, *, seed: int) -> Plan:
        """See `Budget.plan`."""
        if recipe.network == "centertrack":
            stage, tracker = self._centertrack(recipe, seed), TrackerConfig.centertrack(refind=recipe.refind)
        else:
            stage, tracker = self._fairmot(recipe, seed), TrackerConfig.fairmot(refind=recipe.refind)
        return Plan(
            stage=stage,
            tracker=tracker,
            uses_embeddings=recipe.reid != "none",
            test=TestSet(
                name=f"{self.data.kind}-test",
                folder=self.data.folder / "test",
                sequences=self.data.test_sequences(),
                benchmark="plain",
                reid_every=3,
            ),
        )

    def _centertrack(self, recipe: Recipe, seed: int) -> Stage:
        on_video = self._stage("centertrack", "train", seed)
        if recipe.learned_from == "video":
            return on_video
        return replace(on_video, name="centertrack-stills-video", start=self._centertrack_stills(seed))

    def _centertrack_stills(self, seed: int) -> Stage:
        return replace(self._stage("centertrack", "stills", seed), name="centertrack-stills")

    def _fairmot(self, recipe: Recipe, seed: int) -> Stage:
        on_video = self._stage("detector", "train", seed)
        on_stills = replace(self._stage("detector", "stills", seed), name="detector-stills")
        match recipe.learned_from:
            case "video":
                network = on_video
            case "stills":
                network = on_stills
            case "stills, then video":
                network = replace(on_video, name="detector-stills-video", start=on_stills)
        if recipe.reid != "none":
            network = self._appearance(recipe, seed, network)
        if recipe.occlusion is not None:
            tau = {"data.occlusion_threshold": str(recipe.occlusion)}
            network = replace(self._stage("occlusion", "train", seed, tau), start=network)
        return network

    def _appearance(self, recipe: Recipe, seed: int, detector: Stage) -> Stage:
        settings = {"loss.reid": recipe.reid, **recipe.reid_settings}
        name = f"appearance-{recipe.reid}"
        on_video = replace(self._stage("appearance", "train", seed, settings), name=name, start=detector)
        on_stills = replace(self._stage("appearance", "stills", seed, settings), name=f"{name}-stills")
        if recipe.learned_from == "video":
            return on_video
        if recipe.learned_from == "stills":
            return replace(on_stills, start=detector)
        before = replace(on_stills, start=detector.start)
        return replace(on_video, name=f"{name}-stills-video", embedding_from=before)

    def _stage(self, kind: str, part: str, seed: int, settings: Mapping[str, str] = MappingProxyType({})) -> Stage:
        """A training of one kind on one part of the synthetic data."""
        where = {
            "data.root": str(self.data.folder.parent.resolve()),
            "data.sources.0.path": f"{self.data.folder.name}/{part}",
        }
        config = load_recipe(f"small-{kind}", {**settings, **where, "seed": str(seed), **self.settings})
        minutes = math.ceil((config.schedule.steps or 0) * STEP_S[kind] / 60)
        return Stage(kind, config, cost=f"{minutes} min")


def tiny_budget(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> SmallBudget:
    """Two steps a training on a few frames: shows in a minute that everything works. Its numbers mean nothing.

    Args:
        folder: of the synthetic data.
        settings: changes to all trainings alike.
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
