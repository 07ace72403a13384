"""The run's log: one JSON object per line, and TensorBoard if it is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from outrack.io.atomic import atomic_write

__all__ = ["MeanLosses", "RunLog"]


class RunLog:
    """Appends to `log.jsonl` in the run's folder; each line is flushed before `write` returns.

    Args:
        folder: folder of the run.
        step: step from which the run continues; lines of later steps, which are repeated, are removed.
        enabled: whether this process writes the log.
    """

    def __init__(self, folder: Path, *, step: int = 0, enabled: bool = True) -> None:
        if enabled:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = _continued(folder / "log.jsonl", step) if enabled else None
        self._board = _tensorboard(folder) if enabled else None

    def write(self, kind: str, step: int, values: Mapping[str, float]) -> None:
        """Append the `values` of one step; `kind` is `train` or `validation`."""
        if self._file is None:
            return
        rounded = {name: float(f"{value:.6g}") for name, value in values.items()}
        self._file.write(json.dumps({"kind": kind, "step": step, **rounded}) + "\n")
        self._file.flush()
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self._board is not None:
            self._board.close()


def _continued(path: Path, step: int) -> TextIO:
    """The file, opened for appending, without the partial line that a killed run left, and without later steps."""
    if path.is_file():
        content = path.read_text(encoding="utf-8")
        kept = "".join(line for line in content.splitlines(keepends=True) if _is_up_to(step, line))
        if kept != content:
            with atomic_write(path) as unfinished:
                unfinished.write_text(kept, encoding="utf-8")
    return path.open("a", encoding="utf-8")


def _is_up_to(step: int, line: str) -> bool:
    try:
        return line.endswith("\n") and json.loads(line)["step"] <= step
    except (ValueError, KeyError, TypeError):
        return False


def _tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


class MeanLosses:
    """Terms of the loss, averaged over the steps since the means were last read.

    Attributes:
        sums: sum of each term.
        steps: number of steps in them.
    """

    def __init__(self, sums: Mapping[str, float] | None = None, steps: int = 0) -> None:
        self.sums: dict[str, float] = dict(sums or {})
        self.steps = steps

    def add(self, parts: Mapping[str, float]) -> None:
        """Add the terms of one step."""
        for name, value in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.steps += 1

    def pop_means(self) -> dict[str, float]:
        """The means of the terms; resets the sums to zero."""
        means = {name: value / self.steps for name, value in self.sums.items()}
        self.sums, self.steps = {}, 0
        return means
