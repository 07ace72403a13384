"""The full budget: every row as in the paper, DLA-34 on the original MOT17 and CrowdHuman."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from outrack.experiments.plan import Plan, Stage, TestSet, Unavailable
from outrack.experiments.tables.definition import Recipe
from outrack.tracking import TrackerConfig
from outrack.training import load_config

__all__ = ["STARTS", "FullBudget"]

STARTS = MappingProxyType({"fairmot": "ctdet_coco_dla_2x.pth", "centertrack": "dla34-ba72cf86.pth"})
"""Public initial weights: CenterNet's from COCO, and ImageNet's (notes#initial-weights)."""
SEQUENCES = tuple(f"MOT17-{number}-SDP" for number in ("02", "04", "05", "09", "10", "11", "13"))
MOT17_IMAGES, CROWDHUMAN_IMAGES = 2657, 19_370
LIKE_FAIRMOT: Mapping[str, str] = MappingProxyType({"data.pairs": "8", "optimiser.lr": "1e-4", "loss.id_weight": "1.0"})
"""CrowdHuman without UTrack was trained with smaller batches and learning rates (notes#schedules)."""
CENTERTRACK_STILLS: Mapping[str, str] = MappingProxyType(
    {
        "schedule.epochs": "140",
        "schedule.drop_at": "[90, 120]",
        "model.width": "512",
        "model.height": "512",
        "data.sources": "[{path: CrowdHuman}]",
        "augmentation.geometry.partner": "[0.05, 0.05]",
    }
)
"""CenterTrack's pre-training on stills, each of which is its own previous frame (notes#schedules,
notes#centertrack-data)."""
Data = Literal["video", "stills"]


@dataclass(frozen=True, slots=True)
class FullBudget:
    """The paper's networks, data and schedules: the recipes `mot17_half`, `crowdhuman` and `centertrack`.

    Attributes:
        root: folder with `MOT17/train`, `CrowdHuman` and the initial weights.
        settings: changes to all training runs, by dotted name, as YAML text.
    """

    root: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the budget."""
        return "full"

    @property
    def description(self) -> str:
        """Origin of the numbers."""
        return "full recipe, the paper's data"

    def prepare(self) -> None:
        """Nothing to prepare."""

    def plan(self, recipe: Recipe, *, seed: int) -> Plan:
        """See `Budget.plan`."""
        self._check(recipe)
        if recipe.learned_from == "stills, then video":
            stage = replace(self._stage("video", recipe, seed), start=self._stage("stills", recipe, seed))
        else:
            stage = self._stage("stills" if recipe.learned_from == "stills" else "video", recipe, seed)
        is_fairmot = recipe.network == "fairmot"
        return Plan(
            stage=stage,
            tracker=TrackerConfig.preset(recipe.network, refind=recipe.refind),
            uses_embeddings=recipe.reid != "none",
            test=TestSet(
                name="MOT17, second halves",
                folder=self.root / "MOT17" / "train",
                sequences=SEQUENCES,
                benchmark="mot17",
                half="fairmot-val" if is_fairmot else "centertrack-val",
                counting="fairmot",
                reid_half="full" if recipe.learned_from == "stills" else "fairmot-val",
            ),
        )

    def _check(self, recipe: Recipe) -> None:
        """Raise `Unavailable` if a file is missing."""
        needed = [(self.root / STARTS[recipe.network], "public weights to start from")]
        needed += [
            (self.root / "MOT17" / "train" / name / "gt" / "gt.txt", "from motchallenge.net") for name in SEQUENCES
        ]
        if recipe.learned_from != "video":
            needed += [
                (self.root / "CrowdHuman" / f"annotation_{part}.odgt", "from crowdhuman.org")
                for part in ("train", "val")
            ]
        missing = [f"{path} ({what})" for path, what in needed if not path.is_file()]
        if missing:
            more = len(missing) - 1
            raise Unavailable(f"missing {missing[0]}" + (f" and {more} more file{'s'[: more > 1]}" if more else ""))

    def _stage(self, data: Data, recipe: Recipe, seed: int) -> Stage:
        settings = {
            "data.root": str(self.root.resolve()),
            "model.init": str((self.root / STARTS[recipe.network]).resolve()),
            "model.occlusion": str(recipe.occlusion is not None).lower(),
            "validation.sources": "[]",  # the paper uses the last weights, since it has no other data for validation
            "seed": str(seed),
        }
        if recipe.occlusion is not None:
            settings["data.occlusion_threshold"] = str(recipe.occlusion)
        if recipe.network == "centertrack":
            base = "centertrack"
            settings |= CENTERTRACK_STILLS if data == "stills" else {}
        else:
            base = "mot17_half" if data == "video" else "crowdhuman"
            settings |= _appearance(data, recipe)
        config = load_config(base, overrides={**settings, **recipe.reid_settings, **self.settings})
        pictures = (MOT17_IMAGES if data == "video" else CROWDHUMAN_IMAGES) * (config.schedule.epochs or 0) * 2
        return Stage(
            f"{recipe.network}-{recipe.reid}-{data}",
            config,
            cost=f"{pictures:,} images of {config.model.width}x{config.model.height}",
        )


def _appearance(data: Data, recipe: Recipe) -> dict[str, str]:
    """Changes to FairMOT's recipes for a way to learn appearance (notes#schedules)."""
    settings: dict[str, str] = {"loss.reid": recipe.reid}
    if recipe.reid == "none":
        settings["model.embedding_dim"] = "0"
    if recipe.reid in ("none", "supervised"):
        settings["data.negative"] = "0.0"
        settings["data.pairs"] = "12"
    if data == "stills" and recipe.reid != "utrack":
        settings |= LIKE_FAIRMOT
    return settings
