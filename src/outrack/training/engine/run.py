"""State of a training run: what changes from step to step, and how it is saved and resumed."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import send_to_device
from torch import Tensor
from torch.optim import Optimizer

from outrack.losses import counted_over_processes
from outrack.models import DenseNetwork, Provenance, save_network
from outrack.models.weights import check_finite
from outrack.training.config.config_file import dump_config, parse_config
from outrack.training.config.training_config import TrainingConfig
from outrack.training.data.examples import Batch
from outrack.training.data.two_frame import TwoFrameBatch
from outrack.training.engine.checkpoint import (
    RunProgress,
    TrainingState,
    read_state,
    write_atomically,
    write_state,
)
from outrack.training.engine.log import MeanLosses
from outrack.training.engine.optimiser import MovingAverage
from outrack.training.engine.resume import check_same_settings, shares_on
from outrack.training.engine.running_statistics import RunningStatistics
from outrack.training.engine.start_weights import StartWeights
from outrack.training.engine.step import StepLoss, TrainingStep, TwoFrameStep
from outrack.training.engine.step_shares import StepShares

__all__ = ["Run"]


class Run:
    """Network, optimiser and progress of one training.

    Attributes:
        shares: the division of a step among processes.
        losses: terms of the loss since the last line of the log.

    Args:
        config: settings of the whole run.
        folder: folder of the checkpoints.
        accelerator: device, precision and processes.
        step: network and losses; moved to the device.
        optimiser: optimiser of the step's parameters.
        new_heads: heads of the network that are not in its initial weights.
        origin: provenance of the initial weights; written to the weights files after that of this run.
    """

    def __init__(
        self,
        config: TrainingConfig,
        folder: Path,
        accelerator: Accelerator,
        step: TrainingStep | TwoFrameStep,
        optimiser: Optimizer,
        *,
        new_heads: Iterable[str] = (),
        origin: Provenance | None = None,
    ) -> None:
        self.progress = RunProgress()
        self.losses = MeanLosses()
        self.shares = StepShares.of(config, accelerator.num_processes)
        self._settings_for = accelerator.num_processes  # the number of processes that the settings refer to
        self.config, self._folder, self.accelerator = config, folder, accelerator
        learned = Provenance(config.trained_on, config.licence)
        self._provenance = learned if origin is None else learned.after(origin)
        # The prepared objects are wrapped for precision and processes; the plain ones are saved and averaged.
        self._step, self.optimiser = step, optimiser
        self._prepared_step, self._prepared_optimiser = accelerator.prepare(step, optimiser)
        share = config.model.start_share
        self._start = StartWeights(step.network, share, new_heads) if share else None
        decay = config.optimiser.ema
        self._average = None if decay is None else MovingAverage(step.network, decay)

    def one_step(self, batches: Sequence[Batch | TwoFrameBatch]) -> dict[str, float]:
        """Do one optimiser step on its batches, and return the terms of the loss, averaged over the batches of all
        processes.

        Raises:
            FloatingPointError: a term, or the gradient, is not finite; the weights are then unchanged.
        """
        parts: dict[str, float] = {}
        divided = len(batches) * self.shares.processes > 1
        statistics = RunningStatistics(self._step.network) if divided else None
        for number, drawn in enumerate(batches, start=1):
            batch = send_to_device(drawn, self.accelerator.device, non_blocking=True)
            # Processes exchange gradients once a step, with the last batch.
            with nullcontext() if number == len(batches) else self.accelerator.no_sync(self._prepared_step):
                with counted_over_processes(enabled=self.config.optimiser.one_batch):
                    loss: StepLoss = self._prepared_step(batch)
                values = {name: float(value.detach()) for name, value in loss.named()}
                self._check_finite(values, batch)
                self.accelerator.backward(loss.total / len(batches))
            if statistics is not None:
                statistics.after_batch()
            for name, value in values.items():
                parts[name] = parts.get(name, 0.0) + value / len(batches)
        if statistics is not None:
            statistics.end_step()
        clip = math.inf if self.config.optimiser.clip is None else self.config.optimiser.clip
        norm = self.accelerator.clip_grad_norm_(self._prepared_step.parameters(), clip)
        self._check_gradient(norm, batches)
        self._prepared_optimiser.step()
        self._prepared_optimiser.zero_grad(set_to_none=True)
        if self._average is not None:
            self._average.update(self._step.network, self.progress.step)
        self.progress = replace(self.progress, step=self.progress.step + 1)
        means = self._over_processes(parts)
        self.losses.add(means)
        return means

    def _over_processes(self, losses: dict[str, float]) -> dict[str, float]:
        if self.shares.processes == 1:
            return losses
        values = torch.tensor(list(losses.values()), device=self.accelerator.device)
        means = self.accelerator.reduce(values, "mean").tolist()
        return dict(zip(losses, means, strict=True))

    def network(self) -> DenseNetwork:
        """The network to validate and to save, in evaluation mode: a copy, averaged over steps and with its initial
        weights."""
        network = copy.deepcopy(self._step.network).eval()
        tensors = network.state_dict() if self._average is None else self._average.tensors
        network.load_state_dict(tensors if self._start is None else self._start.mixed_into(tensors))
        return network

    def save(self) -> None:
        """Write `last.pt` and `last.safetensors`, in the main process only.

        Raises:
            FloatingPointError: a weight is not finite; the previous files are kept.
            OSError: they cannot be written; the previous files are kept.
        """
        if not self.accelerator.is_main_process:
            return
        self._check_weights(self._step.state_dict())
        state = TrainingState(
            config=dump_config(self.config),
            progress=self.progress,
            model=self._step.state_dict(),
            averaged=None if self._average is None else self._average.tensors,
            optimiser=self.optimiser.state_dict(),
            scaler=None if self.accelerator.scaler is None else self.accelerator.scaler.state_dict(),
            random=torch.get_rng_state(),
            processes=self._settings_for,
            losses=(self.losses.sums, self.losses.steps),
        )
        write_state(state, self._folder / "last.pt")
        self.save_network("last", self.network())

    def save_network(self, name: str, network: DenseNetwork) -> None:
        """Write `<name>.safetensors`, in the main process only. Raises the errors of `save`."""
        if self.accelerator.is_main_process:
            self._check_weights(network.state_dict())
            path = self._folder / f"{name}.safetensors"
            settings = {"step": self.progress.step, "config": asdict(self.config)}
            write_atomically(
                path,
                lambda unfinished: save_network(network, unfinished, provenance=self._provenance, settings=settings),
            )

    def load(self) -> None:
        """Continue from `last.pt`, with the same pairs in each step on any number of processes that can divide them
        evenly. Warns if they cannot.

        Raises:
            FileNotFoundError: there is no checkpoint.
            ValueError: it has another configuration, network or optimiser.
        """
        path = self._folder / "last.pt"
        state = read_state(path)
        check_same_settings(self.config, parse_config(state.config), path)
        try:
            self._step.load_state_dict(state.model)
            self.optimiser.load_state_dict(state.optimiser)
            if self._average is not None and state.averaged is not None:
                self._average.load(state.averaged)
        except (RuntimeError, ValueError, KeyError) as error:
            raise ValueError(f"{path}: this checkpoint belongs to another network ({error})") from error
        if self.accelerator.scaler is not None and state.scaler is not None:
            self.accelerator.scaler.load_state_dict(state.scaler)
        torch.set_rng_state(state.random)
        self.progress, self.losses = state.progress, MeanLosses(*state.losses)
        resumed = shares_on(state.processes, self.shares.processes, self.config, path)
        if resumed is not None:
            self.shares, self._settings_for = resumed, state.processes

    def _check_finite(self, values: dict[str, float], batch: Batch | TwoFrameBatch) -> None:
        bad = [name for name, value in values.items() if not math.isfinite(value)]
        if bad:
            raise FloatingPointError(
                f"step {self.progress.step}: the loss is not finite ({', '.join(bad)}) for the images "
                f"{', '.join(dict.fromkeys(batch.names))}. The terms are {values}. Check the labels of these images, "
                "or lower optimiser.lr."
            )

    def _check_gradient(self, norm: Tensor | float | None, batches: Sequence[Batch | TwoFrameBatch]) -> None:
        """Refuse a step that would make every weight NaN. In half precision the scaler itself skips such steps and
        lowers its scale."""
        if norm is None or self.accelerator.scaler is not None or math.isfinite(float(norm)):
            return
        names = ", ".join(dict.fromkeys(name for batch in batches for name in batch.names))
        raise FloatingPointError(
            f"step {self.progress.step}: the gradient is not finite for the images {names}. Check the labels of "
            "these images, or lower optimiser.lr; the previous checkpoints are kept."
        )

    def _check_weights(self, tensors: Mapping[str, Tensor]) -> None:
        try:
            check_finite(tensors, f"step {self.progress.step}")
        except ValueError as error:
            raise FloatingPointError(
                f"{error}: the training failed; the previous checkpoints are kept. Start a new run from them (--init) "
                "with a lower optimiser.lr"
            ) from error
