"""Candidate pairs, by comparing all boxes and by sorting them."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack.boxes import iou
from outrack.tracking.pairs import overlapping_pairs, pairs_in_intervals


@pytest.mark.parametrize("few", [0, 10_000], ids=["sorted", "compared"])
@given(st.integers(0, 10_000), st.integers(0, 30), st.integers(0, 30))
def test_overlapping_pairs_are_those_with_some_iou(few: int, seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 300, (n + m, 2))
    boxes = np.hstack([corner, corner + rng.uniform(1, 80, (n + m, 2))])
    a, b = boxes[:n], boxes[n:]
    with patch("outrack.tracking.pairs.FEW", few):
        pairs, values = overlapping_pairs(a, b)
    dense = np.zeros((n, m))
    dense[pairs.rows, pairs.cols] = values
    np.testing.assert_allclose(dense, iou(a, b), atol=1e-12)
    assert (values > 0).all()


@pytest.mark.parametrize("few", [0, 10_000], ids=["sorted", "compared"])
def test_boxes_without_a_size_overlap_nothing(few: int) -> None:
    usual = [0.0, 0, 10, 10]
    point, turned = [5.0, 5, 5, 5], [8.0, 8, 2, 2]
    with patch("outrack.tracking.pairs.FEW", few):
        pairs, values = overlapping_pairs(np.array([point, turned, usual]), np.array([usual, point, turned]))
    assert (pairs.rows.tolist(), pairs.cols.tolist(), values.tolist()) == ([2], [0], [1.0])


def test_intervals_are_closed_and_may_be_empty() -> None:
    pairs = pairs_in_intervals(np.array([1.0, 5.0, 9.0]), np.array([3.0, 4.0, 20.0]), np.array([3.0, 1.0, 10.0, 2.0]))
    assert sorted(zip(pairs.rows.tolist(), pairs.cols.tolist(), strict=True)) == [(0, 0), (0, 1), (0, 3), (2, 2)]
