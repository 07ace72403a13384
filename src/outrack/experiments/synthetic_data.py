"""The data of the small budget: the synthetic benchmark on disk, and stills of its training people."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from outrack.synth import (
    BENCHMARKS,
    ComposedVideo,
    benchmark_videos,
    compose_still,
    crowd_source,
    write_sequence,
    write_stills,
)

__all__ = ["SyntheticData"]

STILLS_SEED = 3000
STILL_PEOPLE = (6, 20)
DIFFICULTIES = ("medium", "hard")


@dataclass(frozen=True, slots=True)
class SyntheticData:
    """Training and test videos, and training stills; equal settings always give equal bytes.

    Attributes:
        folder: folder for `train/`, `test/` and `stills/`.
        cutouts, backgrounds: folders of people and backgrounds; None draws them by code.
        videos: maximum number of the benchmark's videos in each part; None uses all.
        frames: maximum number of frames of each video; None uses all.
        stills: number of stills.
    """

    folder: Path
    cutouts: Path | None = None
    backgrounds: Path | None = None
    videos: int | None = None
    frames: int | None = None
    stills: int = 1000

    @property
    def kind(self) -> str:
        """Which of the two synthetic benchmarks it uses."""
        return "drawn" if self.cutouts is None else "cutouts"

    def test_sequences(self) -> tuple[str, ...]:
        """Names of the test videos."""
        chosen = BENCHMARKS[f"{self.kind}-test"]
        count = chosen.num_videos if self.videos is None else min(chosen.num_videos, self.videos)
        return tuple(f"{chosen.name}-{k + 1:02d}" for k in range(count))

    def prepare(self) -> None:
        """Create what is missing. An interruption leaves no incomplete data.

        Raises:
            FileNotFoundError: a folder of people or backgrounds is missing.
            OSError: the folder cannot be written.
        """
        for part in ("train", "test"):
            for video in self._videos(part):
                _once(self.folder / part / video.name, partial(write_sequence, video))
        _once(self.folder / "stills", self._write_stills)

    def _videos(self, part: str) -> tuple[ComposedVideo, ...]:
        return benchmark_videos(
            f"{self.kind}-{part}",
            cutouts=self.cutouts,
            backgrounds=self.backgrounds,
            max_videos=self.videos,
            max_frames=self.frames,
        )

    def _write_stills(self, folder: Path) -> None:
        source = crowd_source(self.cutouts, self.backgrounds, split="train", ground_share=1.0)
        size = BENCHMARKS[f"{self.kind}-train"].size
        generators = (np.random.default_rng([STILLS_SEED, number]) for number in range(self.stills))
        images = (
            compose_still(
                source,
                rng,
                size=size,
                num_people=int(rng.integers(STILL_PEOPLE[0], STILL_PEOPLE[1] + 1)),
                difficulty=DIFFICULTIES[number % len(DIFFICULTIES)],
            )
            for number, rng in enumerate(generators)
        )
        write_stills(images, folder / "stills")


def _once(target: Path, write: Callable[[Path], object]) -> None:
    """Let `write` create the folder next to its target under a temporary parent, then move it into place."""
    if target.exists():
        return
    unfinished = target.parent / f".{target.name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    write(unfinished)
    (unfinished / target.name).rename(target)
    unfinished.rmdir()
