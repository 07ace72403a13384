"""The synthetic benchmark: fixed training, validation and test videos by name, drawn by code or with real cut-outs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from outrack.synth.compose import ComposedVideo, crowd_source
from outrack.synth.cutouts import Split
from outrack.synth.difficulty import DifficultyName

__all__ = ["BENCHMARKS", "Benchmark", "benchmark_videos"]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One fixed set of videos. Sets of different splits share neither people nor places.

    Attributes:
        name: `drawn-...` needs nothing; `cutouts-...` needs a folder of cut-outs and one of backgrounds.
        split: which people and places.
        needs_folders: whether people and places come from folders.
        num_videos, num_frames, num_people: how many, how long, and how many people are in view at one time, about.
        difficulty: of the videos in turn.
        first_seed: seed of the first video; the others follow.
        size: width and height in pixels.
        frame_rate: frames per second.
    """

    name: str
    split: Split
    needs_folders: bool
    num_videos: int
    num_frames: int
    first_seed: int
    num_people: int = 12
    difficulty: tuple[DifficultyName, ...] = ("medium", "hard")
    size: tuple[int, int] = (512, 320)
    frame_rate: float = 15.0


def _sets(kind: str, *, needs_folders: bool, first_seed: int) -> tuple[Benchmark, ...]:
    return (
        Benchmark(f"{kind}-train", "train", needs_folders, num_videos=16, num_frames=150, first_seed=first_seed),
        Benchmark(f"{kind}-val", "val", needs_folders, num_videos=4, num_frames=150, first_seed=first_seed + 100),
        Benchmark(f"{kind}-test", "test", needs_folders, num_videos=6, num_frames=300, first_seed=first_seed + 200),
    )


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        found.name: found
        for found in (
            *_sets("drawn", needs_folders=False, first_seed=1000),
            *_sets("cutouts", needs_folders=True, first_seed=2000),
        )
    }
)


def benchmark_videos(
    name: str,
    *,
    cutouts: Path | None = None,
    backgrounds: Path | None = None,
    max_videos: int | None = None,
    max_frames: int | None = None,
) -> tuple[ComposedVideo, ...]:
    """The videos of a named set; the same arguments always give the same bytes.

    `max_videos` takes the first ones only. `max_frames` makes shorter ones, which show other scenes than the whole.

    Raises:
        ValueError: no set has this name, or folders are missing for it, or given to a drawn one.
        FileNotFoundError: a folder does not exist.
    """
    if name not in BENCHMARKS:
        raise ValueError(f"no benchmark is called {name!r}; there are {', '.join(BENCHMARKS)}")
    chosen = BENCHMARKS[name]
    given = (cutouts is not None, backgrounds is not None)
    if given != (chosen.needs_folders, chosen.needs_folders):
        wanted = "a folder of cut-outs and one of backgrounds" if chosen.needs_folders else "no folders"
        raise ValueError(f"benchmark {name} takes {wanted}; got cutouts={cutouts}, backgrounds={backgrounds}")
    source = crowd_source(cutouts, backgrounds, split=chosen.split, ground_share=1.0)
    return tuple(
        ComposedVideo(
            source,
            seed=chosen.first_seed + k,
            size=chosen.size,
            num_frames=chosen.num_frames if max_frames is None else min(chosen.num_frames, max_frames),
            num_people=chosen.num_people,
            difficulty=chosen.difficulty[k % len(chosen.difficulty)],
            frame_rate=chosen.frame_rate,
            name=f"{name}-{k + 1:02d}",
        )
        for k in range(chosen.num_videos if max_videos is None else min(chosen.num_videos, max_videos))
    )
