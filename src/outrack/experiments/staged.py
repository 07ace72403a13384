"""How small budgets divide the training of a network into stages that rows share: detection, appearance, occlusions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, Protocol

from outrack.experiments.plan import Stage
from outrack.experiments.tables.definition import Recipe

__all__ = ["Data", "Kind", "MakeStage", "StagedTrainings"]

Kind = Literal["detector", "appearance", "occlusion", "centertrack"]
Data = Literal["video", "stills"]
NOTHING: Mapping[str, str] = MappingProxyType({})


class MakeStage(Protocol):
    """Creates one training of a budget, which starts from its recipe's own weights."""

    def __call__(self, kind: Kind, data: Data, seed: int, settings: Mapping[str, str]) -> Stage:
        """The training of this kind on these data, with these changes to its recipe, by dotted name."""


@dataclass(frozen=True, slots=True)
class StagedTrainings:
    """A detector shared by rows, each row's appearance on top of it, and occlusions on top of that.

    The detector is frozen while appearance is learned, so rows differ only in appearance. CenterTrack is one network
    with occlusion heads; rows without OccE ignore them.

    Attributes:
        make: creates one training of the budget.
    """

    make: MakeStage

    def last(self, recipe: Recipe, seed: int) -> Stage:
        """The last training of a row's network, with all that it builds on."""
        return self._centertrack(recipe, seed) if recipe.network == "centertrack" else self._fairmot(recipe, seed)

    def _centertrack(self, recipe: Recipe, seed: int) -> Stage:
        on_video = self.make("centertrack", "video", seed, NOTHING)
        if recipe.learned_from == "video":
            return on_video
        stills = replace(self.make("centertrack", "stills", seed, NOTHING), name="centertrack-stills")
        return replace(on_video, name="centertrack-stills-video", start=stills)

    def _fairmot(self, recipe: Recipe, seed: int) -> Stage:
        on_video = self.make("detector", "video", seed, NOTHING)
        on_stills = replace(self.make("detector", "stills", seed, NOTHING), name="detector-stills")
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
            network = replace(self.make("occlusion", "video", seed, tau), start=network)
        return network

    def _appearance(self, recipe: Recipe, seed: int, detector: Stage) -> Stage:
        settings = {"loss.reid": recipe.reid, **recipe.reid_settings}
        name = f"appearance-{recipe.reid}"
        on_video = replace(self.make("appearance", "video", seed, settings), name=name, start=detector)
        on_stills = replace(self.make("appearance", "stills", seed, settings), name=f"{name}-stills")
        if recipe.learned_from == "video":
            return on_video
        if recipe.learned_from == "stills":
            return replace(on_stills, start=detector)
        before = replace(on_stills, start=detector.start)
        return replace(on_video, name=f"{name}-stills-video", embedding_from=before)
