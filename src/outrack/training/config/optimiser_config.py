"""Settings of the optimiser and of the length of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["OptimiserConfig", "ScheduleConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """How it is minimised.

    Attributes:
        name: `adam` (the paper), `adamw`, or `relative-adam`, whose rates are shares of the weights' own size (1e-3 to
            5e-3): to go on from the bundled networks, whose weights differ in size by a factor of 100,000.
        lr: learning rate of what was loaded from `model.init`.
        new_lr: learning rate of losses, and of heads that `model.init` does not bring; None is `lr`.
        weight_decay: of matrices and kernels; biases and gains are spared.
        clip: largest norm of the gradient; None does not clip.
        accumulate: batches whose gradients make one step.
        precision: `no` is float32; `bf16` and `fp16` are mixed.
        ema: decay a step of the averaged weights that are validated and saved; None keeps the plain ones.
    """

    name: Literal["adam", "adamw", "relative-adam"] = "adam"
    lr: float = 1e-4
    new_lr: float | None = None
    weight_decay: float = 0.0
    clip: float | None = None
    accumulate: int = 1
    precision: Literal["no", "bf16", "fp16"] = "no"
    ema: float | None = None

    def __post_init__(self) -> None:
        if self.lr <= 0 or (self.new_lr is not None and self.new_lr <= 0):
            raise ValueError(f"optimiser: learning rates must be positive, got {self.lr} and {self.new_lr}")
        if self.accumulate < 1:
            raise ValueError(f"optimiser.accumulate: expected 1 or more, got {self.accumulate}")
        if self.ema is not None and not 0 < self.ema < 1:
            raise ValueError(f"optimiser.ema: expected a decay between 0 and 1, got {self.ema}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig:
    """How long, and the learning rate over time. Either `epochs` or `steps` is given.

    Attributes:
        epochs: passes over the data.
        steps: optimiser steps.
        kind: `step` multiplies by `drop` at each of `drop_at`; `cosine` falls to 1 % along half a wave.
        drop_at: in the unit of `epochs` or `steps`.
        drop: factor.
        warmup: first optimiser steps in which the rate rises from 0.
        max_minutes: ends the run in time, counted over resumes. The schedule then follows whichever is further, steps
            or time, so that a run cut by time still ends at the lowest rate. Such a run is not repeatable.
        save_every: steps between two checkpoints.
    """

    epochs: int | None = None
    steps: int | None = None
    kind: Literal["step", "cosine"] = "step"
    drop_at: tuple[int, ...] = ()
    drop: float = 0.1
    warmup: int = 0
    max_minutes: float | None = None
    save_every: int = 500

    def __post_init__(self) -> None:
        if (self.epochs is None) == (self.steps is None):
            raise ValueError(f"schedule: give either epochs or steps, got {self.epochs} and {self.steps}")
        if (self.epochs or self.steps or 0) < 1:
            raise ValueError(f"schedule: expected 1 epoch or step or more, got {self.epochs or self.steps}")
        if self.max_minutes is not None and not self.max_minutes > 0:
            raise ValueError(f"schedule.max_minutes: expected more than 0, got {self.max_minutes}")
        if self.save_every < 1 or self.warmup < 0:
            raise ValueError(
                f"schedule: expected save_every of 1 or more and warmup of 0 or more, "
                f"got {self.save_every} and {self.warmup}"
            )
