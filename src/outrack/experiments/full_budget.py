"""Every row as the paper has it: DLA-34 on MOT17 and CrowdHuman as they are downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from outrack.experiments.plan import Plan, Stage, TestSet, Unavailable
from outrack.experiments.recipes import load_recipe
from outrack.experiments.table import Recipe
from outrack.models import Provenance, create, load_foreign, save_network
from outrack.tracking import TrackerConfig
from outrack.training.checkpoint import write_atomically

__all__ = ["COCO_START", "FullBudget"]

COCO_START = "ctdet_coco_dla_2x.pth"
"""CenterNet's COCO weights, from which FairMOT and OUTrack start (facts D13)."""
SEQUENCES = tuple(f"MOT17-{number}-SDP" for number in ("02", "04", "05", "09", "10", "11", "13"))
IMAGES = {"video": 2 * 30 * 2657, "stills": 2 * 60 * 19_370}
"""Images that a training sees: both of each pair, in all epochs."""
LIKE_FAIRMOT: Mapping[str, str] = MappingProxyType({"data.pairs": "8", "optimiser.lr": "1e-4", "loss.id_weight": "1.0"})
"""CrowdHuman without UTrack was learned with smaller batches and rates (facts 3.4)."""


@dataclass(frozen=True, slots=True)
class FullBudget:
    """The paper's networks, data and schedules.

    Attributes:
        root: holds `MOT17/train`, `CrowdHuman` and `ctdet_coco_dla_2x.pth`.
        folder: gets the start weights in our format.
        settings: changes to all trainings alike, by dotted name, as YAML text.
    """

    root: Path
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the budget."""
        return "full"

    @property
    def says(self) -> str:
        """Where the numbers come from."""
        return "full recipe, the paper's data"

    def prepare(self) -> None:
        """Bring the start weights into our format, once.

        Raises:
            ValueError: they are not CenterNet's.
        """
        source, target = self.root / COCO_START, self._start
        if target.is_file() or not source.is_file():
            return
        network = create("fairmot-dla34")
        load_foreign(network, source, layout="centernet")
        origin = Provenance("COCO (CenterNet, ctdet_coco_dla_2x)", "MIT")
        write_atomically(target, lambda unfinished: save_network(network, unfinished, provenance=origin))

    def plan(self, recipe: Recipe, *, seed: int) -> Plan:
        """See `Budget.plan`."""
        self._check(recipe)
        train, then = recipe.learned_from, self._stage
        if train == "stills, then video":
            stage = replace(then("video", recipe, seed), start=then("stills", recipe, seed))
        else:
            stage = then(train, recipe, seed)
        return Plan(
            stage=stage,
            tracker=TrackerConfig.fairmot(refind=recipe.refind),
            uses_embeddings=recipe.reid != "none",
            test=TestSet(
                name="MOT17, second halves",
                folder=self.root / "MOT17" / "train",
                sequences=SEQUENCES,
                benchmark="mot17",
                split="fairmot-val",
                counting="fairmot",
                reid_split="full" if train == "stills" else "fairmot-val",
            ),
        )

    @property
    def _start(self) -> Path:
        return self.folder / "start" / "fairmot_coco.safetensors"

    def _check(self, recipe: Recipe) -> None:
        if recipe.network == "centertrack":
            raise Unavailable("training CenterTrack is not part of this version")
        needed = [(self.root / COCO_START, "the COCO weights of CenterNet, to start from")]
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
            more = f" and {len(missing) - 1} more files" if len(missing) > 1 else ""
            raise Unavailable(f"missing {missing[0]}{more}")

    def _stage(self, data: str, recipe: Recipe, seed: int) -> Stage:
        settings = {
            "data.root": str(self.root.resolve()),
            "model.init": str(self._start.resolve()),
            "loss.reid": recipe.reid,
            "seed": str(seed),
        }
        if recipe.reid == "none":
            settings["model.embedding_dim"] = "0"
        if recipe.reid == "supervised":
            settings["data.negative"] = "0.0"
        if recipe.occlusion is not None:
            settings |= {"model.occlusion": "true", "data.occlusion_threshold": str(recipe.occlusion)}
        if data == "stills" and recipe.reid != "utrack":
            settings |= LIKE_FAIRMOT
        config = load_recipe(f"full-{data}", {**settings, **recipe.reid_settings, **self.settings})
        return Stage(
            f"{recipe.network}-{recipe.reid}-{data}",
            config,
            cost=f"{IMAGES[data]:,} images of {config.model.width}x{config.model.height}",
        )
