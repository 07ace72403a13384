"""Re-ID scores of embeddings: R1 and mAP by the paper's protocol (paper Tables 7 and 8, notes#evaluation).

The first half of each tracklet is the query set, the rest of all tracklets the gallery. NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.datasets import LabelledImage

__all__ = [
    "EmbeddedBoxes",
    "Extractor",
    "RetrievalScores",
    "embed_boxes",
    "query_mask",
    "rank_scores",
    "tracklet_scores",
]

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Extractor = Callable[[NDArray[np.uint8], NDArray[np.float64]], Floats]
"""Image RGB uint8 (H, W, 3) and boxes xyxy (N, 4) in, embeddings (N, D) out, normalised or not."""

MAX_BLOCK = 2**24
"""Similarities held in memory at once: 64 MiB of float32."""


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """How well queries find their own person in the gallery.

    Attributes:
        r1: per cent of the queries whose most similar gallery box shows the same person.
        mean_ap: mean over queries of the average precision, in per cent.
        num_queries: queries that were counted; those whose person is not in the gallery are not.
        num_gallery: boxes in the gallery.
        num_ids: people among the queries.
    """

    r1: float
    mean_ap: float
    num_queries: int
    num_gallery: int
    num_ids: int


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedBoxes:
    """Embeddings of annotated boxes: `embeddings` (N, D), `ids` int64 (N,) unique over scenes, `order` of time (N,)."""

    embeddings: NDArray[np.float32]
    ids: Ints
    order: Ints


def embed_boxes(images: Iterable[LabelledImage], extract: Extractor, *, min_visibility: float = 0.7) -> EmbeddedBoxes:
    """Run an extractor over the labelled people of frames; identities of different scenes are distinct.

    Args:
        images: frames in any order; boxes that are ignored or have no identity are left out.
        extract: gives the embeddings of the boxes of an image.
        min_visibility: boxes with a lower visibility are omitted; 0.7 in the official code. Without known visibility
            all boxes are kept.

    Raises:
        ValueError: an image has no identities, or the extractor does not return one embedding per box.
    """
    embeddings: list[NDArray[np.float32]] = []
    keys: list[tuple[str, int]] = []
    order: list[int] = []
    for image in images:
        people = image.annotation
        if people.ids is None:
            raise ValueError(f"{image.scene}, frame {image.frame}: Re-ID scores need identities, but there are none")
        wanted = (people.ids >= 0) & ~people.ignore
        if people.visibility is not None:
            wanted &= people.visibility >= min_visibility
        if not wanted.any():
            continue
        found = np.asarray(extract(image.pixels, people.xyxy[wanted]), np.float32)
        if found.ndim != 2 or len(found) != wanted.sum():
            raise ValueError(
                f"{image.scene}, frame {image.frame}: expected embeddings of shape ({wanted.sum()}, D), one per box, "
                f"got {found.shape}"
            )
        embeddings.append(found)
        keys += [(image.scene, identity) for identity in people.ids[wanted].tolist()]
        order += [image.frame] * len(found)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    ids = np.array([numbers[key] for key in keys], np.int64)
    stacked = np.concatenate(embeddings) if embeddings else np.empty((0, 1), np.float32)
    return EmbeddedBoxes(stacked, ids, np.array(order, np.int64))


def tracklet_scores(embeddings: Floats, ids: Ints, order: NDArray[Any], *, query_ratio: float = 0.5) -> RetrievalScores:
    """R1 and mAP of boxes of known people: the first part of each tracklet is the query set, all the rest the gallery.

    Args:
        embeddings: (N, D), any length.
        ids: identity of each box, (N,), unique over scenes.
        order: what sorts the boxes of a person by time, such as the frame, (N,).
        query_ratio: share of a tracklet used as queries, rounded down.

    Raises:
        ValueError: shapes differ, an embedding is not finite, or there is no query.
    """
    asks = query_mask(ids, order, query_ratio)
    return rank_scores(embeddings[asks], ids[asks], embeddings[~asks], ids[~asks])


def query_mask(ids: Ints, order: NDArray[Any], query_ratio: float = 0.5) -> NDArray[np.bool_]:
    """Which boxes are queries: the first floor(`query_ratio` n) of the n boxes of each identity, in order; bool
    (N,)."""
    if not 0 < query_ratio < 1:
        raise ValueError(f"query_ratio must be between 0 and 1, got {query_ratio}")
    by_person = np.lexsort((order, ids))
    _, starts, counts = np.unique(ids[by_person], return_index=True, return_counts=True)
    place = np.arange(len(ids)) - np.repeat(starts, counts)
    asks = np.empty(len(ids), bool)
    asks[by_person] = place < np.repeat((counts * query_ratio).astype(np.int64), counts)
    return asks


def rank_scores(query: Floats, query_ids: Ints, gallery: Floats, gallery_ids: Ints) -> RetrievalScores:
    """R1 and mAP of queries against a gallery by cosine similarity.

    The average precision is the area under the precision-recall curve by trapezoids, as the first Market-1501 code
    has it: each hit adds the mean of the precision at the hit and just before it, which is 1 before the first rank.
    Among boxes of equal similarity the wrong ones rank first, so identical embeddings score nothing.

    Args:
        query: embeddings (Q, D).
        query_ids: their identities (Q,).
        gallery: embeddings (G, D).
        gallery_ids: their identities (G,).

    Raises:
        ValueError: shapes differ, an embedding is not finite, or no query has its person in the gallery.
    """
    if len(query) != len(query_ids) or len(gallery) != len(gallery_ids):
        raise ValueError(
            f"expected one identity per embedding, got {len(query_ids)} for {len(query)} queries "
            f"and {len(gallery_ids)} for {len(gallery)} gallery boxes"
        )
    asked = np.flatnonzero(np.isin(query_ids, gallery_ids))
    if len(asked) == 0:
        raise ValueError("no query has its person in the gallery; every identity needs two boxes or more")
    query, query_ids, gallery = _unit(query[asked]), query_ids[asked], _unit(gallery)
    is_first, precision = np.empty(len(asked), bool), np.empty(len(asked))
    block = max(MAX_BLOCK // len(gallery), 1)
    for start in range(0, len(asked), block):
        similarity = query[start : start + block] @ gallery.T  # (block, G)
        for row, values in enumerate(similarity, start=start):
            own = gallery_ids == query_ids[row]
            right = -np.sort(-values[own])
            wrong = np.sort(values[~own & (values >= right[-1])])  # the others rank below the last correct one
            wrong_before = len(wrong) - np.searchsorted(wrong, right, side="left")
            is_first[row] = wrong_before[0] == 0
            precision[row] = _average_precision(wrong_before)
    return RetrievalScores(
        r1=100 * float(is_first.mean()),
        mean_ap=100 * float(precision.mean()),
        num_queries=len(asked),
        num_gallery=len(gallery),
        num_ids=len(np.unique(query_ids)),
    )


def _average_precision(wrong_before: Ints) -> float:
    """From the number of wrong boxes ranked before each correct one, best first, (R,)."""
    hits = np.arange(1, len(wrong_before) + 1)
    rank = hits + wrong_before  # from 1
    at_hit = hits / rank
    just_before = np.divide(hits - 1, rank - 1, out=np.ones(len(hits)), where=rank > 1)
    return float(((at_hit + just_before) / 2).mean())


def _unit(embeddings: Floats) -> NDArray[np.float32]:
    """Rows scaled to length 1; a row of zeros stays zero."""
    single = embeddings.astype(np.float32)
    if not np.isfinite(single).all():
        row = int(np.flatnonzero(~np.isfinite(single).all(axis=1))[0])
        raise ValueError(f"embedding {row} is not finite")
    length = np.linalg.norm(single, axis=1, keepdims=True)
    return np.asarray(single / np.where(length > 0, length, 1), np.float32)
