"""The run's log: one JSON object per line, and TensorBoard if it is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

__all__ = ["MeanLosses", "RunLog"]


class RunLog:
    """Appends to `log.jsonl` in the run's folder; each line is flushed before `write` returns.

    Args:
        folder: of the run.
        enabled: whether this is the process that writes.
    """

    def __init__(self, folder: Path, *, enabled: bool = True) -> None:
        if enabled:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = _continued(folder / "log.jsonl") if enabled else None
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


def _continued(path: Path) -> TextIO:
    """The file, opened for appending; a partial line that a killed run left at its end is removed."""
    if path.is_file():
        lines = path.read_bytes()
        with path.open("rb+") as file:
            file.truncate(lines.rfind(b"\n") + 1)
    return path.open("a", encoding="utf-8")


def _tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


class MeanLosses:
    """Terms of the loss, averaged over the steps since they were last read."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._steps = 0

    def add(self, parts: Mapping[str, float]) -> None:
        """Add the terms of one step."""
        for name, value in parts.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._steps += 1

    def pop_means(self) -> dict[str, float]:
        """Their means; resets the sums to zero."""
        means = {name: value / self._steps for name, value in self._sums.items()}
        self._sums, self._steps = {}, 0
        return means
