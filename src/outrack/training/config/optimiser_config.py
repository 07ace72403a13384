"""Settings of the optimiser and of the length of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["OptimiserConfig", "ScheduleConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """How the loss is minimised.

    Attributes:
        name: `adam` (the paper), `adamw`, or `relative-adam`, whose rates are relative to the magnitude of the weights
            (1e-3 to 5e-3): for fine-tuning the bundled networks, whose weights differ in magnitude by a factor of
            100,000.
        lr: learning rate of weights loaded from `model.init`.
        new_lr: learning rate of losses, and of heads that `model.init` does not contain; None is `lr`.
        weight_decay: weight decay of matrices and kernels; biases and gains are not decayed.
        clip: largest norm of the gradient; None does not clip.
        accumulate: batches whose gradients are accumulated into one step.
        precision: `no` is float32; `bf16` and `fp16` are mixed.
        one_batch: the batches of all processes count as one: losses are divided by the objects of all, `data.merge`
            merges pairs of all, and batch normalisation has the statistics of all. N processes then learn what one
            learns with N times the pairs.
        ema: decay per step of the averaged weights that are validated and saved; None uses the plain weights.
    """

    name: Literal["adam", "adamw", "relative-adam"] = "adam"
    lr: float = 1e-4
    new_lr: float | None = None
    weight_decay: float = 0.0
    clip: float | None = None
    accumulate: int = 1
    precision: Literal["no", "bf16", "fp16"] = "no"
    one_batch: bool = False
    ema: float | None = None

    def __post_init__(self) -> None:
        if self.lr <= 0 or (self.new_lr is not None and self.new_lr <= 0):
            raise ValueError(f"optimiser: learning rates must be positive, got {self.lr} and {self.new_lr}")
        if self.accumulate < 1:
            raise ValueError(f"optimiser.accumulate: expected 1 or more, got {self.accumulate}")
        if self.weight_decay < 0:
            raise ValueError(f"optimiser.weight_decay: expected 0 or more, got {self.weight_decay}")
        if self.clip is not None and not self.clip > 0:
            raise ValueError(f"optimiser.clip: expected a positive norm, or null for no clipping, got {self.clip}")
        if self.ema is not None and not 0 < self.ema < 1:
            raise ValueError(f"optimiser.ema: expected a decay between 0 and 1, got {self.ema}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig:
    """Length of the run, and the learning rate over time. Either `epochs` or `steps` is given.

    Attributes:
        epochs: passes over the data.
        steps: optimiser steps.
        kind: `step` multiplies by `drop` at each of `drop_at`; `cosine` decays to 1 % along half a cosine.
        drop_at: in the unit of `epochs` or `steps`.
        drop: factor.
        warmup: first optimiser steps in which the rate rises from 0.
        max_minutes: time limit of the run, counted over resumes. The schedule then follows whichever is further along,
            steps or time, so that a run limited by time still ends at the lowest rate. Such a run is not reproducible.
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
            raise ValueError(f"schedule: expected at least 1 epoch or step, got {self.epochs or self.steps}")
        if not 0 < self.drop <= 1:
            raise ValueError(f"schedule.drop: expected a factor above 0, at most 1, got {self.drop}")
        if self.max_minutes is not None and not self.max_minutes > 0:
            raise ValueError(f"schedule.max_minutes: expected more than 0, got {self.max_minutes}")
        if self.save_every < 1 or self.warmup < 0:
            raise ValueError(
                f"schedule: expected save_every of 1 or more and warmup of 0 or more, "
                f"got {self.save_every} and {self.warmup}"
            )
