"""Batches for one process of a run: pairs of frames, or frames with their previous frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from torch.utils.data import Dataset

from outrack.training.config.training_config import TrainingConfig
from outrack.training.data.examples import Batch, Collation, Examples
from outrack.training.data.mosaic import Mosaics
from outrack.training.data.pairs import Mixture
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.data.two_frame import TwoFrameBatch, TwoFrameExamples, stack_two_frame
from outrack.training.data.workers import batches
from outrack.training.engine.step_shares import StepShares

__all__ = ["Draws", "pair_batches", "two_frame_batches"]

OneExample = TypeVar("OneExample")
OneBatch = TypeVar("OneBatch")


class Draws(NamedTuple):
    """Which batches of a run are drawn: `first` to `last - 1` of one process.

    Attributes:
        shares: how the pairs of a step are divided among processes.
        process: number of the process.
        first, last: numbers of batches.
    """

    shares: StepShares
    process: int
    first: int
    last: int


def pair_batches(config: TrainingConfig, mixture: Mixture, encoder: TargetEncoder, draws: Draws) -> Iterator[Batch]:
    """Batches for networks that take one image."""
    size = (config.model.width, config.model.height)
    mosaics = Mosaics(mixture, config.augmentation.mosaic, size, seed=config.seed)
    return _batches(
        Examples(mosaics, config.augmentation, encoder, seed=config.seed),
        Collation(partners_detect=config.data.partners_detect, merge=config.data.merge),
        draws,
        workers=config.data.workers,
    )


def two_frame_batches(
    config: TrainingConfig, mixture: Mixture, encoder: TargetEncoder, draws: Draws
) -> Iterator[TwoFrameBatch]:
    """Batches for networks that use the previous frame."""
    if config.data.negative:
        raise ValueError(
            f"data.negative: a network that uses the previous frame needs pairs of one video; expected 0, "
            f"got {config.data.negative}"
        )
    if config.augmentation.mosaic:
        raise ValueError(
            f"augmentation.mosaic: a network that uses the previous frame needs identities; expected 0, "
            f"got {config.augmentation.mosaic}"
        )
    return _batches(
        TwoFrameExamples(mixture, config.augmentation, encoder, noise=config.prior, seed=config.seed),
        stack_two_frame,
        draws,
        workers=config.data.workers,
    )


def _batches(
    examples: Dataset[OneExample],
    collation: Callable[[Sequence[OneExample]], OneBatch],
    draws: Draws,
    *,
    workers: int,
) -> Iterator[OneBatch]:
    """The drawn batches of any kind of examples."""
    return batches(
        examples,
        collation,
        pairs=draws.shares.pairs,
        first=draws.first,
        last=draws.last,
        workers=workers,
        process=draws.process,
        processes=draws.shares.processes,
    )
