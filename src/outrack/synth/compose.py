"""Composed crowds: videos, pairs of frames and stills, rendered in memory with exact labels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.annotation import Annotation, LabelledImage
from outrack.boxes import occlusion_pairs, xyxy_centres
from outrack.synth.cutouts import CutoutSource, DrawnCutouts, FolderCutouts, Split
from outrack.synth.difficulty import Difficulty, difficulty_named
from outrack.synth.scenery import DrawnScenery, FolderScenery, ScenerySource
from outrack.synth.tone import Tone, draw_tone, expose
from outrack.synth.world import FrameLook, World, draw_world

__all__ = ["ComposedVideo", "CrowdSource", "compose_pair", "compose_still", "crowd_source", "occlusion_points"]

MIN_SIZE = 64
_LOOK_PERIOD_S = 1.5  # seconds in which the appearance of a person in a video changes from one draw to the next
_LONGEST_S = 86_400
_LEAD_S = 3.0  # seconds by which stories of a video may begin before its first frame and end after its last
_PAIR_LEAD_S = 0.5  # seconds for pairs and stills, so that most stories are in progress


@dataclass(frozen=True, slots=True)
class CrowdSource:
    """People and backgrounds to compose crowds from."""

    cutouts: CutoutSource
    scenery: ScenerySource


def crowd_source(
    cutouts: Path | None = None, backgrounds: Path | None = None, *, split: Split = "all", ground_share: float = 0.8
) -> CrowdSource:
    """People and backgrounds from folders (see `FolderCutouts` and `FolderScenery`); those that are None are drawn by
    code.

    The share `ground_share` of the photographs gets a drawn ground for the people to stand on.

    Raises:
        FileNotFoundError, ValueError: a folder is missing, empty or not readable.
    """
    return CrowdSource(
        DrawnCutouts(split) if cutouts is None else FolderCutouts(cutouts, split),
        DrawnScenery(split) if backgrounds is None else FolderScenery(backgrounds, split, ground_share=ground_share),
    )


class ComposedVideo:
    """A synthetic video: iteration yields `LabelledImage`, indexing gives single frames; both always give the same
    bytes.

    Args:
        source: people and backgrounds.
        seed: determines all random choices.
        size: width and height in pixels, 64 or more each.
        num_frames: length, 1 or more.
        num_people: approximate number of people in view.
        difficulty: name or settings.
        frame_rate: frames per second.
        name: name of the scene in the labels; None derives it from the seed.

    Raises:
        ValueError: a number is out of its range, or the source has too few people.
    """

    def __init__(
        self,
        source: CrowdSource,
        *,
        seed: int,
        size: tuple[int, int] = (512, 320),
        num_frames: int = 150,
        num_people: int = 12,
        difficulty: str | Difficulty = "medium",
        frame_rate: float = 15.0,
        name: str | None = None,
    ) -> None:
        _check(size, num_people)
        if num_frames < 1:
            raise ValueError(f"num_frames: expected 1 or more, got {num_frames}")
        if not (frame_rate > 0 and math.isfinite(frame_rate) and num_frames / frame_rate <= _LONGEST_S):
            raise ValueError(
                f"frame_rate: expected frames per second above 0, so that {num_frames} frames last {_LONGEST_S:,} s at "
                f"most, got {frame_rate}"
            )
        if seed < 0:
            raise ValueError(f"seed: expected 0 or more, got {seed}")
        self.name = f"composed-{seed:05d}" if name is None else name
        self.size = size
        self.num_frames = num_frames
        self.frame_rate = frame_rate
        self._seed = seed
        settings = _settings(difficulty)
        rng = np.random.default_rng([seed, 0])
        duration_s = num_frames / frame_rate
        self._tone = draw_tone(rng, settings)
        self._world = _draw_world_of(source, rng, size, settings, num_people, duration_s, _LEAD_S)
        keys = math.ceil(duration_s / _LOOK_PERIOD_S) + 2
        self._looks = [[settings.appearance.draw(rng) for _ in range(keys)] for _ in self._world.walkers]

    def __len__(self) -> int:
        return self.num_frames

    def __getitem__(self, frame: int) -> LabelledImage:
        """One frame, counted from 0.

        Raises:
            IndexError: the video is shorter.
        """
        if not 0 <= frame < self.num_frames:
            raise IndexError(f"frame {frame}: {self.name} has frames 0 to {self.num_frames - 1}")
        time_s = frame / self.frame_rate
        key, share = divmod(time_s / _LOOK_PERIOD_S, 1)
        looks = [FrameLook(keys[int(key)].towards(keys[int(key) + 1], share)) for keys in self._looks]
        return _picture_of(
            self._world, time_s, looks, self._tone, np.random.default_rng([self._seed, 1, frame]), self.name, frame
        )

    def __iter__(self) -> Iterator[LabelledImage]:
        return (self[frame] for frame in range(self.num_frames))


def compose_pair(
    source: CrowdSource,
    rng: np.random.Generator,
    *,
    size: tuple[int, int] = (512, 320),
    gap_frames: int = 10,
    num_people: int = 12,
    difficulty: str | Difficulty = "medium",
    frame_rate: float = 15.0,
) -> tuple[LabelledImage, LabelledImage]:
    """Two frames of one synthetic video, `gap_frames` apart, without rendering those in between.

    Brightness, sharpness, size and lean of each person are drawn separately for each frame, and some people turn, so
    the pair is a harder positive for Re-ID learning than two warps of one picture. Noise, JPEG quality and brightness
    of the whole picture differ as well.

    Raises:
        ValueError: a number is out of its range, or the source has too few people.
    """
    _check(size, num_people)
    if gap_frames < 0:
        raise ValueError(f"gap_frames: expected 0 or more, got {gap_frames}")
    settings = _settings(difficulty)
    gap_s = gap_frames / frame_rate
    world = _draw_world_of(source, rng, size, settings, num_people, gap_s, _PAIR_LEAD_S)
    scene = f"pair-{rng.integers(1 << 62):016x}"
    first = [FrameLook(settings.appearance.draw(rng)) for _ in world.walkers]
    second = [FrameLook(settings.appearance.draw(rng), _turn(rng, settings.appearance.turn)) for _ in world.walkers]
    return (
        _picture_of(world, 0.0, first, draw_tone(rng, settings), rng, scene, 0),
        _picture_of(world, gap_s, second, draw_tone(rng, settings), rng, scene, gap_frames),
    )


def compose_still(
    source: CrowdSource,
    rng: np.random.Generator,
    *,
    size: tuple[int, int] = (512, 320),
    num_people: int = 12,
    difficulty: str | Difficulty = "medium",
) -> LabelledImage:
    """One picture of a crowd.

    Raises:
        ValueError: a number is out of its range, or the source has too few people.
    """
    _check(size, num_people)
    settings = _settings(difficulty)
    world = _draw_world_of(source, rng, size, settings, num_people, 0.0, _PAIR_LEAD_S)
    looks = [FrameLook(settings.appearance.draw(rng)) for _ in world.walkers]
    return _picture_of(world, 0.0, looks, draw_tone(rng, settings), rng, f"still-{rng.integers(1 << 62):016x}", 0)


def occlusion_points(annotation: Annotation, *, tau: float = 0.7) -> NDArray[np.float64]:
    """Centres of the valid occlusions (paper Eq. 9): overlaps that cover more than `tau` of the smaller box, x and y
    (K, 2)."""
    _, overlaps = occlusion_pairs(annotation.xyxy, tau)
    return xyxy_centres(overlaps)


def _check(size: tuple[int, int], num_people: int) -> None:
    if min(size) < MIN_SIZE:
        raise ValueError(f"size: expected at least {MIN_SIZE}x{MIN_SIZE} pixels, got {size[0]}x{size[1]}")
    if num_people < 0:
        raise ValueError(f"num_people: expected 0 or more, got {num_people}")


def _settings(difficulty: str | Difficulty) -> Difficulty:
    return difficulty_named(difficulty) if isinstance(difficulty, str) else difficulty


def _draw_world_of(
    source: CrowdSource,
    rng: np.random.Generator,
    size: tuple[int, int],
    settings: Difficulty,
    num_people: int,
    duration_s: float,
    lead_s: float,
) -> World:
    scene = source.scenery.scene(int(rng.integers(source.scenery.num_scenes)), size, settings.person_heights)
    return draw_world(
        rng, scene, source.cutouts, settings, num_people=num_people, view_s=(0.0, duration_s), lead_s=lead_s
    )


def _turn(rng: np.random.Generator, chance: float) -> float:
    return float(rng.uniform(0.5, 1.5) * math.pi) if rng.random() < chance else 0.0


def _picture_of(
    world: World, time_s: float, looks: list[FrameLook], tone: Tone, rng: np.random.Generator, scene: str, frame: int
) -> LabelledImage:
    painted = world.paint(time_s, looks)
    return LabelledImage(expose(painted.image, tone, rng), painted.annotation, scene, frame)
