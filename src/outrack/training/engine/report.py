"""The reports of a training run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outrack.datasets import AnnotatedImage
from outrack.models import Transfer
from outrack.training.config.training_config import TrainingConfig
from outrack.training.engine.checkpoint import RunProgress
from outrack.training.engine.schedule import RunLength
from outrack.training.engine.validation import Validation

__all__ = ["DataReport", "Report", "StageReport", "StartReport", "StepReport", "ValidationReport", "data_report"]


@dataclass(frozen=True, slots=True)
class StageReport:
    """A stage that takes a while, such as `reading the data`."""

    stage: str


@dataclass(frozen=True, slots=True)
class DataReport:
    """The training data.

    Attributes:
        paths: datasets on disk.
        num_images: number of their pictures.
        num_videos: number of their videos; stills are not counted.
        num_boxes: number of boxes.
        num_composed: number of sources of composed crowds.
        pairs_per_epoch: pairs of pictures in an epoch.
        pairs_per_step: pairs in one optimiser step, over all processes.
        steps: number of steps of the whole run.
        warmup: number of steps at the start in which the learning rate rises.
        held_out: names of the validation sources, with their number of pictures.
    """

    paths: tuple[str, ...]
    num_images: int
    num_videos: int
    num_boxes: int
    num_composed: int
    pairs_per_epoch: int
    pairs_per_step: int
    steps: int
    warmup: int
    held_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StartReport:
    """What was loaded from a checkpoint of another project."""

    transfer: Transfer


@dataclass(frozen=True, slots=True)
class StepReport:
    """A step is done.

    Attributes:
        progress: progress of the run.
        total: steps of the whole run.
        share: share of the run that is done, by steps or by time.
        rate: learning rate of the step.
        losses: parts of the loss by name, averaged over the last steps; empty in most reports.
    """

    progress: RunProgress
    total: int
    share: float
    rate: float
    losses: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """A validation is done.

    Attributes:
        progress: progress of the run; step 0 is the network before training.
        total: steps of the whole run.
        validation: the scores.
        start: scores before the first step, with the names of `Validation.named`; empty if they were not measured.
    """

    progress: RunProgress
    total: int
    validation: Validation
    start: Mapping[str, float]


Report = StageReport | DataReport | StartReport | StepReport | ValidationReport


def data_report(
    config: TrainingConfig,
    images: Sequence[AnnotatedImage],
    length: RunLength,
    *,
    pairs_per_epoch: int,
    pairs_per_step: int,
    held_out: Mapping[str, int],
) -> DataReport:
    """The report on the data of a run; `images` are those on disk."""
    sources = config.data.sources
    return DataReport(
        paths=tuple(source.path for source in sources if source.path is not None),
        num_images=len(images),
        num_videos=len({image.video for image in images} - {None}),
        num_boxes=sum(len(image.annotation) for image in images),
        num_composed=sum(source.path is None for source in sources),
        pairs_per_epoch=pairs_per_epoch,
        pairs_per_step=pairs_per_step,
        steps=length.total,
        warmup=config.schedule.warmup,
        held_out=held_out,
    )
