"""What a network knew before it was trained, kept by averaging weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor

from outrack.models import DenseNetwork

__all__ = ["StartWeights"]


class StartWeights:
    """Mixes the weights that a training started from into those that it found.

    A network that learns from a few hundred pictures gets better on what they show and worse on everything else. The
    mean of its weights before and after keeps most of both (Wortsman et al., Robust fine-tuning of zero-shot models,
    CVPR 2022). Heads that started at random are as they were learned.

    Args:
        network: as it is before the first step.
        share: of the start in the mixture, 0 to 1.
        new_heads: heads that have no start worth keeping.
    """

    def __init__(self, network: DenseNetwork, share: float, new_heads: Iterable[str]) -> None:
        prefixes = tuple(network.prefix_of(head) for head in new_heads)
        self._share = share
        self._tensors = {
            name: value.detach().clone()
            for name, value in network.state_dict().items()
            if value.is_floating_point() and not name.startswith(prefixes)
        }

    def mixed_into(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The mixture; `tensors` stay as they are."""
        return {
            name: value.lerp(self._tensors[name].to(value), self._share) if name in self._tensors else value
            for name, value in tensors.items()
        }
