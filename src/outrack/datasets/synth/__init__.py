"""Composed crowds: made pictures of people who walk, meet and hide each other, with exact labels."""

from outrack.datasets.synth.compose import (
    ComposedVideo,
    CrowdSource,
    compose_pair,
    compose_still,
    crowd_source,
    occlusion_points,
)
from outrack.datasets.synth.cutouts import CutoutSource, DrawnCutouts, FolderCutouts, Split
from outrack.datasets.synth.difficulty import DIFFICULTIES, Appearance, Difficulty
from outrack.datasets.synth.scenery import DrawnScenery, FolderScenery, ScenerySource

__all__ = [
    "DIFFICULTIES",
    "Appearance",
    "ComposedVideo",
    "CrowdSource",
    "CutoutSource",
    "Difficulty",
    "DrawnCutouts",
    "DrawnScenery",
    "FolderCutouts",
    "FolderScenery",
    "ScenerySource",
    "Split",
    "compose_pair",
    "compose_still",
    "crowd_source",
    "occlusion_points",
]
