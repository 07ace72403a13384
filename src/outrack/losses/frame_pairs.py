"""Similarities of the objects of a batch of frame pairs, padded to the most crowded pair."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from outrack.losses.precision import at_least_float32

__all__ = ["LOWEST", "PairSimilarities", "pair_similarities", "softmax_temperature"]

# Represents minus infinity in a softmax. It is finite, so rows in which every column is masked do not become NaN.
LOWEST = torch.finfo(torch.float32).min


class PairSimilarities(NamedTuple):
    """P pairs of frames, each padded to L objects. Objects of the two frames may be in any order.

    Attributes:
        cosine: S of paper Eq. 1 before its diagonal is masked, float (P, L, L).
        others: the candidates of an object, every other object of its pair, bool (P, L, L).
        present: False marks padding, bool (P, L).
        second: True marks objects of the pair's second frame, bool (P, L).
    """

    cosine: Tensor
    others: Tensor
    present: Tensor
    second: Tensor

    @property
    def same_frame(self) -> Tensor:
        """Both objects are of one frame, bool (P, L, L)."""
        return self.second[:, :, None] == self.second[:, None, :]

    @property
    def num_first(self) -> Tensor:
        """Objects in the first frame of each pair, int64 (P,)."""
        return (self.present & ~self.second).sum(1)

    @property
    def num_second(self) -> Tensor:
        """Objects in the second frame of each pair, int64 (P,)."""
        return (self.present & self.second).sum(1)


def softmax_temperature(columns: Tensor, fixed: float | None, dtype: torch.dtype) -> Tensor:
    """T of paper Eq. 2 for rows with C = `columns` to choose from: 2 ln(C + 1), unless it is `fixed`."""
    if fixed is not None:
        return torch.full_like(columns, fixed, dtype=dtype)
    return 2 * (columns + 1).to(dtype).log()


def pair_similarities(embeddings: Tensor, pair: Tensor, second: Tensor, num_pairs: int) -> PairSimilarities:
    """Cosine similarity of all objects that share a pair, in float32 regardless of autocast.

    Padding costs P * L^2 numbers for the most crowded pair's L; the alternative, one block of all objects with the
    pairs on its diagonal, costs (P * L)^2.

    Args:
        embeddings: appearance, not normalised, (N, D).
        pair: pair of each object, 0 to num_pairs - 1, int64 (N,), in any order.
        second: whether the object is of its pair's second frame, bool (N,).
        num_pairs: P; a pair may be empty.

    Raises:
        ValueError: the lengths differ, or an object names a pair that does not exist.
    """
    n = len(embeddings)
    if embeddings.ndim != 2 or pair.shape != (n,) or second.shape != (n,):
        raise ValueError(
            f"expected embeddings (N, D), pair (N,) and second (N,), got {tuple(embeddings.shape)}, "
            f"{tuple(pair.shape)} and {tuple(second.shape)}"
        )
    counts = torch.bincount(pair, minlength=num_pairs)  # (P,)
    if len(counts) > num_pairs:
        raise ValueError(f"pair must lie in 0..{num_pairs - 1}, as there are {num_pairs} pairs, got {len(counts) - 1}")
    length = max([1, *counts.tolist()])  # at least one column, because an empty row has no maximum
    order = torch.argsort(pair, stable=True)
    row = pair[order]
    slot = torch.arange(n, device=pair.device) - (counts.cumsum(0) - counts)[row]

    with torch.autocast(embeddings.device.type, enabled=False):
        # With this eps an embedding of zeros has similarity 0 and a bounded gradient.
        directions = normalize(at_least_float32(embeddings), eps=1e-6)
        padded = directions.new_zeros(num_pairs, length, embeddings.shape[1])
        padded = padded.index_put((row, slot), directions[order])  # (P, L, D)
        cosine = padded @ padded.mT
    present = torch.arange(length, device=pair.device) < counts[:, None]
    itself = torch.eye(length, dtype=torch.bool, device=pair.device)
    others = present[:, :, None] & present[:, None, :] & ~itself
    in_second = torch.zeros_like(present).index_put((row, slot), second.bool()[order])
    return PairSimilarities(cosine, others, present, in_second)
