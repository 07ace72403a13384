"""The graphs of GSM: the neighbours of each track, their relative positions, and their appearance.

See `outrack.tracking.refinders.graphs` for the rule that uses them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xyxy_to_cxcywh

__all__ = [
    "NO_NEIGHBOUR",
    "SMALLEST_SIDE",
    "Graphs",
    "SeenTracks",
    "nearest",
    "relations",
    "relocate",
    "squared_distances",
]

Floats = NDArray[np.float64]
Embeddings = NDArray[np.float32]
Ints = NDArray[np.int64]

NO_NEIGHBOUR = 0
"""Padding of graphs with fewer neighbours; ids start at 1."""
SMALLEST_SIDE = 1.0
"""Minimum size in pixels: avoids division by zero, and is no setting."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenTracks:
    """The tracks that are detected in this frame.

    Attributes:
        ids: int64 (J,).
        xyxy: boxes, (J, 4).
        embeddings: appearance, L2-normalised, (J, D); D is 0 without a Re-ID head.
    """

    ids: Ints
    xyxy: Floats
    embeddings: Embeddings


@dataclass(frozen=True, slots=True, eq=False)
class Graphs:
    """G remembered graphs, one per track, with K neighbours each.

    Attributes:
        ids: the tracks they belong to, ascending, int64 (G,).
        neighbour_ids: the nearest tracks around each, nearest first, padded with `NO_NEIGHBOUR`, int64
            (G, K).
        relations: relative positions of the neighbours, see `relations`, (G, K, 8).
        embeddings: their appearance, (G, K, D).
    """

    ids: Ints
    neighbour_ids: Ints
    relations: Floats
    embeddings: Embeddings

    @classmethod
    def empty(cls, num_neighbours: int) -> Graphs:
        """No graphs."""
        return cls.of(SeenTracks(np.empty(0, np.int64), np.empty((0, 4)), np.empty((0, 0), np.float32)), num_neighbours)

    @classmethod
    def of(cls, seen: SeenTracks, num_neighbours: int) -> Graphs:
        """The graphs of `seen`, each with its `num_neighbours` nearest among all the others."""
        order = np.argsort(seen.ids)
        ids, boxes, embeddings = seen.ids[order], xyxy_to_cxcywh(seen.xyxy[order]), seen.embeddings[order]
        apart = squared_distances(boxes, boxes)
        np.fill_diagonal(apart, np.inf)
        near = nearest(apart, min(num_neighbours, max(len(ids) - 1, 0)))
        count = near.shape[1]
        graphs = cls._without_neighbours((len(ids), num_neighbours), ids, embeddings.shape[1])
        graphs.neighbour_ids[:, :count] = ids[near]
        graphs.relations[:, :count] = relations(boxes[:, None], boxes[near])
        graphs.embeddings[:, :count] = embeddings[near]
        return graphs

    @classmethod
    def _without_neighbours(cls, shape: tuple[int, int], ids: Ints, dim: int) -> Graphs:
        return cls(
            ids, np.full(shape, NO_NEIGHBOUR, np.int64), np.zeros((*shape, 8)), np.zeros((*shape, dim), np.float32)
        )

    def with_dim(self, dim: int) -> Graphs:
        """The same graphs; if embeddings had another length, as before the first ones came, all are unknown."""
        if self.embeddings.shape[2] == dim:
            return self
        return replace(self, embeddings=np.zeros((*self.neighbour_ids.shape, dim), np.float32))

    def of_tracks(self, ids: Ints) -> Graphs:
        """The graphs of the tracks `ids` in their order, all of which must be remembered."""
        rows = np.searchsorted(self.ids, ids)
        return Graphs(ids, self.neighbour_ids[rows], self.relations[rows], self.embeddings[rows])

    def updated(self, seen: SeenTracks, lost_ids: Ints) -> Graphs:
        """The graphs after a frame: new ones of the tracks `seen` in it, and the previous ones of lost tracks."""
        new = Graphs.of(seen, self.neighbour_ids.shape[1])
        if not len(lost_ids):
            return new
        kept = self.of_tracks(lost_ids).with_dim(new.embeddings.shape[2])
        order = np.argsort(np.concatenate([new.ids, kept.ids]))
        names = [field.name for field in fields(self)]
        return Graphs(*(np.concatenate([getattr(new, name), getattr(kept, name)])[order] for name in names))


def relations(anchors: Floats, neighbours: Floats) -> Floats:
    """Positions of neighbours relative to anchors (notes#gsm), (..., 8).

    dx / w, dy / h, ln(w' / w), ln(h' / h) in units of the anchor's box, then dx, dy, w' - w, h' - h in pixels. The
    original divides the second half by the size of the picture; here this happens when two relations are compared.

    Args:
        anchors, neighbours: boxes `cxcywh` (..., 4), broadcast against each other.
    """
    size = np.maximum(anchors[..., 2:], SMALLEST_SIDE)
    difference = neighbours - anchors
    growth = np.log(np.maximum(neighbours[..., 2:], SMALLEST_SIDE) / size)
    return np.concatenate([difference[..., :2] / size, growth, difference], axis=-1)


def relocate(between: Floats, neighbours: Floats) -> Floats:
    """Position of an anchor whose neighbours have the same relations as before: the inverse of `relations`, boxes
    `cxcywh` (..., 4).

    A relation contains the position twice, in units of the box and in pixels, which differ if the neighbour has come
    nearer. The mean of both is used, as in the original.

    Args:
        between: relations, (..., 8).
        neighbours: boxes of the neighbours now, `cxcywh` (..., 4).
    """
    size = neighbours[..., 2:] / np.exp(between[..., 2:4])
    by_share = np.concatenate([neighbours[..., :2] - between[..., :2] * size, size], axis=-1)
    by_pixels = neighbours - between[..., 4:]
    by_pixels[..., 2:] = np.maximum(by_pixels[..., 2:], SMALLEST_SIDE)
    return np.asarray((by_share + by_pixels) / 2)


def nearest(squared: Floats, count: int) -> NDArray[np.intp]:
    """Columns of the `count` smallest distances of each row, nearest first, (N, count)."""
    if not count:
        return np.empty((len(squared), 0), np.intp)
    few = np.argpartition(squared, count - 1, axis=1)[:, :count]
    return np.take_along_axis(few, np.take_along_axis(squared, few, axis=1).argsort(axis=1), axis=1)


def squared_distances(a: Floats, b: Floats) -> Floats:
    """Squared distance between the centres of every pair of boxes `cxcywh`, (N, M)."""
    return np.asarray((a[:, 0, None] - b[:, 0]) ** 2 + (a[:, 1, None] - b[:, 1]) ** 2)
