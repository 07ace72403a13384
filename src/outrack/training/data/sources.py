"""From a configuration to the images that a run learns from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from outrack.datasets import AMODAL, CENTERTRACK, FAIRMOT, AnnotatedImage, DatasetOptions, LabelledImage, open_dataset
from outrack.synth import (
    DIFFICULTIES,
    CrowdSource,
    CutoutSource,
    Difficulty,
    DrawnCutouts,
    DrawnScenery,
    FolderCutouts,
    FolderScenery,
    compose_pair,
)
from outrack.synth.cutouts import split_of
from outrack.synth.figures import Figure
from outrack.synth.skeleton import Pose
from outrack.training.data.data_config import DataConfig, SourceConfig
from outrack.training.data.identities import number_identities
from outrack.training.data.pairs import ImagePairs, Mixture, PairSource

__all__ = ["ComposedPairs", "composed_pairs", "images_of", "mixture_of"]

logger = logging.getLogger(__name__)

LABEL_RULES = {"fairmot": FAIRMOT, "centertrack": CENTERTRACK, "amodal": AMODAL}

PEOPLE_PER_PART = 100
"""Composed crowds draw their people from groups of at least this many people; crowds of different groups share no
person."""


@dataclass(frozen=True, slots=True)
class PeopleSubset:
    """A subset of the people of some sources of cut-outs: every `num_parts`-th one, from number `part` on."""

    sources: Sequence[CutoutSource]
    part: int
    num_parts: int

    @property
    def num_identities(self) -> int:
        return len(range(self.part, sum(source.num_identities for source in self.sources), self.num_parts))

    def body_height_m(self, identity: int) -> float:
        source, number = self._find(identity)
        return source.body_height_m(number)

    def figure(self, identity: int, pose: Pose, height: float) -> Figure:
        source, number = self._find(identity)
        return source.figure(number, pose, height)

    def _find(self, identity: int) -> tuple[CutoutSource, int]:
        number = self.part + identity * self.num_parts
        for source in self.sources:
            if number < source.num_identities:
                return source, number
            number -= source.num_identities
        raise IndexError(f"identity {identity} does not exist: there are {self.num_identities}")


@dataclass(frozen=True, slots=True)
class ComposedPairs:
    """New crowds composed for every pair; a `PairSource`.

    Attributes:
        config: how many people, how far apart, how hard.
        crowds: one per group of people; the scene of a pair is its group, so pairs of different scenes share no person.
        size: width and height of the pictures.
        per_epoch: how many pairs count as an epoch.
    """

    config: SourceConfig
    crowds: Sequence[CrowdSource] = field(repr=False)
    size: tuple[int, int]
    per_epoch: int = 1000

    def __len__(self) -> int:
        return self.per_epoch

    def scene(self, index: int) -> str:
        return f"composed crowd of part {index % len(self.crowds)}"

    def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
        first, second = compose_pair(
            self.crowds[index % len(self.crowds)],
            rng,
            size=self.size,
            gap_frames=int(rng.integers(self.config.gap_frames[0], self.config.gap_frames[1] + 1)),
            num_people=int(rng.integers(self.config.people[0], self.config.people[1] + 1)),
            difficulty=self._difficulty(rng),
        )
        return replace(first, scene=self.scene(index)), replace(second, scene=self.scene(index))

    def _difficulty(self, rng: np.random.Generator) -> Difficulty:
        drawn = DIFFICULTIES[self.config.difficulty[rng.integers(len(self.config.difficulty))]]
        if self.config.appearance is None:
            return drawn
        return replace(drawn, appearance=DIFFICULTIES[self.config.appearance].appearance)


def mixture_of(config: DataConfig, *, size: tuple[int, int], seed: int) -> tuple[Mixture, list[AnnotatedImage]]:
    """The mixture that a run draws its pairs from, and all its images on disk, with unique identities.

    Args:
        config: the sources.
        size: width and height of composed pictures.
        seed: seed of the mixture.

    Raises:
        ValueError: no source, or one without images.
        FileNotFoundError: a path that does not exist.
    """
    if not config.sources:
        raise ValueError("data.sources is empty: name the training data, e.g. --data boxes/")
    root = Path(config.root)
    sources: list[PairSource] = []
    on_disk: list[AnnotatedImage] = []
    num_identities = 0
    for source in config.sources:
        if source.path is None:
            sources.append(composed_pairs(source, root, size=size))
        else:
            images, num_identities = number_identities(
                images_of(source, root), first=num_identities, scope=source.identities
            )
            on_disk += images
            sources.append(ImagePairs(images, window=config.window, itself=config.itself))
    shares = [source.share for source in config.sources if source.share is not None]
    return Mixture(sources, shares=shares or None, negative=config.negative, seed=seed), on_disk


def images_of(source: SourceConfig, root: Path) -> list[AnnotatedImage]:
    """The images of a source on disk, after its filters.

    Raises:
        FileNotFoundError: the path does not exist.
        ValueError: no image is left.
    """
    path = root / str(source.path)
    # Identities of boxes files are used only if tracks are scored with them; those of labelled datasets are for the
    # supervised baseline.
    options = DatasetOptions(
        rule=LABEL_RULES[source.labels],
        half=source.half,
        min_score=source.min_score,
        stride=source.stride,
        with_ids=source.track,
        frame_access=source.frame_access,
    )
    found = open_dataset(path, options)
    images = [image for image in found if _wanted(image, source)]
    if not images:
        raise ValueError(
            f"{path}: none of {len(found)} images remains with split {source.split!r}, "
            f"only {list(source.only)}, without {list(source.without)}"
        )
    if not any(len(image.annotation) for image in images):
        logger.warning(
            "%s: no boxes in %d images, so all of them count as images without people. Are the labels missing?",
            path,
            len(images),
        )
    return images


def composed_pairs(source: SourceConfig, root: Path, *, size: tuple[int, int]) -> ComposedPairs:
    """The composed crowds of a source.

    Raises:
        FileNotFoundError, ValueError: a folder is missing, empty or not readable.
    """
    people: list[CutoutSource] = [FolderCutouts(root / folder, source.split) for folder in source.cutouts]
    if source.drawn_people:
        people.append(DrawnCutouts(source.split, num_identities=source.drawn_people))
    scenery = (
        DrawnScenery(source.split)
        if source.backgrounds is None
        else FolderScenery(root / source.backgrounds, source.split)
    )
    num_parts = max(sum(one.num_identities for one in people) // PEOPLE_PER_PART, 1)
    crowds = [CrowdSource(PeopleSubset(people, part, num_parts), scenery) for part in range(num_parts)]
    return ComposedPairs(source, crowds, size)


def _wanted(image: AnnotatedImage, source: SourceConfig) -> bool:
    name = f"{image.path}/{image.video or ''}"
    if source.only and not any(word in name for word in source.only):
        return False
    if any(word in name for word in source.without):
        return False
    # A video belongs to one split as a whole: its frames show the same people.
    return source.split == "all" or split_of(image.video or image.path.stem) == source.split
