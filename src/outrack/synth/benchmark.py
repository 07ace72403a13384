"""The synthetic benchmark: fixed sets of training, validation and test videos, drawn by code or composed of
cut-outs."""

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
    """One fixed set of videos. Sets of different splits share neither people nor backgrounds.

    Attributes:
        name: `drawn-...` needs no further data; `cutouts-...` needs a folder of cut-outs and one of backgrounds.
        split: which people and backgrounds it uses.
        needs_folders: whether people and backgrounds come from folders.
        num_videos, num_frames, num_people: number of videos, length of each, and approximate number of people in view.
        difficulty: difficulties, assigned to the videos in turn.
        first_seed: seed of the first video; later videos use the numbers after it.
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
    """The videos of a named set; equal arguments always give equal bytes.

    `max_videos` limits their number. `max_frames` shortens them; a shorter video is not the start of the full one.

    Raises:
        ValueError: there is no such set, its folders are missing, or folders were given to a drawn one.
        FileNotFoundError: a folder does not exist.
    """
    if name not in BENCHMARKS:
        raise ValueError(f"unknown benchmark {name!r}; expected one of {', '.join(BENCHMARKS)}")
    chosen = BENCHMARKS[name]
    given = (cutouts is not None, backgrounds is not None)
    if given != (chosen.needs_folders, chosen.needs_folders):
        wanted = "a folder of cut-outs and one of backgrounds" if chosen.needs_folders else "no folders"
        raise ValueError(f"benchmark {name} needs {wanted}; got cutouts={cutouts}, backgrounds={backgrounds}")
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
