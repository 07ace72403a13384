"""Refinding by points: Eq. 15 and 16 by hand, and the assignment of points to tracks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outrack.boxes import gaussian_radius
from outrack.tracking.refinders.points import PointsSettings, recover_box, recover_coordinate, refind_by_points

DEFAULT, WIDE = PointsSettings(), PointsSettings(sigma=1.0)


def overlap_centre(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (np.maximum(a[:2], b[:2]) + np.minimum(a[2:], b[2:])) / 2


@pytest.mark.parametrize(
    ("case", "truth", "predicted"),
    [
        ("left", (80.0, 120.0), (84.0, 124.0)),
        ("inside", (110.0, 150.0), (105.0, 145.0)),
        ("right", (150.0, 190.0), (147.0, 187.0)),
    ],
)
def test_the_three_solvable_cases_give_the_true_interval_back(
    case: str, truth: tuple[float, float], predicted: tuple[float, float]
) -> None:
    b1, b2 = 100.0, 160.0
    z = (max(truth[0], b1) + min(truth[1], b2)) / 2
    numbers = [np.array([value]) for value in (*predicted, b1, b2, z)]
    assert recover_coordinate(*numbers)[0] == pytest.approx(truth[0]), case


def test_the_unsolvable_case_keeps_the_prediction() -> None:
    numbers = [np.array([value]) for value in (90.0, 200.0, 100.0, 160.0, 130.0)]
    assert recover_coordinate(*numbers)[0] == 90.0
    same_start = [np.array([value]) for value in (100.0, 200.0, 100.0, 160.0, 120.0)]
    assert recover_coordinate(*same_start)[0] == 100.0  # it covers the other one there, too


@given(st.floats(-80, 80), st.floats(-80, 80), st.floats(-6, 6), st.floats(-6, 6))
def test_recovers_any_true_box_whose_prediction_lies_in_the_same_case(x: float, y: float, dx: float, dy: float) -> None:
    occluder = np.array([100.0, 100, 180, 300])
    truth = np.array([120.0 + x, 150 + y, 170 + x, 290 + y])
    predicted = truth + np.array([dx, dy, dx, dy])
    low, high = np.maximum(truth[:2], occluder[:2]), np.minimum(truth[2:], occluder[2:])
    assume((high > low).all())
    for axis in (0, 1):
        same_side = [(box[axis] <= occluder[axis], box[axis + 2] <= occluder[axis + 2]) for box in (truth, predicted)]
        assume(same_side[0] == same_side[1])
        assume(same_side[0] != (True, False))
    got = recover_box(predicted[None], occluder[None], overlap_centre(truth, occluder)[None])
    np.testing.assert_allclose(got[0], truth, atol=1e-9)


def test_a_point_near_the_expected_overlap_refinds_and_a_far_one_does_not() -> None:
    occluder = np.array([[100.0, 100, 180, 300]])
    predicted = np.array([[110.0, 110, 170, 290]])
    centre = overlap_centre(predicted[0], occluder[0])
    radius = gaussian_radius(180, 60)
    reach = radius / 3 * np.sqrt(-2 * np.log(0.7))  # where G falls to tau_o = 0.7
    near = refind_by_points(predicted, occluder, np.array([[centre[0] + 0.99 * reach, centre[1], 0.9]]), DEFAULT)
    far = refind_by_points(predicted, occluder, np.array([[centre[0] + 1.01 * reach, centre[1], 0.9]]), DEFAULT)
    assert near.rows.tolist() == [0]
    assert far.rows.tolist() == []
    wide = refind_by_points(predicted, occluder, np.array([[centre[0] + 2.5 * reach, centre[1], 0.9]]), WIDE)
    assert wide.rows.tolist() == [0]


def test_the_best_pair_of_occluder_and_point_wins() -> None:
    lost = np.array([[100.0, 100, 140, 200]])
    occluders = np.array([[90.0, 100, 110, 210], [110.0, 95, 160, 215]])
    point = overlap_centre(lost[0] + [3, 0, 3, 0], occluders[1])
    got = refind_by_points(lost, occluders, np.array([[101.0, 110, 0.9], [*point, 0.5]]), WIDE)
    np.testing.assert_allclose(got.xyxy[0, ::2], [103, 143])


def test_a_point_outside_the_lost_box_is_ignored() -> None:
    lost, occluder = np.array([[100.0, 100, 120, 200]]), np.array([[90.0, 100, 300, 210]])
    outside = np.array([[121.0, 150, 0.9]])
    assert len(refind_by_points(lost, occluder, outside, PointsSettings(threshold=0.0, sigma=10.0)).rows) == 0


def test_nothing_lost_nothing_in_front_no_points() -> None:
    some, none, points = np.array([[0.0, 0, 10, 10]]), np.empty((0, 4)), np.array([[5.0, 5, 1]])
    for lost, occluders in [(some, none), (none, some), (none, none)]:
        assert len(refind_by_points(lost, occluders, points, DEFAULT).rows) == 0
    assert len(refind_by_points(some, some, np.empty((0, 3)), DEFAULT).rows) == 0
