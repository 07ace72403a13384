"""Averages the weights before training into those after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor

from outrack.models import DenseNetwork

__all__ = ["StartWeights"]


class StartWeights:
    """Averages the initial weights of a training run into its result.

    A network fine-tuned on a few hundred pictures improves on similar pictures and gets worse on others. The mean
    of its weights before and after keeps most of both abilities (Wortsman et al., Robust fine-tuning of zero-shot
    models, CVPR 2022). Heads initialised at random are not averaged.

    Args:
        network: before the first step.
        share: share of the initial weights in the average, 0 to 1.
        new_heads: heads with random initial weights.
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
        """The average; `tensors` are not changed."""
        return {
            name: value.lerp(self._tensors[name].to(value), self._share) if name in self._tensors else value
            for name, value in tensors.items()
        }
