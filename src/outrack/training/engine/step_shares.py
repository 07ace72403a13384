"""How the pairs of an optimiser step are divided among processes, and how a resumed run divides them again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from outrack.training.config.training_config import TrainingConfig

__all__ = ["StepShares"]


@dataclass(frozen=True, slots=True)
class StepShares:
    """The division of a step.

    Attributes:
        pairs: pairs in one batch of one process.
        accumulate: batches of one process in a step.
        processes: number of processes.
    """

    pairs: int
    accumulate: int
    processes: int

    @classmethod
    def of(cls, config: TrainingConfig, processes: int) -> StepShares:
        """The division that the settings give for this number of processes."""
        return cls(config.data.pairs, config.optimiser.accumulate, processes)

    @property
    def total(self) -> int:
        """Pairs in a step, over all processes."""
        return self.pairs * self.accumulate * self.processes

    def on(self, processes: int, *, one_batch: bool) -> StepShares | None:
        """The division of the same steps, with the same pairs in the same batches, among another number of processes;
        None if they cannot be divided evenly.

        Args:
            processes: their number.
            one_batch: the batches of all processes count as one, which is then divided again; otherwise every batch
                stays whole, and each process accumulates more or fewer of them.
        """
        divided = (self.pairs if one_batch else self.accumulate) * self.processes
        if divided % processes:
            return None
        share = divided // processes
        return replace(self, processes=processes, **{"pairs" if one_batch else "accumulate": share})
