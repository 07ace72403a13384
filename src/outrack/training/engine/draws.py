"""Batches for one process of a run: pairs of frames, or frames with their previous frame."""

from __future__ import annotations

from collections.abc import Iterator

from outrack.training.config.training_config import TrainingConfig
from outrack.training.data.examples import Batch, Collation, Examples
from outrack.training.data.mosaic import Mosaics
from outrack.training.data.pairs import Mixture
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.data.two_frame import TwoFrameBatch, TwoFrameExamples, stack_two_frame
from outrack.training.data.workers import batches
from outrack.training.engine.step_shares import StepShares

__all__ = ["pair_batches", "two_frame_batches"]


def pair_batches(
    config: TrainingConfig,
    mixture: Mixture,
    encoder: TargetEncoder,
    shares: StepShares,
    *,
    process: int,
    first: int,
    last: int,
) -> Iterator[Batch]:
    """Batches `first` to `last - 1` of one process, for networks that take one image."""
    size = (config.model.width, config.model.height)
    mosaics = Mosaics(mixture, config.augmentation.mosaic, size, seed=config.seed)
    return batches(
        Examples(mosaics, config.augmentation, encoder, seed=config.seed),
        Collation(partners_detect=config.data.partners_detect, merge=config.data.merge),
        pairs=shares.pairs,
        first=first,
        last=last,
        workers=config.data.workers,
        process=process,
        processes=shares.processes,
    )


def two_frame_batches(
    config: TrainingConfig,
    mixture: Mixture,
    encoder: TargetEncoder,
    shares: StepShares,
    *,
    process: int,
    first: int,
    last: int,
) -> Iterator[TwoFrameBatch]:
    """Batches `first` to `last - 1` of one process, for networks that use the previous frame."""
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
    return batches(
        TwoFrameExamples(mixture, config.augmentation, encoder, noise=config.prior, seed=config.seed),
        stack_two_frame,
        pairs=shares.pairs,
        first=first,
        last=last,
        workers=config.data.workers,
        process=process,
        processes=shares.processes,
    )
