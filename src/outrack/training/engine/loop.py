"""The training loop: draw, learn, look at held-out data and save from time to time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast_object_list

from outrack.datasets import AnnotatedImage, fingerprint
from outrack.io.interrupts import Interrupts
from outrack.training.config.config_file import dump_config
from outrack.training.config.training_config import BestMeasure, TrainingConfig
from outrack.training.data.examples import Batch, Collation, Examples
from outrack.training.data.mosaic import Mosaics
from outrack.training.data.pairs import Mixture
from outrack.training.data.sources import mixture_of
from outrack.training.data.targets import TargetEncoder
from outrack.training.data.two_frame import TwoFrameBatch, TwoFrameExamples, stack_two_frame
from outrack.training.data.workers import batches
from outrack.training.engine.build import build_network, build_step
from outrack.training.engine.log import MeanLosses, RunLog
from outrack.training.engine.optimiser import make_optimiser, set_rate
from outrack.training.engine.report import (
    Report,
    StageReport,
    StartReport,
    StepReport,
    ValidationReport,
    data_report,
)
from outrack.training.engine.run import Run
from outrack.training.engine.schedule import RunLength
from outrack.training.engine.validation import Validation, ValidationData
from outrack.training.engine.verdict import start_scores

__all__ = ["train"]

LOG_EVERY = 10


def train(
    config: TrainingConfig,
    folder: Path,
    *,
    resume: bool = False,
    on_report: Callable[[Report], None] = lambda report: None,
) -> Path:
    """Train a network.

    Args:
        config: everything about the run.
        folder: gets `config.yaml`, `data.json`, `log.jsonl`, `last.pt`, `last.safetensors` and `best.safetensors`, and
            `init.txt` where the start is a checkpoint of another project: what it brought, tensor by tensor.
        resume: go on from `last.pt` in `folder`; on one CPU process, to the same weights as without the interruption.
        on_report: called before everything that takes a while, after each step and after each validation.

    Returns:
        The weights file to export: `best.safetensors`, or `last.safetensors` without validation.

    Raises:
        FileExistsError: `folder` holds a run already, and this is no resume.
        FileNotFoundError: data, weights or the checkpoint to resume are missing.
        ValueError: the data are empty, an image is damaged or not as its label says, weights do not fit, or the
            checkpoint is of another configuration.
        FloatingPointError: the loss is not a finite number; says which part, and of which images.
        OSError: a checkpoint cannot be written; the one before is kept.
    """
    if not resume and (folder / "last.pt").exists():
        raise FileExistsError(f"{folder}: a run lies here already; resume it (--resume) or choose another folder")
    on_report(StageReport("reading the data"))
    torch.manual_seed(config.seed)
    size = (config.model.width, config.model.height)
    mixture, images = mixture_of(config.data, size=size, seed=config.seed)
    on_report(StageReport("building the network"))
    built = build_network(config.model)
    step = build_step(built.network, config.loss, num_ids=_num_identities(images))
    encoder = TargetEncoder(
        *size,
        stride=built.network.stride,
        occlusion_threshold=config.data.occlusion_threshold,
        min_visibility=config.data.min_visibility,
        hidden_below=config.data.hidden_below,
    )
    validation = None
    if config.validation.sources:
        on_report(StageReport("reading the held-out data"))
        validation = ValidationData.of(config, encoder)
    # Accelerate keeps the precision of a process's first run; another run in the same notebook may want another one.
    AcceleratorState._reset_state()
    accelerator = Accelerator(mixed_precision=config.optimiser.precision)
    optimiser = make_optimiser(step, config.optimiser, new_heads=built.new_heads)
    run = Run(config, folder, accelerator, step, optimiser, new_heads=built.new_heads, origin=built.origin)
    if resume:
        run.load()

    accumulate = config.optimiser.accumulate
    per_epoch = max(len(mixture) // (config.data.pairs * accumulate * accelerator.num_processes), 1)
    length = RunLength(config.schedule, per_epoch)
    draw = _two_frame_batches if built.network.uses_previous_frame() else _pair_batches
    first, last = run.progress.step * accumulate, length.total * accumulate
    drawn: Iterator[Batch | TwoFrameBatch] = draw(config, mixture, encoder, accelerator, first=first, last=last)
    if accelerator.is_main_process:
        _describe(config, folder, images, length)
        if not resume:  # of a run that was killed before its first checkpoint
            (folder / "log.jsonl").unlink(missing_ok=True)
        if built.transfer is not None:
            (folder / "init.txt").write_text(f"{built.transfer}\n", encoding="utf-8")
            on_report(StartReport(built.transfer))
        held_out = {} if validation is None else {one.name: len(one.images) for one in validation.sources}
        processes = accelerator.num_processes
        on_report(
            data_report(config, images, length, pairs_per_epoch=len(mixture), processes=processes, held_out=held_out)
        )

    begun = time.monotonic() - 60 * run.progress.minutes
    losses = MeanLosses()
    with RunLog(folder, enabled=accelerator.is_main_process) as log, Interrupts() as interrupts:
        try:
            if validation is not None and run.progress.step == 0:
                on_report(StageReport("measuring the start on the held-out data"))
                measured = validation.measure(run.network())
                _note(log, 0, measured, config.validation.best)
                on_report(ValidationReport(run.progress, length.total, measured, {}))
            while length.share_done(run.progress) < 1:
                factor = length.rate_factor(run.progress)
                set_rate(optimiser, factor)
                batches_of_step = [next(drawn) for _ in range(accumulate)]
                with interrupts.deferred():  # what is saved on the way out is the state after a whole step
                    losses.add(run.one_step(batches_of_step))
                run.progress = replace(run.progress, minutes=_minutes_since(begun))
                number, is_last = run.progress.step, length.share_done(run.progress) >= 1

                means: dict[str, float] = {}
                if number % LOG_EVERY == 0 or is_last:
                    means = losses.pop_means()
                    log.write("train", number, {**means, "rate": factor, "minutes": run.progress.minutes})
                rate = factor * config.optimiser.lr
                on_report(StepReport(run.progress, length.total, length.share_done(run.progress), rate, means))
                if validation is not None and (number % config.validation.every == 0 or is_last):
                    measured = _validate(run, validation, best=config.validation.best)
                    _note(log, number, measured, config.validation.best)
                    on_report(ValidationReport(run.progress, length.total, measured, start_scores(folder)))
                if number % config.schedule.save_every == 0 or is_last:
                    run.save()
        except KeyboardInterrupt:
            run.save()
            raise
    return folder / ("last.safetensors" if validation is None else "best.safetensors")


def _minutes_since(begun: float) -> float:
    """By the clock of the first process: all of them must stop after the same step, and agree on the learning rate."""
    minutes: float = broadcast_object_list([(time.monotonic() - begun) / 60])[0]
    return minutes


def _validate(run: Run, validation: ValidationData, *, best: BestMeasure) -> Validation:
    """Look at held-out data, and keep the network if it is the best so far."""
    network = run.network()
    measured = validation.measure(network)
    score = measured.score(best)
    if run.progress.best is None or score >= run.progress.best:  # of equals the latest, which has learned longest
        run.progress = replace(run.progress, best=score)
        run.save_network("best", network)
    return measured


def _note(log: RunLog, step: int, measured: Validation, best: BestMeasure) -> None:
    """Write down what was measured, and the one number that networks are compared by."""
    log.write("validation", step, {**measured.named(), "score": measured.score(best)})


def _num_identities(images: list[AnnotatedImage]) -> int:
    """One more than the highest identity of the data; 0 where nobody has one. For supervised Re-ID only."""
    known = [
        image.annotation.ids.max() for image in images if image.annotation.ids is not None and len(image.annotation)
    ]
    return int(max(known, default=-1)) + 1


def _pair_batches(
    config: TrainingConfig, mixture: Mixture, encoder: TargetEncoder, accelerator: Accelerator, *, first: int, last: int
) -> Iterator[Batch]:
    """Batches number `first` to `last - 1` of this process, for networks that see one image."""
    size = (config.model.width, config.model.height)
    mosaics = Mosaics(mixture, config.augmentation.mosaic, size, seed=config.seed)
    return batches(
        Examples(mosaics, config.augmentation, encoder, seed=config.seed),
        Collation(partners_detect=config.data.partners_detect, merge=config.data.merge),
        pairs=config.data.pairs,
        first=first,
        last=last,
        workers=config.data.workers,
        process=accelerator.process_index,
        processes=accelerator.num_processes,
    )


def _two_frame_batches(
    config: TrainingConfig, mixture: Mixture, encoder: TargetEncoder, accelerator: Accelerator, *, first: int, last: int
) -> Iterator[TwoFrameBatch]:
    """Batches number `first` to `last - 1` of this process, for networks that look back."""
    if config.data.negative:
        raise ValueError(
            f"data.negative: a network that looks back learns from frames of one video; expected 0, "
            f"got {config.data.negative}"
        )
    if config.augmentation.mosaic:
        raise ValueError(
            f"augmentation.mosaic: a network that looks back has to know who is who; expected 0, "
            f"got {config.augmentation.mosaic}"
        )
    return batches(
        TwoFrameExamples(mixture, config.augmentation, encoder, noise=config.prior, seed=config.seed),
        stack_two_frame,
        pairs=config.data.pairs,
        first=first,
        last=last,
        workers=config.data.workers,
        process=accelerator.process_index,
        processes=accelerator.num_processes,
    )


def _describe(config: TrainingConfig, folder: Path, images: list[AnnotatedImage], length: RunLength) -> None:
    """Write down what is run on what."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(dump_config(config), encoding="utf-8")
    data = {
        "images": len(images),
        "boxes": sum(len(image.annotation) for image in images),
        "fingerprint": fingerprint(images),
        "steps_per_epoch": length.per_epoch,
        "steps": length.total,
    }
    (folder / "data.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
