"""Cutting out and drawing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from outrack.figures.canvas import draw_box, show_picture, window_around


@given(
    st.lists(
        st.tuples(st.integers(-50, 150), st.integers(-50, 150), st.integers(1, 90), st.integers(1, 90)), min_size=1
    ),
    st.sampled_from([None, 0.5, 1.0, 3.0]),
)
def test_a_window_holds_the_boxes_and_lies_in_the_picture(corners: list[tuple[int, ...]], aspect: float | None) -> None:
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in corners], float)
    x1, y1, x2, y2 = window_around(boxes, (120, 80), margin=0.1, aspect=aspect)
    assert 0 <= x1 < x2 <= 121 and 0 <= y1 < y2 <= 81
    inside = np.clip(boxes, 0, [120, 80, 120, 80])
    assert (inside >= [x1 - 1, y1 - 1, x1 - 1, y1 - 1]).all() and (inside <= [x2 + 1, y2 + 1, x2 + 1, y2 + 1]).all()


def test_a_window_is_widened_to_its_shape() -> None:
    x1, y1, x2, y2 = window_around(np.array([[50.0, 20, 60, 40]]), (120, 80), margin=0.0, aspect=1.0)
    assert (x2 - x1, y2 - y1) == (20, 20) and (x1 + x2) / 2 == 55


@pytest.mark.parametrize(("box", "labels"), [([10, 10, 20, 30], 1), ([90, 10, 110, 30], 0)])
def test_boxes_outside_the_window_get_no_label(box: list[float], labels: int) -> None:
    axes = Figure().add_subplot()
    show_picture(axes, np.zeros((80, 120, 3), np.uint8), "part", (0, 0, 60, 60))
    draw_box(axes, np.array(box, float), (1, 0, 0), "7")
    assert len(axes.texts) == labels
