"""Re-ID during training: whose appearance is read, and the loss that a configuration names."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from outrack.losses import SupervisedReID, cycas_loss, gather_at, utrack_loss
from outrack.models import DenseNetwork
from outrack.models.appearance.body import learned_at
from outrack.training.config.training_config import LossConfig
from outrack.training.data.batch_targets import People

__all__ = ["CycAsReID", "IdentityReID", "ReIDLoss", "ReIDTerm", "UTrackReID", "learned_embeddings", "make_reid"]


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


class CycAsReID(nn.Module):
    """The unsupervised baseline. It uses no identities."""

    def forward(self, embeddings: Tensor, people: People, negative: Tensor) -> ReIDLoss:
        """See `outrack.losses.cycas_loss`."""
        return ReIDLoss(cycas_loss(embeddings, people.pair, people.second, negative))


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
    """The module that `config.reid` names; None for `none`."""
    match config.reid:
        case "utrack":
            return UTrackReID(config)
        case "cycas":
            return CycAsReID()
        case "supervised":
            return IdentityReID(embedding_dim, num_ids)
        case _:
            return None


def learned_embeddings(network: DenseNetwork, embedding: Tensor, people: People) -> Tensor:
    """The learned part of the appearance of labelled people, not normalised, (N, D), read from the map of `network`."""
    if network.body is None:
        return gather_at(embedding, people.image, people.cell)
    return learned_at(embedding, people.image, people.xyxy * network.stride, network.body)
