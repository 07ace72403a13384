"""Box geometry, by hand and against a loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack import boxes as bx


def some_boxes(seed: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(-50, 100, (n, 2))
    return np.hstack([corner, corner + rng.uniform(0, 80, (n, 2))])


def slow_iou(a: np.ndarray, b: np.ndarray) -> float:
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = w * h if w > 0 and h > 0 else 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0


@given(st.integers(0, 1000), st.integers(0, 6), st.integers(0, 6))
def test_iou_and_overlap_against_a_loop(seed: int, n: int, m: int) -> None:
    a, b = some_boxes(seed, n), some_boxes(seed + 1, m)
    expected = np.array([[slow_iou(p, q) for q in b] for p in a]).reshape(n, m)
    np.testing.assert_allclose(bx.iou(a, b), expected, atol=1e-12)
    overlap = bx.overlap_xyxy(a, b).reshape(-1, 4)
    np.testing.assert_allclose(bx.xyxy_area(overlap).reshape(n, m), bx.intersection_area(a, b), atol=1e-9)


@given(st.integers(0, 1000))
def test_formats_undo_each_other(seed: int) -> None:
    a = some_boxes(seed, 5)
    np.testing.assert_allclose(bx.cxcywh_to_xyxy(bx.xyxy_to_cxcywh(a)), a, atol=1e-9)
    np.testing.assert_allclose(bx.xywh_to_xyxy(bx.xyxy_to_xywh(a)), a, atol=1e-9)


def test_boxes_of_no_size_share_nothing() -> None:
    flat = np.array([[5.0, 5, 5, 5]])
    assert bx.iou(flat, flat).tolist() == [[0.0]]
    assert bx.xyxy_area(np.array([[5.0, 5, 3, 9]])).tolist() == [0.0]


def test_clip_and_expand() -> None:
    box = np.array([[-10.0, 20, 50, 200]])
    assert bx.clip_xyxy(box, 40, 100).tolist() == [[0, 20, 40, 100]]
    np.testing.assert_allclose(bx.expand_xyxy(box, 0.1), [[-16, 2, 56, 218]])


def test_points_on_the_edge_lie_outside() -> None:
    boxes, points = np.array([[0.0, 0, 10, 20], [5, 5, 6, 6]]), np.array([[5.5, 5.5], [10, 5], [9, 19]])
    assert bx.contains_points(boxes, points).tolist() == [[True, False, True], [True, False, False]]


def test_warp_takes_the_box_around_the_warped_corners() -> None:
    quarter_turn = np.array([[0.0, -1, 100], [1, 0, 0]])
    assert bx.warp_xyxy(np.array([[10.0, 20, 30, 60]]), quarter_turn).tolist() == [[40, 10, 80, 30]]


@pytest.mark.parametrize("function", [bx.xywh_to_xyxy, bx.xyxy_to_xywh, bx.cxcywh_to_xyxy, bx.xyxy_to_cxcywh])
def test_no_boxes(function: object) -> None:
    assert callable(function)
    assert function(np.empty((0, 4))).shape == (0, 4)


def test_boxes_are_rotated_about_their_centre() -> None:
    boxes = np.array([[0.0, 10, 20, 60], [0, 0, 2, 2], [1, 2, 5, 9]])
    upright = bx.rotate_xyxy(boxes, np.array([90.0, 45, -180]))
    np.testing.assert_allclose(upright, [[-15, 25, 35, 45], [1 - 2**0.5, 1 - 2**0.5, 1 + 2**0.5, 1 + 2**0.5], boxes[2]])
