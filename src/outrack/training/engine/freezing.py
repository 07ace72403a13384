"""Freezes a network except for some heads."""

from __future__ import annotations

from collections.abc import Collection

from outrack.models import DenseNetwork

__all__ = ["freeze_all_but"]


def freeze_all_but(network: DenseNetwork, heads: Collection[str]) -> None:
    """Make only the named heads of `network` trainable, in place.

    All other parameters get no gradient, and their layers are put in evaluation mode, so that batch normalisation keeps
    its statistics. Layers below the trainable heads then need no backward pass.

    Raises:
        ValueError: the network has no such head.
    """
    known = [head.name for head in network.heads]
    unknown = [head for head in heads if head not in known]
    if unknown:
        raise ValueError(f"model.trainable: unknown heads {', '.join(unknown)}; the network has {', '.join(known)}")
    learning = tuple(network.prefix_of(head) for head in heads)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(learning))
    for name, module in network.named_modules():
        if not f"{name}.".startswith(learning):
            module.training = False
