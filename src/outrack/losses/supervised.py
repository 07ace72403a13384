"""FairMOT's supervised Re-ID: one class per identity. The baseline that needs identity labels, and grows with their
number."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize

from outrack.losses.precision import at_least_float32

__all__ = ["SupervisedReID", "embedding_scale", "supervised_reid_loss"]


def embedding_scale(num_ids: int) -> float:
    """sqrt(2) ln(num_ids - 1), FairMOT's sharpness of the softmax over identities.

    For one identity this is undefined, and for two it is 0, which would disconnect the embedding from the loss. Both
    use the value of three identities.
    """
    return math.sqrt(2) * math.log(max(num_ids - 1, 2))


def supervised_reid_loss(embeddings: Tensor, ids: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Cross entropy of a linear classifier on scaled unit embeddings, averaged over objects with known identity.

    Args:
        embeddings: appearance, not normalised, (N, D), any float type.
        ids: identity of each object, 0 to num_ids - 1, or -1 where unknown, int64 (N,).
        weight: classifier, (num_ids, D).
        bias: (num_ids,).

    Returns:
        Scalar; 0 if no identity is known.
    """
    with torch.autocast(embeddings.device.type, enabled=False):
        directions = normalize(at_least_float32(embeddings), eps=1e-6)
        logits = linear(embedding_scale(len(weight)) * directions, weight, bias)  # (N, num_ids)
        loss = cross_entropy(logits, ids, ignore_index=-1, reduction="sum")
        return loss / (ids != -1).sum().clamp(min=1)


class SupervisedReID(nn.Module):
    """The classifier, num_ids * (embedding_dim + 1) parameters; used in training only."""

    def __init__(self, embedding_dim: int, num_ids: int) -> None:
        super().__init__()
        if num_ids < 1:
            raise ValueError(f"num_ids must be 1 or more, got {num_ids}. Does the training data have identities?")
        self.classifier = nn.Linear(embedding_dim, num_ids)

    def forward(self, embeddings: Tensor, ids: Tensor) -> Tensor:
        """See `supervised_reid_loss`."""
        return supervised_reid_loss(embeddings, ids, self.classifier.weight, self.classifier.bias)
