"""Paper Fig. 6."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.evaluation.reid import EmbeddedBoxes
from outrack.figures import draw_tsne, embed_on_plane
from outrack.figures.tsne import first_people


def people(num: int, each: int) -> EmbeddedBoxes:
    """Boxes of people whose embeddings are far from each other."""
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(num), each)
    embeddings = rng.normal(size=(num, 16))[ids] + 0.1 * rng.normal(size=(num * each, 16))
    return EmbeddedBoxes(embeddings.astype(np.float32), ids, np.tile(np.arange(each), num))


def test_neighbours_on_the_plane_are_the_same_person() -> None:
    boxes = people(5, 12)
    plane = embed_on_plane(boxes.embeddings)
    distance = np.linalg.norm(plane[:, None] - plane, axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (boxes.ids[distance.argmin(axis=1)] == boxes.ids).mean() > 0.95
    np.testing.assert_array_equal(plane, embed_on_plane(boxes.embeddings))  # the same every time


def test_the_first_people_and_their_scores() -> None:
    shown = first_people(people(5, 12), 3)
    assert set(shown.ids) == {0, 1, 2} and len(shown.embeddings) == 36
    figure = draw_tsne({"ours": shown, "theirs": shown})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["ours", "theirs"]
    assert figure.axes[0].get_xlabel() == "3 people, 36 boxes   R1 100.0   mAP 100.0"
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "2", "3"]


def test_too_few_boxes_is_reported() -> None:
    with pytest.raises(ValueError, match="needs at least 8 boxes, got 5"):
        draw_tsne({"few": people(5, 1)})
    with pytest.raises(ValueError, match="nothing to show"):
        draw_tsne({})
    assert draw_tsne({"one each": people(9, 1)}).axes[0].get_xlabel() == "9 people, 9 boxes"
