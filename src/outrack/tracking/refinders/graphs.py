"""Refinding by the graph similarity model (GSM, Liu et al., IJCAI 2020): the position of a lost object is inferred from
its former neighbours. The paper compares its occlusion estimation with it (Table 5).

Every track remembers its graph: the nearest tracks around it, their positions and appearance. When it is lost, the
present positions of its neighbours at the time of loss imply its position. Candidates around that position are compared
with the remembered graph, and the best one is chosen if it is similar enough.

This is a simplified version (notes#gsm). What differs from the original, and why:

- The tracker has no picture, so the appearance of a candidate is unknown: the term of the anchor's own appearance is
  omitted, and the similarity of two graphs is the mean over the neighbours.
- Two neighbours are compared by the cosine of the tracker's own embeddings instead of a trained ResNet-34, times a
  Gaussian of the difference of their relations instead of a trained perceptron. Without embeddings only relations are
  compared.
- The size of the picture, which scales one half of a relation, is unknown to the tracker. The extent of all tracked
  boxes is used instead.
- The Gaussian's width is the only number chosen here; the limit of 0.63 on 1 - similarity is OUTrack's.
- The 16 candidates (as many as in OUTrack) are always the same shifts and stretches, and small enough that none has to
  be rejected.

As in OUTrack, every lost track may be refound for as long as the tracker keeps it, refinding does not reset its age,
and the motion model is not updated. Unlike there, candidates are at the position implied by the neighbours instead of
the predicted one, and the best candidate is reported instead of the prediction: both as in GSM itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from outrack.tracking.ranges import require_above_zero, require_count, require_share
from outrack.tracking.refinders.base import Floats, Indices, RefinderMemory, Refound, Situation
from outrack.tracking.refinders.neighbours import (
    NO_NEIGHBOUR,
    SMALLEST_SIDE,
    Graphs,
    SeenTracks,
    nearest,
    relations,
    relocate,
    squared_distances,
)
from outrack.tracking.tracklets import LOST, TRACKED

__all__ = ["GraphRefinder", "GraphSettings", "refind_by_graphs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings:
    """Refinding by the graph similarity model (GSM).

    Attributes:
        limit: highest 1 - similarity of two graphs (OUTrack: 0.63, which is 0.9 times GSM's 0.7).
        sigma: width of the Gaussian that compares a neighbour's former position with a present one, in units of the
            box; chosen on five MOT17 training sequences.
        num_neighbours: the nearest tracks that a graph remembers, 1 to 5.
        num_candidates: boxes tried besides the relocated one (OUTrack: 16).
        jitter: maximum shift and stretch of a candidate, relative to the box: with 0.05 its IoU with the
            relocated box stays above 0.75, as in the original.
    """

    limit: float = 0.63
    sigma: float = 0.1
    num_neighbours: int = 3
    num_candidates: int = 16
    jitter: float = 0.05

    def __post_init__(self) -> None:
        require_share(self, "limit", "jitter")
        require_above_zero(self, "sigma")
        require_count(self, "num_candidates", least=0)
        require_count(self, "num_neighbours", least=1, most=5)  # all permutations are tried


def refind_by_graphs(lost: Graphs, seen: SeenTracks, settings: GraphSettings) -> Refound:
    """The lost tracks whose neighbours are still present in a similar arrangement.

    Args:
        lost: graphs of L lost tracks.
        seen: the tracks that are detected in this frame.
        settings: settings of the rule.
    """
    boxes = xyxy_to_cxcywh(seen.xyxy)
    row_of, is_there = _rows_of(lost.neighbour_ids, seen.ids)
    able = np.flatnonzero(is_there.any(axis=1))
    if not len(able):
        return Refound.empty()
    row_of, is_there = row_of[able], is_there[able]
    then_between, then_looks = lost.relations[able], lost.embeddings[able]

    expected = relocate(then_between, boxes[row_of])  # (L, K, 4)
    place = (expected * is_there[..., None]).sum(axis=1) / is_there.sum(axis=1)[:, None]
    candidates = _candidates(place, settings)  # (L, C, 4)
    # All candidates of a track are so close to each other that they have the same neighbours.
    near = nearest(squared_distances(place, boxes), min(settings.num_neighbours, len(boxes)))  # (L, k)
    now_between = relations(candidates[:, :, None], boxes[near][:, None])  # (L, C, k, 8)

    extent = np.tile(seen.xyxy[:, 2:].max(axis=0) - seen.xyxy[:, :2].min(axis=0), 2)
    scale = np.concatenate([np.ones(4), 1 / np.maximum(extent, SMALLEST_SIDE)])
    difference = (then_between[:, None, :, None] - now_between[:, :, None]) * scale  # (L, C, K, k, 8)
    likeness = np.exp(-(difference**2).sum(axis=-1) / (2 * settings.sigma**2))
    if seen.embeddings.shape[1]:
        now_looks = seen.embeddings[near]
        cosine = np.einsum("lnd,lmd->lnm", then_looks, now_looks)
        known = np.einsum("ln,lm->lnm", then_looks.any(axis=2), now_looks.any(axis=2))  # a row of zeros is unknown
        likeness = likeness * np.where(known, np.maximum(cosine, 0), 1)[:, None]
    had_neighbours = lost.neighbour_ids[able] != NO_NEIGHBOUR
    likeness = likeness * had_neighbours[:, None, :, None]
    similarity = _best_matching(likeness) / had_neighbours.sum(axis=1)[:, None]  # (L, C)

    best = similarity.argmax(axis=1)
    each = np.arange(len(able))
    found = np.flatnonzero(1 - similarity[each, best] < settings.limit)
    xyxy = cxcywh_to_xyxy(candidates[each, best])
    return Refound.predicted(able[found], xyxy[found])


def _candidates(boxes: Floats, settings: GraphSettings) -> Floats:
    """Each box (L, 4), `cxcywh`, and C jittered ones, (L, 1 + C, 4).

    The generator always starts from the same seed, so there is no state to keep, and equal frames give equal tracks.
    """
    jitter = settings.jitter
    share = np.random.default_rng(0).uniform(-jitter, jitter, (settings.num_candidates, 4))
    share = np.concatenate([np.zeros((1, 4)), share])
    return np.asarray(boxes[:, None] + share * boxes[:, None, [2, 3, 2, 3]])


def _best_matching(likeness: Floats) -> Floats:
    """Sum of the best one-to-one choice among (..., K, k) values of 0 or more, k <= K, (...)."""
    num_neighbours, count = likeness.shape[-2:]
    choices = np.array(list(permutations(range(num_neighbours), count)))  # row of each column
    return np.asarray(likeness[..., choices, np.arange(count)].sum(axis=-1).max(axis=-1))


class GraphRefinder:
    """See `refind_by_graphs`. It remembers the neighbours of each track.

    Args:
        settings: settings of the rule.
    """

    def __init__(self, settings: GraphSettings) -> None:
        self.settings = settings
        self._graphs = Graphs.empty(settings.num_neighbours)

    def candidates(self, situation: Situation) -> Indices:
        """All lost tracks, for as long as they are kept."""
        return np.flatnonzero(situation.tracklets.status == LOST)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes at the positions implied by the neighbours.

        The motion model is not updated, as in OUTrack: updating it costs a point of HOTA on MOT17.
        """
        seen = _seen_tracks(situation)
        remembered = self._graphs.of_tracks(situation.tracklets.ids[lost]).with_dim(seen.embeddings.shape[1])
        return refind_by_graphs(remembered, seen, self.settings).among(lost)

    def remember(self, situation: Situation) -> None:
        """Update the graphs of detected tracks, and keep those of lost ones."""
        tracklets = situation.tracklets
        self._graphs = self._graphs.updated(_seen_tracks(situation), tracklets.ids[tracklets.status == LOST])

    def memory(self) -> RefinderMemory:
        """The graphs."""
        return {f"graph_{field.name}": getattr(self._graphs, field.name) for field in fields(Graphs)}

    def restore(self, memory: RefinderMemory) -> None:
        """See `memory`."""
        self._graphs = Graphs(*(memory[f"graph_{field.name}"] for field in fields(Graphs)))


def _seen_tracks(situation: Situation) -> SeenTracks:
    """The tracks that are detected in this frame."""
    tracklets = situation.tracklets
    rows = np.flatnonzero(tracklets.status == TRACKED)
    return SeenTracks(tracklets.ids[rows], situation.boxes[rows], tracklets.embeddings[rows])


def _rows_of(wanted: NDArray[np.int64], ids: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Position of each of the `wanted` ids in `ids`, and whether it is present; the position of an absent id is
    arbitrary."""
    if not len(ids):
        return np.zeros(wanted.shape, np.intp), np.zeros(wanted.shape, np.bool_)
    order = np.argsort(ids)
    row = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return row, ids[row] == wanted
