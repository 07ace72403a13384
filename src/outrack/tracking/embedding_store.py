"""The appearances of all tracklets, each in a place that it keeps for as long as the tracklet is known.

Among hundreds of people some come or go in almost every frame. Only the places of the others are moved then, and not
hundreds of numbers of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Looks", "known_looks"]

Embeddings = NDArray[np.float32]
Indices = NDArray[np.intp]


@dataclass(slots=True, eq=False)
class _Room:
    """Rows (C, D), of which those from `used` on are free."""

    vectors: Embeddings
    used: int


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """T appearances of size D, float32. A row of zeros says that none is known; D is 0 without a Re-ID head."""

    _room: _Room
    _places: Indices

    @classmethod
    def of(cls, embeddings: Embeddings) -> Looks:
        """Those of the rows (T, D)."""
        n = len(embeddings)
        return cls(_Room(embeddings, n), np.arange(n))

    @property
    def dim(self) -> int:
        """D."""
        return int(self._room.vectors.shape[1])

    def known(self) -> NDArray[np.bool_]:
        """Which of them are known, (T,)."""
        return known_looks(self._room.vectors, self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, rows: NDArray[Any] | slice) -> Embeddings:
        """A copy of the chosen rows (mask, indices or slice), (N, D)."""
        return self._room.vectors.take(self._places[rows], axis=0)

    def __setitem__(self, rows: Indices, embeddings: Embeddings) -> None:
        self._room.vectors[self._places[rows]] = embeddings

    def kept(self, rows: NDArray[Any]) -> Looks:
        """The chosen ones (mask or indices), in their places."""
        return Looks(self._room, self._places[rows])

    def joined(self, new: Embeddings) -> Looks:
        """These, and behind them new ones (N, D)."""
        room, places, n = self._room, self._places, len(new)
        if room.used + n > len(room.vectors):
            vectors = np.empty((2 * (len(places) + n), self.dim), np.float32)
            vectors[: len(places)] = self[:]
            room, places = _Room(vectors, len(places)), np.arange(len(places))
        first, room.used = room.used, room.used + n
        room.vectors[first : room.used] = new
        return Looks(room, np.concatenate([places, np.arange(first, room.used)]))


def known_looks(embeddings: Embeddings, rows: Indices | slice = slice(None)) -> NDArray[np.bool_]:
    """Which of the rows of embeddings (C, D) are an appearance."""
    # The first number alone, since it is hardly ever zero by chance.
    by_first = embeddings[rows, :1].any(axis=1)
    return np.asarray(by_first if by_first.all() else embeddings[rows].any(axis=1))
