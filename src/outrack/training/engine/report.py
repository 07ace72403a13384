"""What a training reports about itself, from its first second on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outrack.datasets import AnnotatedImage
from outrack.models import Transfer
from outrack.training.config.training_config import TrainingConfig
from outrack.training.engine.checkpoint import Progress
from outrack.training.engine.schedule import RunLength
from outrack.training.engine.validation import Validation

__all__ = ["DataReport", "Report", "StageReport", "StartReport", "StepReport", "ValidationReport", "data_report"]


@dataclass(frozen=True, slots=True)
class StageReport:
    """What is done now that takes a while, such as `reading the data`."""

    stage: str


@dataclass(frozen=True, slots=True)
class DataReport:
    """What is learned from.

    Attributes:
        paths: datasets on disk.
        num_images: their pictures.
        num_videos: the videos among them; stills belong to none.
        num_boxes: people in them, one for each box.
        num_composed: sources of composed crowds beside them.
        pairs_per_epoch: pairs of pictures in a pass over all of it.
        pairs_per_step: of one optimiser step, over all processes.
        steps: of the whole run.
        warmup: the first of them, in which the learning rate rises.
        held_out: names of the sources that are measured on, with their pictures.
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
    """What a checkpoint of another project brought."""

    transfer: Transfer


@dataclass(frozen=True, slots=True)
class StepReport:
    """One more step is done.

    Attributes:
        progress: how far the run is.
        total: steps of the whole run.
        share: how much of the run is over, by steps or by time.
        rate: learning rate of the step.
        losses: parts of the loss by name, mean over the last steps; empty in most reports.
    """

    progress: Progress
    total: int
    share: float
    rate: float
    losses: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """Held-out data were looked at.

    Attributes:
        progress: how far the run is; step 0 is the network as it starts.
        total: steps of the whole run.
        validation: what was measured.
        start: what the network scored before the first step, by the names of `Validation.named`; empty where that was
            not measured.
    """

    progress: Progress
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
    processes: int,
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
        pairs_per_step=config.data.pairs * config.optimiser.accumulate * processes,
        steps=length.total,
        warmup=config.schedule.warmup,
        held_out=held_out,
    )
