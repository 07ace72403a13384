"""Messages of `outrack train` during a run and at its end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from outrack.jobs.progress import clock
from outrack.training.engine.report import (
    DataReport,
    Report,
    StageReport,
    StartReport,
    StepReport,
    ValidationReport,
)
from outrack.training.engine.verdict import Verdict

__all__ = ["TrainingProgress", "closing_lines", "data_words", "loss_words", "validation_words"]

LOSSES = {
    "centre": "centres",
    "ltrb": "box sides",
    "giou": "box overlap",
    "offset": "centre offsets",
    "displacement": "displacements",
    "occlusion": "occlusion points",
    "occlusion_offset": "occlusion offsets",
    "reid": "appearance",
}
"""Terms of the loss, with the names of docs/training.md. Their sub-terms are only in the log."""

MEASURES = {
    "loss": "loss",
    "ap50": "AP50",
    "ap": "AP",
    "r1": "R1",
    "reid_map": "Re-ID mAP",
    "occlusion_precision": "occlusion precision",
    "occlusion_recall": "occlusion recall",
    "mota": "MOTA",
    "idf1": "IDF1",
    "hota": "HOTA",
    "idsw": "switches",
}


class TrainingProgress:
    """Prints what a run reports: a bar with the remaining time on a terminal, lines elsewhere.

    Args:
        console: where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step: StepReport | None = None
        self._first: StepReport | None = None
        self._losses = ""
        self._live = Live(console=console, get_renderable=self._bar, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, report: Report) -> None:
        """Print or redraw the changes."""
        if isinstance(report, StageReport):
            self._print(f"{report.stage} ...")
        elif isinstance(report, DataReport):
            for line in data_words(report):
                self._print(line)
        elif isinstance(report, StartReport):
            self._print(f"start: {report.transfer.summary} (init.txt lists them)")
        elif isinstance(report, ValidationReport):
            for line in validation_words(report):
                self._print(line)
        else:
            self._advance(report)

    def _advance(self, report: StepReport) -> None:
        self._first = report if self._first is None else self._first
        self._step = report
        if report.losses:
            self._losses = loss_words(report.losses)
            if not self._console.is_terminal:
                self._print(f"{'  '.join(self._words(report))}  {self._losses}")

    def _words(self, report: StepReport) -> list[str]:
        """For instance `step 20/1500`, `2:06 done`, `1:32:10 left`, `learning rate 4e-05`."""
        first = report if self._first is None else self._first
        words = [f"step {report.progress.step}/{report.total}", f"{clock(60 * report.progress.minutes)} done"]
        minutes, share = report.progress.minutes - first.progress.minutes, report.share - first.share
        if share > 0 and report.share < 1:
            words.append(f"{clock(60 * minutes / share * (1 - report.share))} left")
        return [*words, f"learning rate {report.rate:.2g}"]

    def _bar(self) -> Table | str:
        if self._step is None:
            return ""
        line = Table.grid(padding=(0, 2))
        line.add_row(ProgressBar(total=1.0, completed=min(self._step.share, 1.0), width=24), *self._words(self._step))
        both = Table.grid()
        both.add_row(line)
        both.add_row(self._losses)
        return both

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False)


def data_words(report: DataReport) -> list[str]:
    """The training data, in two or three lines."""
    kinds = []
    if report.paths:
        videos = f" of {_count(report.num_videos, 'video')}" if report.num_videos else ""
        pictures, people = _count(report.num_images, "picture"), _count(report.num_boxes, "box", "boxes")
        kinds.append(f"{pictures}{videos} with {people} of people, from {', '.join(report.paths)}")
    if report.num_composed:
        kinds.append(f"new crowds composed for every pair ({_count(report.num_composed, 'source')})")
    epochs = report.steps * report.pairs_per_step / max(report.pairs_per_epoch, 1)
    lines = [
        f"data: {'; and '.join(kinds)}",
        f"pairs: {report.pairs_per_epoch} per epoch, {report.pairs_per_step} per step; {report.steps} steps "
        f"are {epochs:.2g} epochs, and the first {report.warmup} steps are warm-up",
    ]
    held_out = ", ".join(f"{name} ({_count(number, 'picture')})" for name, number in report.held_out.items())
    return [*lines, f"held out: {held_out or 'nothing; --val FOLDER validates on labelled data during training'}"]


def loss_words(losses: Mapping[str, float]) -> str:
    """For instance `loss 3.2 (centres 1.1, box sides 0.9)`."""
    parts = ", ".join(f"{LOSSES[name]} {value:.3g}" for name, value in losses.items() if name in LOSSES)
    return f"loss {losses['total']:.3g} ({parts})"


def validation_words(report: ValidationReport) -> list[str]:
    """A line for every source: its scores, and those of the initial network."""
    lines = []
    for scores in report.validation.sources:
        words = []
        for name, measure in MEASURES.items():
            value, before = getattr(scores, name), report.start.get(f"{scores.source}/{name}")
            if value is not None:
                words.append(f"{measure} {value:.3g}" + (f" (start {before:.3g})" if before is not None else ""))
        when = f"step {report.progress.step}/{report.total}" if report.progress.step else "before the first step"
        lines.append(f"{when}  held out, {scores.source}: {'  '.join(words)}")
    return lines


def closing_lines(verdict: Verdict, weights: Path, output: Path) -> list[str]:
    """The outcome of the run, and what to do next."""
    lines = [f"weights: {weights}"]
    resume = f"outrack train -o {output} --resume"
    if verdict.ended_in_warmup:
        lines.append(
            f"the run ended during warm-up, after {verdict.steps} of {verdict.warmup} steps: the learning rate "
            "never reached its full value, and the weights hardly differ from the initial ones"
        )
        return [*lines, f"next: `{resume}` with a larger --max-minutes or --set schedule.steps=N continues the run"]
    if verdict.has_improved is False:
        lines.append(
            f"no improvement on the held-out data: the best score is {verdict.best:.3g}, the initial score was "
            f"{verdict.start:.3g}. Track with the initial network, or check the labels, train on more data, for "
            "longer, or with a lower rate (--set optimiser.lr=...)"
        )
        return lines
    if verdict.has_improved:
        lines.append(f"improved on the held-out data: from {verdict.start:.3g} to {verdict.best:.3g}")
    else:
        lines.append("improvement was not measured: --val FOLDER does, on held-out labelled data")
    return [*lines, f"next: outrack export {weights} -o {output.name}.onnx"]


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
