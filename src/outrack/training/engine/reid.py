"""Re-ID during training: reads the appearance of people, and applies the loss selected by the configuration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import NamedTuple

from torch import Tensor, nn

from outrack.losses import SupervisedReID, cycas_loss, gather_at, utrack_loss
from outrack.models import DenseNetwork
from outrack.models.appearance.body import learned_at
from outrack.training.config.training_config import LossConfig
from outrack.training.data.batch_targets import People

__all__ = ["IdentityReID", "PairReID", "ReIDLoss", "ReIDTerm", "UTrackReID", "learned_embeddings", "make_reid"]


class ReIDTerm(NamedTuple):
    """One term of the Re-ID loss for the log; a scalar."""

    name: str
    value: Tensor


class ReIDLoss(NamedTuple):
    """The Re-ID loss, a scalar, and its terms."""

    total: Tensor
    parts: tuple[ReIDTerm, ...] = ()


class UTrackReID(nn.Module):
    """The paper's unsupervised loss. It uses no identities."""

    def __init__(self, config: LossConfig) -> None:
        super().__init__()
        self._config = config

    def forward(self, embeddings: Tensor, people: People, negative: Tensor) -> ReIDLoss:
        """See `outrack.losses.utrack_loss`."""
        loss = utrack_loss(
            embeddings,
            people.pair,
            people.second,
            negative,
            temperature=self._config.temperature,
            placeholder=self._config.placeholder,
            margin=self._config.margin,
            intra_weight=self._config.intra_weight,
            inter_weight=self._config.inter_weight,
            cycle_weight=self._config.cycle_weight,
            negatives=self._config.negatives,
            normalise=self._config.normalise,
        )
        parts = zip(loss._fields[1:], loss[1:], strict=True)
        return ReIDLoss(loss.total, tuple(ReIDTerm(name, value) for name, value in parts))


class PairReID(nn.Module):
    """A loss of frame pairs that needs no identities, such as CycAs.

    Args:
        loss: maps embeddings (N, D), pairs (N,), second (N,) and negative (P,) to a scalar; see `cycas_loss`. Its
            settings are bound.
    """

    def __init__(self, loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self._loss = loss

    @classmethod
    def named(cls, name: str) -> PairReID:
        """The loss function `NAME_loss` of `outrack/losses/NAME.py`, whose settings are its defaults."""
        return cls(getattr(import_module(f"outrack.losses.{name}"), f"{name}_loss"))

    def forward(self, embeddings: Tensor, people: People, negative: Tensor) -> ReIDLoss:
        """The loss of all pairs of a batch."""
        return ReIDLoss(self._loss(embeddings, people.pair, people.second, negative))


class IdentityReID(nn.Module):
    """FairMOT's supervised baseline: a classifier over all identities of the training data."""

    def __init__(self, embedding_dim: int, num_ids: int) -> None:
        super().__init__()
        self.supervised = SupervisedReID(embedding_dim, num_ids)

    def forward(self, embeddings: Tensor, people: People, negative: Tensor) -> ReIDLoss:
        """See `outrack.losses.SupervisedReID`; only current images count, as in FairMOT."""
        first = ~people.second
        return ReIDLoss(self.supervised(embeddings[first], people.identity[first]))


def make_reid(config: LossConfig, *, embedding_dim: int, num_ids: int) -> nn.Module | None:
    """The module for `config.reid`; None for `none`."""
    name: str = config.reid  # a loss that is added to `ReIDName` needs no case here
    match name:
        case "none":
            return None
        case "utrack":
            return UTrackReID(config)
        case "supervised":
            return IdentityReID(embedding_dim, num_ids)
        case "cycas":
            return PairReID(partial(cycas_loss, temperature=config.temperature, margin=config.margin))
        case _:
            return PairReID.named(name)


def learned_embeddings(network: DenseNetwork, embedding: Tensor, people: People) -> Tensor:
    """The learned part of the appearance of labelled people, not normalised, (N, D), read from the map of `network`."""
    if network.body is None:
        return gather_at(embedding, people.image, people.cell)
    return learned_at(embedding, people.image, people.xyxy * network.stride, network.body)
