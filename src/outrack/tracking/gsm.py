"""Refinding by the graph similarity model (GSM, Liu et al., IJCAI 2020): a lost person stands where the people who
stood beside them say. It is what the paper compares its occlusion estimation with (Table 5).

Every track remembers its graph: the nearest people around it, where they stood and what they looked like. When it is
lost, its neighbours at the time of loss, where they are now, tell where it should be. Candidates around that place are
compared with the remembered graph, and the best one is taken if it is similar enough.

This is a simplified version (notes#gsm). What differs from the original, and why:

- A tracker sees no picture, so nothing tells what a candidate looks like: the term of the anchor's own appearance is
  left out, and the similarity of two graphs is the mean over the neighbours.
- Two neighbours are compared by the cosine of the tracker's own embeddings instead of a trained ResNet-34, times a
  Gaussian of the difference of their relations instead of a trained perceptron. Without embeddings the relations
  decide alone.
- The size of the picture, which scales one half of a relation, is unknown to a tracker. The extent of all tracked boxes
  stands for it.
- The Gaussian's width is the only number chosen here; the limit of 0.63 on 1 - similarity is OUTrack's.
- The 16 candidates (as many as OUTrack takes) are the same shifts and stretches every time, and small enough that none
  has to be rejected.

As in OUTrack, every lost track is asked for as long as the tracker keeps it, being refound makes it no younger, and the
motion model is left alone. Unlike there, candidates stand where the neighbours say and not where the motion model
predicts, and the best one is shown instead of that prediction: both as in GSM itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from outrack.tracking.refinding import Refound

__all__ = ["Graphs", "People", "refind_by_graphs", "relations", "relocate"]

Floats = NDArray[np.float64]
Embeddings = NDArray[np.float32]
Ints = NDArray[np.int64]

NUM_NEIGHBOURS = 3
NUM_CANDIDATES = 16
"""Tried beside the relocated box itself."""
LARGEST_JITTER = 0.05
"""Share of the box by which a candidate is shifted and stretched at most: its IoU with the relocated box then stays
above 0.75, as in the original."""
NO_NEIGHBOUR = 0
"""Stands where a graph has fewer neighbours; ids start at 1."""
SMALLEST_SIDE = 1.0
"""Pixels; keeps boxes of no size from being divided by."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
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
    """G remembered graphs, one of each track; K is `NUM_NEIGHBOURS`.

    Attributes:
        ids: the tracks they belong to, ascending, int64 (G,).
        neighbour_ids: the nearest tracks around each, nearest first, `NO_NEIGHBOUR` where there were fewer, int64
            (G, K).
        relations: where the neighbours stood, see `relations`, (G, K, 8).
        embeddings: what they looked like, (G, K, D).
    """

    ids: Ints
    neighbour_ids: Ints
    relations: Floats
    embeddings: Embeddings

    @classmethod
    def empty(cls) -> Graphs:
        """No graphs."""
        return cls.of(People(np.empty(0, np.int64), np.empty((0, 4)), np.empty((0, 0), np.float32)))

    @classmethod
    def of(cls, people: People) -> Graphs:
        """The graphs of `people`, each among all the others."""
        order = np.argsort(people.ids)
        ids, boxes, embeddings = people.ids[order], xyxy_to_cxcywh(people.xyxy[order]), people.embeddings[order]
        apart = _squared_distances(boxes, boxes)
        np.fill_diagonal(apart, np.inf)
        near = _nearest(apart, min(NUM_NEIGHBOURS, max(len(ids) - 1, 0)))
        count = near.shape[1]
        graphs = cls._without_neighbours(ids, embeddings.shape[1])
        graphs.neighbour_ids[:, :count] = ids[near]
        graphs.relations[:, :count] = relations(boxes[:, None], boxes[near])
        graphs.embeddings[:, :count] = embeddings[near]
        return graphs

    @classmethod
    def _without_neighbours(cls, ids: Ints, dim: int) -> Graphs:
        shape = (len(ids), NUM_NEIGHBOURS)
        return cls(
            ids, np.full(shape, NO_NEIGHBOUR, np.int64), np.zeros((*shape, 8)), np.zeros((*shape, dim), np.float32)
        )

    def of_tracks(self, ids: Ints) -> Graphs:
        """The graphs of the tracks `ids` in their order, all of which must be remembered."""
        rows = np.searchsorted(self.ids, ids)
        return Graphs(ids, self.neighbour_ids[rows], self.relations[rows], self.embeddings[rows])

    def renewed(self, people: People, lost_ids: Ints) -> Graphs:
        """The memory after a frame: new graphs of the `people` in it, and those of the lost as they were."""
        new = Graphs.of(people)
        if not len(lost_ids):
            return new
        kept = self.of_tracks(lost_ids)
        order = np.argsort(np.concatenate([new.ids, kept.ids]))
        names = [field.name for field in fields(self)]
        return Graphs(*(np.concatenate([getattr(new, name), getattr(kept, name)])[order] for name in names))


def relations(anchors: Floats, neighbours: Floats) -> Floats:
    """Where the neighbours are as seen from the anchors (notes#gsm), (..., 8).

    dx / w, dy / h, ln(w' / w), ln(h' / h) in units of the anchor's box, then dx, dy, w' - w, h' - h in pixels. The
    original divides the second half by the size of the picture when it is taken, here it is done when two are compared.

    Args:
        anchors, neighbours: boxes `cxcywh` (..., 4), broadcast against each other.
    """
    size = np.maximum(anchors[..., 2:], SMALLEST_SIDE)
    difference = neighbours - anchors
    growth = np.log(np.maximum(neighbours[..., 2:], SMALLEST_SIDE) / size)
    return np.concatenate([difference[..., :2] / size, growth, difference], axis=-1)


def relocate(between: Floats, neighbours: Floats) -> Floats:
    """Where an anchor is if its neighbours stand as they did: `relations` undone, boxes `cxcywh` (..., 4).

    A relation says it twice, in units of the box and in pixels, which differ when the neighbour has come nearer. The
    mean of both is taken, as in the original.

    Args:
        between: relations, (..., 8).
        neighbours: boxes of the neighbours now, `cxcywh` (..., 4).
    """
    size = neighbours[..., 2:] / np.exp(between[..., 2:4])
    by_share = np.concatenate([neighbours[..., :2] - between[..., :2] * size, size], axis=-1)
    by_pixels = neighbours - between[..., 4:]
    by_pixels[..., 2:] = np.maximum(by_pixels[..., 2:], SMALLEST_SIDE)
    return np.asarray((by_share + by_pixels) / 2)


def refind_by_graphs(lost: Graphs, people: People, *, limit: float = 0.63, sigma: float = 0.1) -> Refound:
    """The lost tracks whose neighbours are still there and still stand alike.

    Args:
        lost: graphs of L lost tracks.
        people: who is detected in this frame.
        limit: highest 1 - similarity; 0.63 is OUTrack's (0.9 times GSM's 0.7).
        sigma: standard deviation of the Gaussian that compares two relations.

    Returns:
        The refound ones; `occluder` is the neighbour nearest to each.
    """
    boxes = xyxy_to_cxcywh(people.xyxy)
    row_of, is_there = _rows_of(lost.neighbour_ids, people.ids)
    able = np.flatnonzero(is_there.any(axis=1))
    if not len(able):
        return Refound.empty()
    row_of, is_there = row_of[able], is_there[able]
    then_between, then_looks = lost.relations[able], lost.embeddings[able]

    told = relocate(then_between, boxes[row_of])  # (L, K, 4)
    place = (told * is_there[..., None]).sum(axis=1) / is_there.sum(axis=1)[:, None]
    candidates = _candidates(place)  # (L, C, 4)
    # All candidates of a track are so close to each other that they share their neighbours.
    near = _nearest(_squared_distances(place, boxes), min(NUM_NEIGHBOURS, len(boxes)))  # (L, k)
    now_between = relations(candidates[:, :, None], boxes[near][:, None])  # (L, C, k, 8)

    extent = np.tile(people.xyxy[:, 2:].max(axis=0) - people.xyxy[:, :2].min(axis=0), 2)
    scale = np.concatenate([np.ones(4), 1 / np.maximum(extent, SMALLEST_SIDE)])
    difference = (then_between[:, None, :, None] - now_between[:, :, None]) * scale  # (L, C, K, k, 8)
    likeness = np.exp(-(difference**2).sum(axis=-1) / (2 * sigma**2))
    if people.embeddings.shape[1]:
        now_looks = people.embeddings[near]
        cosine = np.einsum("lnd,lmd->lnm", then_looks, now_looks)
        known = np.einsum("ln,lm->lnm", then_looks.any(axis=2), now_looks.any(axis=2))  # a row of zeros tells nothing
        likeness = likeness * np.where(known, np.maximum(cosine, 0), 1)[:, None]
    had_neighbours = lost.neighbour_ids[able] != NO_NEIGHBOUR
    likeness = likeness * had_neighbours[:, None, :, None]
    similarity = _best_matching(likeness) / had_neighbours.sum(axis=1)[:, None]  # (L, C)

    best = similarity.argmax(axis=1)
    each = np.arange(len(able))
    found = np.flatnonzero(1 - similarity[each, best] < limit)
    xyxy = cxcywh_to_xyxy(candidates[each, best])
    return Refound.predicted(able[found], near[found, 0], xyxy[found])


def _candidates(boxes: Floats) -> Floats:
    """Each box (L, 4), `cxcywh`, and `NUM_CANDIDATES` jittered ones, (L, 1 + NUM_CANDIDATES, 4).

    The generator starts anew every time, so that there is no state to keep: the same frames give the same tracks.
    """
    share = np.random.default_rng(0).uniform(-LARGEST_JITTER, LARGEST_JITTER, (NUM_CANDIDATES, 4))
    share = np.concatenate([np.zeros((1, 4)), share])
    return np.asarray(boxes[:, None] + share * boxes[:, None, [2, 3, 2, 3]])


def _best_matching(likeness: Floats) -> Floats:
    """Sum of the best one-to-one choice among (..., K, k) values of 0 or more, k <= K, (...)."""
    count = likeness.shape[-1]
    choices = np.array(list(permutations(range(NUM_NEIGHBOURS), count)))  # which row each column takes
    return np.asarray(likeness[..., choices, np.arange(count)].sum(axis=-1).max(axis=-1))


def _nearest(squared: Floats, count: int) -> NDArray[np.intp]:
    """Columns of the `count` smallest distances of each row, nearest first, (N, count)."""
    if not count:
        return np.empty((len(squared), 0), np.intp)
    few = np.argpartition(squared, count - 1, axis=1)[:, :count]
    return np.take_along_axis(few, np.take_along_axis(squared, few, axis=1).argsort(axis=1), axis=1)


def _squared_distances(a: Floats, b: Floats) -> Floats:
    """Squared distance between the centres of every pair of boxes `cxcywh`, (N, M)."""
    return np.asarray((a[:, 0, None] - b[:, 0]) ** 2 + (a[:, 1, None] - b[:, 1]) ** 2)


def _rows_of(wanted: Ints, ids: Ints) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each of the `wanted` ids stands among `ids`, and whether it does; the row of an absent one is any."""
    if not len(ids):
        return np.zeros(wanted.shape, np.intp), np.zeros(wanted.shape, np.bool_)
    order = np.argsort(ids)
    row = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return row, ids[row] == wanted
