"""Heat maps: the radius rule, the kernel, and occluding pairs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack.boxes import gaussian_radius, occlusion_pairs
from outrack.detectors.heatmap import draw_gaussian


@pytest.mark.parametrize(("h", "w", "expected"), [(100, 100, 27.33), (100, 60, 20.6), (1, 1, 0.273)])
def test_radius_has_cornernets_values(h, w, expected):
    assert float(gaussian_radius(h, w)) == pytest.approx(expected, rel=2e-3)


@given(h=st.floats(0.1, 1e4), w=st.floats(0.1, 1e4), overlap=st.floats(0.05, 0.95))
def test_radius_is_the_smallest_of_cornernets_three_roots(h, w, overlap):
    """The roots as CornerNet's code has them: (b + sqrt(b^2 - 4ac)) / 2, whatever a is."""
    cases = [
        (1.0, h + w, w * h * (1 - overlap) / (1 + overlap)),
        (4.0, 2 * (h + w), (1 - overlap) * w * h),
        (4 * overlap, -2 * overlap * (h + w), (overlap - 1) * w * h),
    ]
    roots = [(b + math.sqrt(b**2 - 4 * a * c)) / 2 for a, b, c in cases]
    assert float(gaussian_radius(h, w, overlap)) == pytest.approx(min(roots), rel=1e-6)


def test_radius_takes_arrays():
    assert gaussian_radius([100, 1], [60, 1]).shape == (2,)


@pytest.mark.parametrize("overlap", [0.0, 1.0])
def test_radius_of_an_impossible_overlap(overlap):
    with pytest.raises(ValueError, match="min_overlap must be between 0 and 1"):
        gaussian_radius(1, 1, overlap)


def test_kernel_by_hand():
    """Radius 1: sigma 1/2, so e^-2 beside the centre and e^-4 at the corners."""
    heatmap = np.zeros((4, 5), np.float32)
    draw_gaussian(heatmap, 2, 1, 1)
    side, corner = math.exp(-2), math.exp(-4)
    expected = np.zeros((4, 5))
    expected[0:3, 1:4] = [[corner, side, corner], [side, 1, side], [corner, side, corner]]
    np.testing.assert_allclose(heatmap, expected, rtol=1e-6)
    assert heatmap[1, 2] == 1  # exactly: the focal loss counts cells equal to 1


def test_maps_keep_the_maximum_of_overlapping_kernels():
    one, other, both = (np.zeros((8, 8), np.float32) for _ in range(3))
    draw_gaussian(one, 2, 3, 3)
    draw_gaussian(other, 5, 4, 2)
    draw_gaussian(both, 2, 3, 3)
    draw_gaussian(both, 5, 4, 2)
    np.testing.assert_array_equal(both, np.maximum(one, other))


@given(x=st.integers(-6, 12), y=st.integers(-6, 10), radius=st.integers(0, 9))
def test_what_leaves_the_map_is_cut_off(x, y, radius):
    """As drawn on a large map, of which ours is a window."""
    heatmap, large = np.zeros((5, 7)), np.zeros((65, 67))
    draw_gaussian(heatmap, x, y, radius)
    draw_gaussian(large, x + 30, y + 30, radius)
    np.testing.assert_array_equal(heatmap, large[30:35, 30:37])


def test_negative_radius():
    with pytest.raises(ValueError, match="radius must be 0 or more, got -1"):
        draw_gaussian(np.zeros((2, 2)), 0, 0, -1)


def occlusions_by_loop(xyxy: np.ndarray, tau: float) -> tuple[list[tuple[int, int]], list[tuple[float, ...]]]:
    pairs, overlaps = [], []
    for i, j in itertools.combinations(range(len(xyxy)), 2):
        a, b = xyxy[i], xyxy[j]
        o = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
        smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
        if o[2] > o[0] and o[3] > o[1] and (o[2] - o[0]) * (o[3] - o[1]) / smaller > tau:
            pairs.append((i, j))
            overlaps.append(o)
    return pairs, overlaps


@pytest.mark.parametrize("tau", [0.0, 0.3, 0.7, 0.9])
def test_occlusions_equal_a_loop_over_pairs(tau):
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 50, (30, 2))
    xyxy = np.concatenate([corner, corner + rng.uniform(1, 60, (30, 2))], axis=1)
    pairs, overlaps = occlusion_pairs(xyxy, tau)
    expected_pairs, expected_overlaps = occlusions_by_loop(xyxy, tau)
    assert len(expected_pairs) > 5
    assert [tuple(pair) for pair in pairs.tolist()] == expected_pairs
    np.testing.assert_array_equal(overlaps, np.array(expected_overlaps))


def test_the_threshold_is_strict_and_the_smaller_box_counts():
    big, small = [0.0, 0.0, 100.0, 100.0], [93.0, 0.0, 103.0, 10.0]  # 70 of the small box's 100 are covered
    boxes = np.array([big, small])
    assert len(occlusion_pairs(boxes, 0.7)[0]) == 0
    pairs, overlaps = occlusion_pairs(boxes, 0.69)
    assert pairs.tolist() == [[0, 1]]
    assert overlaps.tolist() == [[93.0, 0.0, 100.0, 10.0]]


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_boxes_to_occlude(n):
    pairs, overlaps = occlusion_pairs(np.tile([[0.0, 0.0, 5.0, 5.0]], (n, 1)))
    assert pairs.shape == (0, 2)
    assert overlaps.shape == (0, 4)


def test_empty_boxes_occlude_nothing():
    boxes = np.array([[0.0, 0, 9, 9], [2, 2, 2, 5], [4, 4, 3, 3]])
    assert len(occlusion_pairs(boxes, 0.0)[0]) == 0


def test_tau_out_of_range():
    with pytest.raises(ValueError, match=r"tau must be 0 or more and below 1, got 1\.0"):
        occlusion_pairs(np.zeros((2, 4)), 1.0)
