"""The training loop: draws batches, steps, validates and saves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast_object_list

from outrack.io.interrupts import Interrupts
from outrack.training.config.training_config import BestMeasure, TrainingConfig
from outrack.training.data.examples import Batch
from outrack.training.data.sources import mixture_of
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.data.two_frame import TwoFrameBatch
from outrack.training.engine.build import Built, build_network, build_step
from outrack.training.engine.checkpoint import remove_unfinished
from outrack.training.engine.description import num_identities, write_description
from outrack.training.engine.draws import Draws, pair_batches, two_frame_batches
from outrack.training.engine.log import RunLog
from outrack.training.engine.lost_process import lost_process_named
from outrack.training.engine.optimiser import make_optimiser, set_rate
from outrack.training.engine.preflight import check_can_start
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

__all__ = ["new_run", "target_encoder", "train"]

LOG_EVERY = 10
_FIRST_WEIGHTS = Lock()  # torch has one generator for the whole process, which threads must not share


def train(
    config: TrainingConfig,
    folder: str | Path,
    *,
    resume: bool = False,
    on_report: Callable[[Report], None] = lambda report: None,
) -> Path:
    """Train a network.

    Args:
        config: all settings of the run.
        folder: receives `config.yaml`, `data.json`, `log.jsonl`, `last.pt`, `last.safetensors`, `best.safetensors`, and
            `init.txt` if the initial weights are those of another project: what was loaded, tensor by tensor.
        resume: continue from `last.pt` in `folder`. With one CPU process, the weights are bit-equal to those without
            the interruption; with another number of processes, they agree within float32 rounding.
        on_report: called before each long stage, after each step and after each validation.

    Returns:
        The weights file to export: `best.safetensors`, or `last.safetensors` without validation.

    Raises:
        FileExistsError: `folder` already contains a run, and `resume` is not set.
        FileNotFoundError: data, weights or the checkpoint to resume are missing.
        ValueError: the data are empty, an image is damaged or contradicts its label, weights do not fit, or the
            checkpoint belongs to another configuration.
        RuntimeError: another process of the training has ended.
        FloatingPointError: a loss, a gradient or a weight is not a finite number; names the value and the
            images. The previous checkpoints are kept.
        OSError: a checkpoint cannot be written; the previous one is kept.
    """
    folder = Path(folder)
    check_can_start(config, folder, resume=resume)
    on_report(StageReport("reading the data"))
    size = (config.model.width, config.model.height)
    mixture, images = mixture_of(config.data, size=size, seed=config.seed)
    on_report(StageReport("building the network"))
    with _FIRST_WEIGHTS:
        torch.manual_seed(config.seed)
        built = build_network(config.model)
        run = new_run(config, folder, built, num_ids=num_identities(images))
    encoder = target_encoder(config, stride=built.network.stride)
    validation = None
    if config.validation.sources:
        on_report(StageReport("reading the held-out data"))
        validation = ValidationData.of(config, encoder)
    if resume:
        run.load()
    shares, accelerator = run.shares, run.accelerator
    length = RunLength(config.schedule, per_epoch=max(len(mixture) // shares.total, 1))
    draw = two_frame_batches if built.network.uses_previous_frame() else pair_batches
    first, last = (step * shares.accumulate for step in (run.progress.step, length.total))
    draws = Draws(shares, accelerator.process_index, first, last)
    drawn: Iterator[Batch | TwoFrameBatch] = draw(config, mixture, encoder, draws)
    if accelerator.is_main_process:
        write_description(config, folder, images, length)
        remove_unfinished(folder)
        if not resume:  # from a run that was killed before its first checkpoint
            (folder / "log.jsonl").unlink(missing_ok=True)
        if built.transfer is not None:
            (folder / "init.txt").write_text(f"{built.transfer}\n", encoding="utf-8")
            on_report(StartReport(built.transfer))
        held_out = {} if validation is None else {one.name: len(one.images) for one in validation.sources}
        pairs = {"pairs_per_epoch": len(mixture), "pairs_per_step": shares.total}
        on_report(data_report(config, images, length, **pairs, held_out=held_out))
    log = RunLog(folder, step=run.progress.step, enabled=accelerator.is_main_process)
    with log, Interrupts() as interrupts, lost_process_named(folder / "last.pt"):
        _Loop(folder, run, length, drawn, validation, log, on_report).until_done(interrupts)
    return folder / ("last.safetensors" if validation is None else "best.safetensors")


@dataclass(frozen=True, slots=True)
class _Loop:
    """The steps of one run, and what happens between them.

    Attributes:
        folder: folder of the run.
        run: what is trained.
        length: length of the run.
        drawn: its remaining batches.
        validation: held-out data, if any.
        log, on_report: receive the losses and every validation.
    """

    folder: Path
    run: Run
    length: RunLength
    drawn: Iterator[Batch | TwoFrameBatch]
    validation: ValidationData | None
    log: RunLog
    on_report: Callable[[Report], None]

    def until_done(self, interrupts: Interrupts) -> None:
        """Step until the end of the run; an interruption saves the state after a complete step."""
        run, config = self.run, self.run.config
        begun = time.monotonic() - 60 * run.progress.minutes
        try:
            self._measure_start()
            if self._validate_if_due():  # in the previous run, an interruption ended it
                run.save()
            while self.length.share_done(run.progress) < 1:
                factor = self.length.rate_factor(run.progress)
                set_rate(run.optimiser, factor)
                batches_of_step = [next(self.drawn) for _ in range(run.shares.accumulate)]
                with interrupts.deferred():  # a state saved on exit must follow a complete step
                    run.one_step(batches_of_step)
                run.progress = replace(run.progress, minutes=_minutes_since(begun))
                number, is_last = run.progress.step, self.length.share_done(run.progress) >= 1
                means = run.losses.pop_means() if number % LOG_EVERY == 0 or is_last else {}
                self._report_step(means, factor)
                self._validate_if_due()
                if number % config.schedule.save_every == 0 or is_last:
                    run.save()
        except KeyboardInterrupt:
            run.save()
            raise

    def _measure_start(self) -> None:
        """Scores of the network before the first step, for comparison."""
        if self.validation is None or self.run.progress.step:
            return
        self.on_report(StageReport("validating the initial network"))
        measured = self.validation.measure(self.run.network())
        _note(self.log, 0, measured, self.run.config.validation.best)
        self.on_report(ValidationReport(self.run.progress, self.length.total, measured, {}))

    def _validate_if_due(self) -> bool:
        """Validate after every n-th step and the last one, once; returns whether it did."""
        run, config = self.run, self.run.config.validation
        number, is_last = run.progress.step, self.length.share_done(run.progress) >= 1
        if self.validation is None or number == run.progress.validated or (number % config.every and not is_last):
            return False
        measured = _validate(run, self.validation, best=config.best)
        run.progress = replace(run.progress, validated=number)
        _note(self.log, number, measured, config.best)
        self.on_report(ValidationReport(run.progress, self.length.total, measured, start_scores(self.folder)))
        return True

    def _report_step(self, means: dict[str, float], factor: float) -> None:
        """Log the losses if their means are due, and report the step."""
        progress = self.run.progress
        if means:
            self.log.write("train", progress.step, {**means, "rate": factor, "minutes": progress.minutes})
        rate = factor * self.run.config.optimiser.lr
        done = self.length.share_done(progress)
        self.on_report(StepReport(progress, self.length.total, done, rate, means))


def target_encoder(config: TrainingConfig, *, stride: int) -> TargetEncoder:
    return TargetEncoder(
        config.model.width,
        config.model.height,
        stride=stride,
        occlusion_threshold=config.data.occlusion_threshold,
        min_visibility=config.data.min_visibility,
        hidden_below=config.data.hidden_below,
        centre=config.data.centre,
    )


def new_run(config: TrainingConfig, folder: Path, built: Built, *, num_ids: int) -> Run:
    """A run before its first step: network with losses, optimiser, processes."""
    one_batch, merge = config.optimiser.one_batch, config.data.merge
    step = build_step(built.network, config.loss, num_ids=num_ids, one_batch=one_batch, merge=merge)
    # Accelerate keeps the precision of the first run of a process. Runs in other threads keep the old state.
    AcceleratorState._shared_state = {}
    accelerator = Accelerator(mixed_precision=config.optimiser.precision)
    optimiser = make_optimiser(step, config.optimiser, new_heads=built.new_heads)
    return Run(config, folder, accelerator, step, optimiser, new_heads=built.new_heads, origin=built.origin)


def _minutes_since(begun: float) -> float:
    """Measured by the first process: all processes must stop after the same step and use the same learning rate."""
    return float(broadcast_object_list([(time.monotonic() - begun) / 60])[0])


def _validate(run: Run, validation: ValidationData, *, best: BestMeasure) -> Validation:
    """Validate, and save the network if it is the best so far."""
    network = run.network()
    measured = validation.measure(network)
    score = measured.score(best)
    if run.progress.best is None or score >= run.progress.best:  # on a tie the latest, which was trained longest
        run.progress = replace(run.progress, best=score)
        run.save_network("best", network)
    return measured


def _note(log: RunLog, step: int, measured: Validation, best: BestMeasure) -> None:
    """Record the scores, and the number by which networks are compared."""
    log.write("validation", step, {**measured.named(), "score": measured.score(best)})
