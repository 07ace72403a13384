"""R1 and mAP by the paper's protocol, against a loop over sorted lists and against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.datasets import Annotation, LabelledImage
from outrack.evaluation import reid
from outrack.evaluation.colour_histogram import hsv_histogram
from outrack.evaluation.reid import embed_boxes, query_mask, rank_scores, tracklet_scores


def slow_scores(embeddings: NDArray[np.float64], ids: list[int], order: list[int]) -> tuple[float, float]:
    """The protocol with lists and sorting, written from its description."""
    queries, gallery = [], []
    for person in sorted(set(ids)):
        rows = sorted((row for row, owner in enumerate(ids) if owner == person), key=lambda row: order[row])
        queries += rows[: len(rows) // 2]
        gallery += rows[len(rows) // 2 :]
    hits, precisions = [], []
    for query in queries:
        e = embeddings[query]

        def similarity(row: int, e: NDArray[np.float64] = e) -> float:
            other = embeddings[row]
            return float(e @ other / np.linalg.norm(e) / np.linalg.norm(other))

        ranked = sorted(gallery, key=similarity, reverse=True)
        right = [ids[row] == ids[query] for row in ranked]
        hits.append(right[0])
        area, found = 0.0, 0
        for rank, is_right in enumerate(right):
            if is_right:
                before = found / rank if rank else 1.0
                found += 1
                area += (before + found / (rank + 1)) / 2
        precisions.append(area / found)
    return 100 * float(np.mean(hits)), 100 * float(np.mean(precisions))


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_slow_protocol(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, 9, 80)
    order = rng.permutation(80)
    embeddings = rng.normal(size=(9, 12))[ids] + rng.normal(size=(80, 12))
    monkeypatch.setattr(reid, "MAX_BLOCK", 300)  # several blocks, the last one shorter
    found = tracklet_scores(embeddings, ids, order)
    r1, mean_ap = slow_scores(embeddings, ids.tolist(), order.tolist())
    assert (found.r1, found.mean_ap) == (pytest.approx(r1), pytest.approx(mean_ap, abs=1e-4))
    assert 0 < found.mean_ap < 100
    assert found.num_queries + found.num_gallery == 80 and found.num_ids == 9


def test_average_precision_of_one_query_by_hand() -> None:
    gallery = np.array([[1.0, 0.0], [0.9, 0.1], [0.5, 0.5], [0.0, 1.0]])
    scores = rank_scores(np.array([[2.0, 0.0]]), np.array([1]), gallery, np.array([1, 2, 1, 2]))
    # Hits at ranks 1 and 3: (1 + 1) / 2 and (1/2 + 2/3) / 2.
    assert scores.r1 == 100 and scores.mean_ap == pytest.approx(100 * (1 + 7 / 12) / 2)


def test_the_first_half_of_each_tracklet_asks() -> None:
    ids, order = np.array([7, 7, 7, 3, 7, 3, 5]), np.array([4, 1, 3, 9, 2, 8, 0])
    assert np.flatnonzero(query_mask(ids, order)).tolist() == [1, 4, 5]
    with pytest.raises(ValueError, match="query_ratio must be between 0 and 1, got 1"):
        query_mask(ids, order, 1)


def test_embeddings_that_are_all_the_same_find_no_match() -> None:
    ids = np.repeat(np.arange(5), 4)
    assert tracklet_scores(np.ones((20, 3)), ids, np.arange(20)).r1 == 0
    assert tracklet_scores(np.zeros((20, 3)), ids, np.arange(20)).r1 == 0
    assert tracklet_scores(np.eye(5)[ids], ids, np.arange(20)).mean_ap == 100


def test_queries_without_a_match_are_left_out() -> None:
    gallery = np.eye(2)
    scores = rank_scores(np.eye(2)[[0, 1]], np.array([1, 9]), gallery, np.array([1, 2]))
    assert (scores.num_queries, scores.r1) == (1, 100)
    with pytest.raises(ValueError, match="no query has its person in the gallery"):
        rank_scores(gallery, np.array([8, 9]), gallery, np.array([1, 2]))


def test_bad_embeddings_are_refused() -> None:
    ids, order = np.array([1, 1]), np.arange(2)
    with pytest.raises(ValueError, match="is not finite"):
        tracklet_scores(np.array([[1.0, 2], [np.nan, 1]]), ids, order)
    with pytest.raises(ValueError, match="one identity per embedding, got 1 for 2 queries"):
        rank_scores(np.eye(2), np.array([1]), np.eye(2), ids)


def labelled(scene: str, frame: int, ids: list[int], visibility: list[float]) -> LabelledImage:
    """People in single colours: identity k has the colour k, boxes side by side."""
    pixels = np.zeros((20, 10 * len(ids), 3), np.uint8)
    boxes = np.array([[10.0 * place, 0, 10 * place + 10, 20] for place in range(len(ids))])
    for place, identity in enumerate(ids):
        pixels[:, 10 * place : 10 * place + 10] = [255 * (identity >> bit & 1) for bit in range(3)]
    n = len(ids)
    return LabelledImage(
        pixels,
        Annotation(boxes, np.zeros(n, np.int64), np.zeros(n, bool), np.array(visibility), np.array(ids)),
        scene,
        frame,
    )


def test_colour_histograms_distinguish_people_in_single_colours() -> None:
    images = [labelled("a", frame, [1, 2, 4], [1, 0.7, 0.69]) for frame in range(4)]
    boxes = embed_boxes(images, hsv_histogram)
    assert boxes.ids.tolist() == [0, 1] * 4 and boxes.order.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert np.linalg.norm(boxes.embeddings, axis=1) == pytest.approx(1)
    scores = tracklet_scores(boxes.embeddings, boxes.ids, boxes.order)
    assert (scores.r1, scores.mean_ap, scores.num_queries, scores.num_gallery) == (100, 100, 4, 4)


def test_people_of_different_scenes_are_different() -> None:
    images = [labelled(scene, frame, [1], [1]) for scene in "ab" for frame in range(2)]
    boxes = embed_boxes(images, hsv_histogram)
    assert boxes.ids.tolist() == [0, 0, 1, 1]
    assert len(embed_boxes([], hsv_histogram).ids) == 0


def test_a_box_outside_of_the_image_has_an_empty_histogram() -> None:
    image = np.full((10, 10, 3), 200, np.uint8)
    assert not hsv_histogram(image, np.array([[20.0, 0, 30, 10]])).any()
    assert hsv_histogram(image, np.empty((0, 4))).shape == (0, 384)


def test_a_wrong_extractor_and_missing_identities_are_refused() -> None:
    image = labelled("street", 3, [1, 2], [1, 1])
    with pytest.raises(ValueError, match=r"street, frame 3: expected embeddings of shape \(2, D\).*got \(1, 4\)"):
        embed_boxes([image], lambda pixels, boxes: np.ones((1, 4)))
    without = LabelledImage(image.pixels, Annotation.of_people(image.annotation.xyxy), "street", 3)
    with pytest.raises(ValueError, match="street, frame 3: Re-ID scores need identities"):
        embed_boxes([without], hsv_histogram)
