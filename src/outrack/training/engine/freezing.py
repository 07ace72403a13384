"""Training some heads of a network and nothing else."""

from __future__ import annotations

from collections.abc import Collection

from outrack.models import DenseNetwork

__all__ = ["freeze_all_but"]


def freeze_all_but(network: DenseNetwork, heads: Collection[str]) -> None:
    """Let only the named heads of `network` learn; changes it in place.

    All other parameters take no gradient, and their layers go to evaluation mode, so that batch normalisation keeps
    its statistics. Features below the learning heads then need no backward pass.

    Raises:
        ValueError: the network has no such head.
    """
    known = [head.name for head in network.heads]
    unknown = [head for head in heads if head not in known]
    if unknown:
        raise ValueError(f"model.trainable: no head is called {', '.join(unknown)}; there are {', '.join(known)}")
    learning = tuple(network.prefix_of(head) for head in heads)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(learning))
    for name, module in network.named_modules():
        if not f"{name}.".startswith(learning):
            module.training = False
