"""What a training run learns from: sources, and how pairs of their images become batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outrack.synth import Split
from outrack.synth.difficulty import DifficultyName
from outrack.training.data.identities import IdentityScope

__all__ = ["DataConfig", "SourceConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """One source of images: a dataset at `path`, or composed crowds when there is none.

    Attributes:
        path: a dataset in any layout that `outrack.datasets.open_dataset` reads, below `data.root`.
        split: which part: by a hash of the name of the video or still (the same rule as for cut-outs and backgrounds)
            70 % are `train`, 15 % `val` and 15 % `test`.
        half: MOTChallenge: `full` or a half of each sequence, see `outrack.datasets.frames_of_half`.
        labels: MOTChallenge: who counts: every pedestrian (`fairmot`), those who are a quarter visible
            (`centertrack`), or every pedestrian with riders, static people and reflections ignored (`amodal`).
        identities: whether one number in two videos of this source is two people (`video`, MOTChallenge) or one
            (`source`, synthetic benchmarks). For the supervised baseline only.
        min_score: boxes of videos: lowest score of a box.
        stride: boxes of videos: take every n-th labelled frame.
        only: take only images and videos whose path contains one of these words; none takes all.
        without: leave out those whose path contains one of these words.
        share: relative weight among the sources; give it for all of them or for none (then by number of images).
        cutouts: composed: folders of people, below `data.root`.
        drawn_people: composed: how many people drawn by code join them.
        backgrounds: composed: folder of scenery without people, below `data.root`; None takes drawn scenery.
        people: composed: smallest and largest number of people in view.
        gap_frames: composed: smallest and largest distance of the two frames, at 15 frames a second.
        difficulty: composed: one of these is drawn for each pair.
        appearance: composed: how much a person's look differs between the two frames, as in this difficulty; None is
            as in the drawn one. UTrack finds its pairs by likeness, so that looks which differ too much teach it wrong
            ones.
        track: validation only: its videos are tracked too, and the tracks scored. They need identities; those of boxes
            files are read then. Composed crowds make one video.
    """

    path: str | None = None
    split: Split = "all"
    half: str = "full"
    labels: Literal["fairmot", "centertrack", "amodal"] = "fairmot"
    identities: IdentityScope = "video"
    min_score: float = 0.0
    stride: int = 1
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    share: float | None = None
    cutouts: tuple[str, ...] = ()
    drawn_people: int = 0
    backgrounds: str | None = None
    people: tuple[int, int] = (6, 20)
    gap_frames: tuple[int, int] = (1, 10)
    difficulty: tuple[DifficultyName, ...] = ("medium", "hard")
    appearance: DifficultyName | None = None
    track: bool = False

    def __post_init__(self) -> None:
        if self.path is None and not self.cutouts and self.drawn_people < 1:
            raise ValueError("source: give a path, or for composed crowds cutouts or drawn_people")
        if self.share is not None and self.share <= 0:
            raise ValueError(f"source.share: expected a positive number, got {self.share}")
        if self.path is not None and (self.cutouts or self.drawn_people or self.backgrounds):
            raise ValueError("source: a dataset at a path has no cutouts, drawn_people or backgrounds")
        if not self.difficulty:
            raise ValueError("source.difficulty: expected at least one name")
        for name, (low, high) in (("people", self.people), ("gap_frames", self.gap_frames)):
            if not 0 <= low <= high:
                raise ValueError(f"source.{name}: expected 0 <= smallest <= largest, got {(low, high)}")

    @property
    def is_drawn(self) -> bool:
        """Whether it is made by code alone, without any file."""
        return self.path is None and not self.cutouts and self.backgrounds is None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """What is learned from.

    Attributes:
        root: folder that the sources' paths start from.
        sources: where images come from.
        pairs: pairs a step and process; twice as many images.
        negative: probability of a negative pair; 0.2 is the paper's N_neg / N_pos = 0.25.
        window: frames of a video within this distance are partners (paper Sec. 4.2).
        itself: a frame may be its own partner, too (CenterTrack).
        merge: up to so many positive pairs of different scenes count as one large pair; 1 is the paper.
        partners_detect: detection is learned from the partner images too.
        min_visibility: people of whom less is visible teach the embedding nothing; 0 is the paper.
        hidden_below: the places of people of whom less is visible are ignored by detection; 0 is the paper.
        occlusion_threshold: tau of paper Eq. 9.
        workers: processes that make batches; as many as there are cores at most.
    """

    root: str = "."
    sources: tuple[SourceConfig, ...] = ()
    pairs: int = 8
    negative: float = 0.2
    window: int = 10
    itself: bool = False
    merge: int = 1
    partners_detect: bool = False
    min_visibility: float = 0.0
    hidden_below: float = 0.0
    occlusion_threshold: float = 0.7
    workers: int = 2

    def __post_init__(self) -> None:
        if self.pairs < 1 or self.merge < 1 or self.workers < 0:
            raise ValueError(
                f"data: expected pairs and merge of 1 or more and workers of 0 or more, "
                f"got {self.pairs}, {self.merge} and {self.workers}"
            )
        if any(source.track for source in self.sources):
            raise ValueError("data.sources: nothing is tracked there; `track` is for validation.sources")
        given = [source.share is not None for source in self.sources]
        if any(given) and not all(given):
            raise ValueError(f"data.sources: give a share for all {len(given)} sources or for none, got {sum(given)}")
