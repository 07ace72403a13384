"""The outcome of a run: whether it reached the full learning rate, and whether it improved on held-out data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outrack.training.config.training_config import TrainingConfig

__all__ = ["Verdict", "start_scores", "verdict_of"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a finished run.

    Attributes:
        steps: number of steps done.
        warmup: number of steps at the start in which the learning rate rises.
        start: score of the network before the first step; None without validation.
        best: highest score after training steps; None without validation.
    """

    steps: int
    warmup: int
    start: float | None
    best: float | None

    @property
    def ended_in_warmup(self) -> bool:
        """The learning rate never reached its full value."""
        return self.steps < self.warmup

    @property
    def has_improved(self) -> bool | None:
        """Whether the network improved on held-out data; None without validation."""
        return None if self.start is None or self.best is None else self.best > self.start


def verdict_of(folder: Path, config: TrainingConfig) -> Verdict:
    """The outcome of the run in `folder`, from its log."""
    lines = _lines(folder / "log.jsonl")
    steps = max((line["step"] for line in lines), default=0)
    scores = {line["step"]: line["score"] for line in lines if line["kind"] == "validation" and "score" in line}
    later = [score for step, score in scores.items() if step > 0]
    return Verdict(steps, config.schedule.warmup, scores.get(0), max(later, default=None))


def start_scores(folder: Path) -> Mapping[str, float]:
    """Scores of the run in `folder` before its first step, by the names of `Validation.named`.

    Empty if they were not measured.
    """
    for line in _lines(folder / "log.jsonl"):
        if line["kind"] == "validation" and line["step"] == 0:
            return {name: value for name, value in line.items() if "/" in name}
    return {}


def _lines(path: Path) -> list[dict[str, Any]]:
    """The log's lines; a partial last line of a killed run is ignored."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines
