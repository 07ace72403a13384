"""The embeddings of all tracklets. A row keeps its place in memory during the life of its tracklet.

Among hundreds of people some appear or leave in almost every frame. Then only indices are copied, not the hundreds of
numbers of every embedding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EmbeddingStore", "known_embeddings"]

Embeddings = NDArray[np.float32]
Indices = NDArray[np.intp]


@dataclass(slots=True, eq=False)
class _Memory:
    """Rows (C, D); those from `used` on are free."""

    vectors: Embeddings
    used: int


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingStore:
    """T embeddings of size D, float32. A row of zeros is unknown; D is 0 without a Re-ID head."""

    _memory: _Memory
    _places: Indices

    @classmethod
    def of(cls, embeddings: Embeddings) -> EmbeddingStore:
        """A store of the rows (T, D)."""
        n = len(embeddings)
        return cls(_Memory(embeddings, n), np.arange(n))

    @property
    def dim(self) -> int:
        """D."""
        return int(self._memory.vectors.shape[1])

    def known(self) -> NDArray[np.bool_]:
        """Mask of known embeddings, (T,)."""
        return known_embeddings(self._memory.vectors, self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, rows: NDArray[Any] | slice) -> Embeddings:
        """A copy of the chosen rows (mask, indices or slice), (N, D)."""
        return self._memory.vectors.take(self._places[rows], axis=0)

    def __setitem__(self, rows: Indices, embeddings: Embeddings) -> None:
        self._memory.vectors[self._places[rows]] = embeddings

    def kept(self, rows: NDArray[Any]) -> EmbeddingStore:
        """The chosen embeddings (mask or indices), without moving them."""
        return EmbeddingStore(self._memory, self._places[rows])

    def joined(self, new: Embeddings) -> EmbeddingStore:
        """These, followed by new ones (N, D)."""
        memory, places, n = self._memory, self._places, len(new)
        if memory.used + n > len(memory.vectors):
            vectors = np.empty((2 * (len(places) + n), self.dim), np.float32)
            vectors[: len(places)] = self[:]
            memory, places = _Memory(vectors, len(places)), np.arange(len(places))
        first, memory.used = memory.used, memory.used + n
        memory.vectors[first : memory.used] = new
        return EmbeddingStore(memory, np.concatenate([places, np.arange(first, memory.used)]))


def known_embeddings(embeddings: Embeddings, rows: Indices | slice = slice(None)) -> NDArray[np.bool_]:
    """Mask of the rows (C, D) that are known."""
    if not embeddings.shape[1]:
        return np.zeros(len(embeddings[rows]), np.bool_)
    # Only the first number is tested, which is hardly ever zero by chance.
    by_first = embeddings[rows, 0] != 0
    return by_first if np.count_nonzero(by_first) == len(by_first) else np.asarray(embeddings[rows].any(axis=1))
