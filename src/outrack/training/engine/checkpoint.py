"""Writes and reads checkpoints. A killed run or a full disk does not damage them.

A run's folder holds `last.pt` (everything needed to resume), `last.safetensors` and `best.safetensors` (networks,
for export). Each file is written to a temporary name, flushed to disk and renamed to the old one's name, so that
there is always a complete file: the new or the previous one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from outrack.io.atomic import atomic_write
from outrack.io.pickles import check_names

__all__ = ["RunProgress", "TrainingState", "read_state", "remove_unfinished", "write_atomically", "write_state"]

FORMAT = "outrack-training-1"


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Progress of a run.

    Attributes:
        step: optimiser steps done.
        minutes: time spent, over all resumes.
        best: highest value of the chosen metric so far; None before the first validation.
        validated: the step after which the network was last validated.
    """

    step: int = 0
    minutes: float = 0.0
    best: float | None = None
    validated: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class TrainingState:
    """The state for an exact resume. The training examples depend only on the step.

    Attributes:
        config: the resolved configuration as YAML.
        progress: progress of the run.
        model: tensors of network, classifier and task weights by name.
        averaged: moving average of the network's tensors by name; None without EMA.
        optimiser: state dict of the optimiser.
        scaler: state dict of the fp16 gradient scaler; None for other precisions.
        random: state of torch's generator.
        processes: number of processes among which the settings divide a step.
        losses: sums of the terms of the loss since the last line of the log, and their number of steps.
    """

    config: str
    progress: RunProgress
    model: dict[str, Tensor]
    averaged: dict[str, Tensor] | None
    optimiser: dict[str, Any]
    scaler: dict[str, Any] | None
    random: Tensor
    processes: int = 1
    losses: tuple[dict[str, float], int] = field(default_factory=lambda: ({}, 0))


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file next to `path`, flush it to disk, and rename it to `path`.

    Raises:
        OSError: the file could not be written, for instance on a full disk; the file that was at `path` is kept.
    """
    try:
        with atomic_write(path) as unfinished:
            write(unfinished)
            with unfinished.open("rb+") as file:
                os.fsync(file.fileno())
    except (RuntimeError, OSError) as error:  # torch and safetensors wrap the error of the operating system
        raise OSError(
            f"{path}: cannot write this checkpoint ({error}); the previous one is kept. Free some disk space, "
            "then use --resume"
        ) from error
    _sync_folder(path.parent)


def remove_unfinished(folder: Path) -> None:
    """Remove the partial files that a run killed during `write_atomically` left in its folder."""
    for unfinished in folder.glob(".*.unfinished"):
        unfinished.unlink()


def write_state(state: TrainingState, path: Path) -> None:
    """Write everything needed to resume; see `write_atomically`."""
    content = {
        "format": FORMAT,
        "config": state.config,
        "step": state.progress.step,
        "minutes": state.progress.minutes,
        "best": state.progress.best,
        "validated": state.progress.validated,
        "model": state.model,
        "averaged": state.averaged,
        "optimiser": state.optimiser,
        "scaler": state.scaler,
        "random": state.random,
        "processes": state.processes,
        "losses": state.losses,
    }
    write_atomically(path, lambda unfinished: torch.save(content, unfinished))


def read_state(path: Path) -> TrainingState:
    """Read a file of `write_state`. Loads only tensors and plain values, never code.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a checkpoint, or truncated.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such checkpoint, so there is nothing to resume")
    try:
        check_names(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, expected {FORMAT!r}")
        return TrainingState(
            config=content["config"],
            progress=RunProgress(
                content["step"], content["minutes"], content["best"], content.get("validated", content["step"])
            ),
            model=content["model"],
            averaged=content["averaged"],
            optimiser=content["optimiser"],
            scaler=content["scaler"],
            random=content["random"],
            processes=content.get("processes", 1),
            losses=content.get("losses", ({}, 0)),
        )
    except Exception as error:
        # torch.load may raise any error of its unpickler and zip reader.
        raise ValueError(f"{path}: not a checkpoint of outrack, or truncated ({error})") from error


def _sync_folder(folder: Path) -> None:
    """Flush the rename to disk, if the operating system supports it."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
