"""From a configuration to a network that is ready to be trained."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch

from outrack.models import COCO_HEADS, DenseNetwork, Head, coco_start, create, extra_heads, fill_network
from outrack.models.heads import CENTRE_BIAS
from outrack.training.config import LossConfig, ModelConfig
from outrack.training.freezing import freeze_all_but
from outrack.training.step import TrainingStep, make_reid

__all__ = ["Built", "build_network", "build_step"]


class Built(NamedTuple):
    """A network and the names of those of its heads that start at random; all of them without `model.init`."""

    network: DenseNetwork
    new_heads: tuple[str, ...]


def build_network(config: ModelConfig) -> Built:
    """The network of `config` with its start weights.

    Raises:
        ValueError: unknown architecture, a head to train that it has not, or start weights that do not fit.
        FileNotFoundError: no such weights file.
    """
    network = create(config.architecture, heads=_heads(config))
    if config.init is None:
        new_heads = tuple(head.name for head in network.heads)
    else:
        start = coco_start() if config.init == "default" else Path(config.init)
        new_heads = fill_network(network, start)
    if config.trainable:
        freeze_all_but(network, config.trainable)
    return Built(network, new_heads)


def build_step(network: DenseNetwork, config: LossConfig, *, num_ids: int) -> TrainingStep:
    """The network with its losses; `num_ids` is used by supervised Re-ID only."""
    return TrainingStep(
        network.to(memory_format=torch.channels_last),  # type: ignore[call-overload]  # torch's own stub lacks it
        make_reid(config, embedding_dim=network.embedding_dim, num_ids=num_ids),
        weights=config.detection,
        id_weight=config.id_weight,
        balance=config.balance,
        occlusion_normalise=config.occlusion_normalise,
    )


def _heads(config: ModelConfig) -> tuple[Head, ...]:
    if config.architecture.startswith("mobile"):
        detection: tuple[Head, ...] = COCO_HEADS
    else:
        detection = (
            Head("centres", 1, CENTRE_BIAS, config.hidden, config.convolution),
            Head("ltrb", 4, 0.0, config.hidden, config.convolution),
        )
    extra = extra_heads(
        offset=True,
        embedding_dim=config.embedding_dim,
        occlusion=config.occlusion,
        hidden=config.hidden,
        convolution=config.convolution,
    )
    return (*detection, *extra)
