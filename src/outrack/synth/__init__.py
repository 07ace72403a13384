"""Composed crowds: synthetic pictures of people who walk, meet and occlude each other, with exact labels."""

from outrack.synth.benchmark import BENCHMARKS, Benchmark, benchmark_videos
from outrack.synth.compose import (
    ComposedVideo,
    CrowdSource,
    compose_pair,
    compose_still,
    crowd_source,
    occlusion_points,
)
from outrack.synth.cutouts import CutoutSource, DrawnCutouts, FolderCutouts, Split
from outrack.synth.detections import imperfect_detections
from outrack.synth.difficulty import DIFFICULTIES, Appearance, Difficulty
from outrack.synth.scenery import DrawnScenery, FolderScenery, ScenerySource
from outrack.synth.writer import write_sequence, write_stills, write_video

__all__ = [
    "BENCHMARKS",
    "DIFFICULTIES",
    "Appearance",
    "Benchmark",
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
    "benchmark_videos",
    "compose_pair",
    "compose_still",
    "crowd_source",
    "imperfect_detections",
    "occlusion_points",
    "write_sequence",
    "write_stills",
    "write_video",
]
