"""The real budget: every row on real video with a small network, a half protocol that is affordable on two cores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from outrack.experiments.plan import Plan, Stage, TestSet, Unavailable
from outrack.experiments.recipes import load_recipe
from outrack.experiments.staged import Data, Kind, StagedTrainings
from outrack.experiments.tables.definition import Recipe
from outrack.tracking import TrackerConfig

__all__ = ["RealBudget"]

VIDEOS = "real"
"""Folder of the labelled videos below the root."""
TRAINED_ON = ("MOT17-02", "MOT17-11", "KITTI-T0016")
"""The first halves of the first two, and the whole third one."""
MEASURED_ON = ("MOT17-02", "MOT17-11", "ETH-Sunnyday", "TUD-Stadtmitte")
"""The second halves of the first two, and two whole videos from other places and cameras than the training data."""
HALF = "mixed-val"
STILLS = ("coco-people", "coco_more", "pennfudan", "factory")
"""Folders of stills below the root, which replace CrowdHuman."""
STEP_S: Mapping[Kind, float] = MappingProxyType(
    {"detector": 1.2, "appearance": 0.5, "occlusion": 1.0, "centertrack": 1.4}
)
"""Measured core seconds per step of each kind of training, to estimate the cost."""


@dataclass(frozen=True, slots=True)
class RealBudget:
    """A small network on labelled real video, see `StagedTrainings`.

    Each seed has its own detector, which its rows share, so spreads include that of the detector.

    Attributes:
        root: folder created by `scripts/prepare_real_data.py`: `real/SEQ` in MOTChallenge's layout, and folders of
            stills.
        settings: changes to all training runs, by dotted name, as YAML text.
    """

    root: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the budget."""
        return "real"

    @property
    def description(self) -> str:
        """Origin of the numbers."""
        return "real budget, labelled videos"

    def prepare(self) -> None:
        """Nothing to prepare."""

    def plan(self, recipe: Recipe, *, seed: int) -> Plan:
        """See `Budget.plan`."""
        self._check(recipe)
        return Plan(
            stage=StagedTrainings(self._stage).last(recipe, seed),
            tracker=TrackerConfig.preset(recipe.network, refind=recipe.refind),
            uses_embeddings=recipe.reid != "none",
            test=TestSet(
                name="second halves of MOT17-02 and MOT17-11, ETH-Sunnyday, TUD-Stadtmitte",
                folder=self.root / VIDEOS,
                sequences=MEASURED_ON,
                benchmark="mot17",
                half=HALF,
                reid_half=HALF,
                reid_stride=3,
            ),
        )

    def _check(self, recipe: Recipe) -> None:
        """Raise `Unavailable` if a file is missing."""
        videos = dict.fromkeys((*TRAINED_ON, *MEASURED_ON))
        needed = [self.root / VIDEOS / name / "gt" / "gt.txt" for name in videos]
        if recipe.learned_from != "video":
            needed += [self.root / name for name in STILLS]
        missing = [path for path in needed if not path.exists()]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise Unavailable(f"missing {missing[0]}{more}; create these data with scripts/prepare_real_data.py")

    def _stage(self, kind: Kind, data: Data, seed: int, settings: Mapping[str, str]) -> Stage:
        """A training of one kind on the videos, or on the stills."""
        where = {
            "data.root": str(self.root.resolve()),
            "seed": str(seed),
        }
        if data == "stills":
            where["data.sources"] = f"[{', '.join(f'{{path: {name}}}' for name in STILLS)}]"
            where["trained_on"] = "stills of COCO, Penn-Fudan and factories, from a COCO start"
            where["licence"] = "Weights for research use, as Penn-Fudan is research data."
        config = load_recipe(f"real-{kind}", {**where, **settings, **self.settings})
        minutes = math.ceil((config.schedule.steps or 0) * STEP_S[kind] / 60)
        return Stage(kind, config, cost=f"{minutes} min")
