"""Paper Fig. 7."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from outrack.datasets import Annotation, LabelledImage
from outrack.figures import assignment_matrix, draw_assignment, save_figure
from outrack.losses.frame_pairs import pair_similarities
from outrack.losses.utrack import _assignment


def test_the_matrix_is_the_one_that_training_uses() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(3, 8)), rng.normal(size=(5, 8))
    pairs = pair_similarities(
        torch.tensor(np.concatenate([first, second])), torch.zeros(8).long(), torch.arange(8) >= 3, 1
    )
    (expected,) = _assignment(pairs, torch.zeros(1, dtype=torch.bool), None, "mean").numpy()
    found = assignment_matrix(first, second)
    np.testing.assert_allclose(found[:, :5], expected[:3, 3:8], atol=1e-9)
    np.testing.assert_allclose(found[:, 5], expected[:3, 8], atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_a_lonely_person_has_no_match() -> None:
    (row,) = assignment_matrix(np.ones((1, 4)), np.empty((0, 4)))
    assert row[0] == pytest.approx(1) and row[1] == 0


def frame(index: int, boxes: list[list[float]], ids: list[int]) -> LabelledImage:
    picture = np.full((80, 120, 3), 128, np.uint8)
    return LabelledImage(picture, Annotation.of_people(np.array(boxes, float), np.array(ids)), "street", index)


def by_place(image: np.ndarray, xyxy: np.ndarray) -> np.ndarray:
    """An embedding of the left half or the right half of a picture."""
    return np.where(xyxy[:, :1] < 60, [[1.0, 0.0]], [[0.0, 1.0]])


BOXES = [[10.0, 10, 30, 60], [70, 10, 90, 60], [100, 10, 104, 20]]


def test_who_chooses_himself_is_counted(tmp_path) -> None:
    figure = draw_assignment(
        frame(0, BOXES, [4, 7, 9]), frame(5, BOXES, [7, 4, 9]), by_place, name="place", max_people=2
    )
    left, middle, right = figure.axes
    assert middle.get_xlabel() == "0 of the 2 people in both frames are assigned correctly"
    assert [text.get_text() for text in left.texts] == ["4", "7"]  # the smallest is left out
    assert (left.get_title(loc="left"), right.get_title(loc="left")) == ("Frame 1", "Frame 6")
    figure = draw_assignment(
        frame(0, BOXES, [4, 7, 9]), frame(5, BOXES, [4, 7, 9]), by_place, name="place", max_people=2
    )
    assert figure.axes[1].get_xlabel() == "2 of the 2 people in both frames are assigned correctly"
    save_figure(figure, tmp_path / "a" / "f.svg")
    assert "<svg" in (tmp_path / "a" / "f.svg").read_text()
    with pytest.raises(ValueError, match=r"expected a figure to end in .png, .svg, .pdf"):
        save_figure(figure, tmp_path / "f.gif")


def test_no_people_or_no_appearance_is_reported() -> None:
    seen = frame(0, BOXES, [4, 7, 9])
    with pytest.raises(ValueError, match="street: no objects in frame 3"):
        draw_assignment(seen, frame(2, [], []), by_place, name="place")
    with pytest.raises(ValueError, match="street: no objects in frame 3"):
        draw_assignment(seen, frame(2, [[-40, 0, -5, 20]], [1]), by_place, name="place")
    with pytest.raises(ValueError, match="the network detects none of the objects of frame 1"):
        draw_assignment(seen, seen, lambda image, xyxy: np.full((len(xyxy), 2), np.nan), name="blind")
