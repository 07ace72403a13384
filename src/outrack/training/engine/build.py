"""Builds the network and its losses from a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch

from outrack.models import (
    COCO_HEADS,
    DenseNetwork,
    DenseOutrack,
    Head,
    MobileOutrack,
    Provenance,
    Transfer,
    architecture_of,
    bundled_network,
    centertrack_heads,
    coco_start,
    create,
    dense_outrack_heads,
    extra_heads,
    fairmot_heads,
    fill_network,
    load_foreign,
    read_provenance,
)
from outrack.models.shared_batch_norm import share_statistics
from outrack.training.config.training_config import LossConfig, ModelConfig
from outrack.training.engine.freezing import freeze_all_but
from outrack.training.engine.reid import make_reid
from outrack.training.engine.step import TrainingStep, TwoFrameStep

__all__ = ["Built", "build_network", "build_step"]

FOREIGN = (".pth", ".pt", ".tar", ".ckpt")
"""File endings of other projects' checkpoints."""


class Built(NamedTuple):
    """A network with its initial weights.

    Attributes:
        network: the network.
        new_heads: names of the heads that `model.init` does not contain; all heads without `model.init`.
        transfer: what was loaded from a checkpoint of another project; None for weights of outrack or random ones.
        origin: provenance of the weights of `model.init`; None without it.
    """

    network: DenseNetwork
    new_heads: tuple[str, ...]
    transfer: Transfer | None = None
    origin: Provenance | None = None


def build_network(config: ModelConfig) -> Built:
    """The network of `config` with its initial weights.

    Raises:
        ValueError: unknown architecture, head or neck, or initial weights that do not fit.
        FileNotFoundError: no such weights file.
    """
    options = {} if config.neck is None else {"neck": str(config.neck)}
    network = create(config.architecture, heads=_heads(config), **options)
    if config.init is None:
        built = Built(network, tuple(head.name for head in network.heads))
    else:
        built = _started(network, _start(config.init, config.architecture))
    if config.trainable:
        freeze_all_but(network, config.trainable)
    return built


def _start(init: str, architecture: str) -> Path:
    """The file that `init` refers to."""
    if init in ("coco", "default") and not architecture_of(architecture).has_coco_heads:
        raise ValueError(
            f"model.init: no weights of {architecture} are bundled, got {init!r}; "
            "expected a weights file (--init-from FILE), or none for random weights (--init-from none)"
        )
    if init == "coco" or (init == "default" and architecture != MobileOutrack.architecture):
        return coco_start()
    return bundled_network() if init == "default" else Path(init)


def _started(network: DenseNetwork, start: Path) -> Built:
    """The network with the weights of a file, of outrack or of another project."""
    if start.suffix not in FOREIGN:
        unknown = fill_network(network, start)
        return Built(network, unknown, origin=read_provenance(start))
    transfer = load_foreign(network, start)
    prefixes = {head.name: network.prefix_of(head.name) for head in network.heads}
    new = [head for head, prefix in prefixes.items() if any(name.startswith(prefix) for name in transfer.missing)]
    return Built(network, tuple(new), transfer, Provenance(f"{start.name}, from another project", "unknown"))


def build_step(
    network: DenseNetwork, config: LossConfig, *, num_ids: int, one_batch: bool = False, merge: int = 1
) -> TrainingStep | TwoFrameStep:
    """The network with its losses; `num_ids` is used only by supervised Re-ID.

    With `one_batch`, batch normalisation uses the statistics of all processes, and up to `merge` pairs of all processes
    count as one large pair.
    """
    if one_batch:
        share_statistics(network)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stub
    if network.uses_previous_frame():
        return TwoFrameStep(network, config)
    reid = make_reid(config, embedding_dim=network.learned_dim, num_ids=num_ids)
    return TrainingStep(network, reid, config, merge=merge)


def _heads(config: ModelConfig) -> tuple[Head, ...]:
    """The heads of the architecture, and the additional ones of the configuration."""
    architecture = architecture_of(config.architecture)
    uses_previous_frame = architecture.uses_previous_frame()
    if uses_previous_frame and config.embedding_dim:
        raise ValueError(f"model.embedding_dim: {config.architecture} has none; expected 0, got {config.embedding_dim}")
    if issubclass(architecture, DenseOutrack):
        return _dense_heads(config)
    if architecture.has_coco_heads:
        return _coco_heads(config, displacement=uses_previous_frame)
    hidden, convolution = config.hidden or 256, config.convolution or "dense"
    if not uses_previous_frame:
        return fairmot_heads(
            embedding_dim=config.embedding_dim, occlusion=config.occlusion, hidden=hidden, convolution=convolution
        )
    return centertrack_heads(occlusion=config.occlusion, hidden=hidden, convolution=convolution)


def _dense_heads(config: ModelConfig) -> tuple[Head, ...]:
    for name in ("hidden", "convolution"):
        if getattr(config, name) is not None:
            raise ValueError(f"model.{name}: fixed for the heads of {config.architecture}; omit it")
    return dense_outrack_heads(offset=True, embedding_dim=config.embedding_dim, occlusion=config.occlusion)


def _coco_heads(config: ModelConfig, *, displacement: bool) -> tuple[Head, ...]:
    hidden, convolution = config.hidden or 64, config.convolution or "separable"
    extra = extra_heads(
        offset=True,
        embedding_dim=config.embedding_dim,
        occlusion=config.occlusion,
        hidden=hidden,
        convolution=convolution,
    )
    moved = (Head("displacement", 2, 0.0, hidden, convolution),) if displacement else ()
    return (*COCO_HEADS, *moved, *extra)
