"""The element-wise filter against the matrix filter, and properties for any box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack.tracking import MotionSettings, Tracker
from outrack.tracking.kalman import COVARIANCE, MEAN, VAR_MEAN, VAR_VELOCITY, VELOCITY, KalmanFilter
from tests.tracking.fairmot_loop import MatrixKalman

FAIRMOT = MotionSettings(box_shape="aspect", velocity_noise=1 / 160)


def random_boxes(rng: np.random.Generator, n: int) -> np.ndarray:
    corner = rng.uniform(0, 1000, (n, 2))
    return np.hstack([corner, corner + rng.uniform(20, 200, (n, 2))])


def as_matrices(states: np.ndarray, row: int) -> tuple[np.ndarray, np.ndarray]:
    state = states[:, row]
    covariance = np.zeros((8, 8))
    covariance[:4, :4] = np.diag(state[VAR_MEAN])
    covariance[4:, 4:] = np.diag(state[VAR_VELOCITY])
    covariance[:4, 4:] = covariance[4:, :4] = np.diag(state[COVARIANCE])
    return np.r_[state[MEAN], state[VELOCITY]], covariance


def test_equals_the_matrix_filter_over_a_long_life() -> None:
    rng = np.random.default_rng(1)
    fast, slow = KalmanFilter(FAIRMOT), MatrixKalman()
    boxes = random_boxes(rng, 20)
    states = fast.initiate(fast.measure(boxes))
    matrices = [slow.initiate(z) for z in fast.measure(boxes)]
    for step in range(60):
        states = fast.predict(states)
        matrices = [slow.predict(*m) for m in matrices]
        corner = boxes[:, :2] + rng.normal(2, 3, (20, 2))
        boxes = np.hstack([corner, corner + (boxes[:, 2:] - boxes[:, :2]) * rng.uniform(0.95, 1.05, (20, 2))])
        z = fast.measure(boxes)
        distance = ((z - states[MEAN]) ** 2 / fast.innovation_variance(states)).sum(axis=1)
        for i, m in enumerate(matrices):
            assert distance[i] == pytest.approx(slow.distance(*m, z[i : i + 1])[0], rel=1e-9)
        if step % 3:  # nothing is detected in every third frame
            states = fast.update(states, z)
            matrices = [slow.update(*m, z[i]) for i, m in enumerate(matrices)]
    for i, (mean, covariance) in enumerate(matrices):
        got_mean, got_covariance = as_matrices(states, i)
        np.testing.assert_allclose(got_mean, mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(got_covariance, covariance, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", ["aspect", "size"])
def test_boxes_undo_measure(shape: str) -> None:
    kalman = KalmanFilter(replace(FAIRMOT, box_shape=shape))
    boxes = random_boxes(np.random.default_rng(2), 50)
    np.testing.assert_allclose(kalman.boxes(kalman.initiate(kalman.measure(boxes))), boxes, atol=1e-9)


@pytest.mark.parametrize("shape", ["aspect", "size"])
@given(seed=st.integers(0, 10_000), gaps=st.lists(st.floats(0.1, 10), min_size=1, max_size=30))
def test_covariance_stays_positive(shape: str, seed: int, gaps: list[float]) -> None:
    rng = np.random.default_rng(seed)
    kalman = KalmanFilter(replace(FAIRMOT, box_shape=shape))
    states = kalman.initiate(kalman.measure(random_boxes(rng, 4)))
    for gap in gaps:
        states = kalman.predict(states, gap)
        if rng.random() < 0.7:
            states = kalman.update(states, kalman.measure(random_boxes(rng, 4)))
        determinant = states[VAR_MEAN] * states[VAR_VELOCITY] - states[COVARIANCE] ** 2
        assert (states[VAR_MEAN] > 0).all()
        assert (determinant > 0).all()


def test_a_longer_interval_moves_a_track_farther_and_makes_it_less_certain() -> None:
    kalman = KalmanFilter(FAIRMOT)
    states = kalman.initiate(kalman.measure(np.array([[100.0, 100, 140, 200]])))
    for x in (102.0, 104.0, 106.0, 108.0):
        states = kalman.update(kalman.predict(states), kalman.measure(np.array([[x, 100, x + 40, 200]])))
    one, three = kalman.predict(states, 1.0), kalman.predict(states, 3.0)
    step = states[VELOCITY, 0, 0]
    assert one[MEAN, 0, 0] - states[MEAN, 0, 0] == pytest.approx(step)
    assert three[MEAN, 0, 0] - states[MEAN, 0, 0] == pytest.approx(3 * step)
    assert (three[VAR_MEAN, 0] > one[VAR_MEAN, 0]).all()


@pytest.mark.parametrize("shape", ["aspect", "size"])
def test_camera_motion_carries_boxes_and_velocities(shape: str) -> None:
    kalman = KalmanFilter(replace(FAIRMOT, box_shape=shape))
    states = kalman.initiate(kalman.measure(np.array([[100.0, 100, 140, 200]])))
    states[VELOCITY, 0, :2] = [3, 4]
    quarter_turn_twice_as_large = np.array([[0.0, -2, 10], [2, 0, 20]])
    before = states.copy()
    moved = kalman.move_camera(states, quarter_turn_twice_as_large)
    np.testing.assert_array_equal(states, before)  # the input stays
    np.testing.assert_allclose(moved[MEAN, 0, :2], [-2 * 150 + 10, 2 * 120 + 20])
    np.testing.assert_allclose(moved[VELOCITY, 0, :2], [-8, 6])
    box = kalman.boxes(moved)[0]
    np.testing.assert_allclose([box[2] - box[0], box[3] - box[1]], [80, 200])
    np.testing.assert_allclose(moved[VAR_MEAN, 0, :2], 4 * states[VAR_MEAN, 0, :2])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("position_noise", 0.1, (20**2, 10**2)),
        ("start_position_factor", 3.0, (15**2, 5**2)),
        ("aspect_noise", 0.2, (0.2**2, 0.2**2)),
        ("velocity_noise", 0.02, (20**2, 2**2)),
        ("start_velocity_factor", 4.0, (2.5**2, 0.625**2)),
        ("aspect_velocity_noise", 0.3, (0.3**2, 0.3**2)),
        ("measured_aspect_noise", 0.5, (0.01**2, 0.5**2)),
    ],
)
def test_all_noise_is_a_setting(name: str, value: float, expected: tuple[float, float]) -> None:
    """Variances of a new track, and what a frame or a measurement adds, for a box 100 pixels high."""
    kalman = Tracker(motion=replace(FAIRMOT, **{name: value}))._kalman
    states = kalman.initiate(kalman.measure(np.array([[0.0, 0, 40, 100]])))
    resting = states.copy()
    resting[VAR_VELOCITY] = 0
    column = 2 if "aspect" in name else 0
    row = VAR_VELOCITY if "velocity" in name else VAR_MEAN
    added = (kalman.predict(resting) - resting)[row]
    if name == "measured_aspect_noise":
        added = kalman.innovation_variance(states) - states[VAR_MEAN]
    assert (states[row, 0, column], added[0, column]) == pytest.approx(expected)


def test_no_tracks() -> None:
    kalman = KalmanFilter(FAIRMOT)
    none = kalman.initiate(np.empty((0, 4)))
    assert kalman.update(kalman.predict(none), np.empty((0, 4))).shape == (5, 0, 4)
    assert kalman.boxes(none).shape == (0, 4)


@pytest.mark.parametrize("shape", ["aspect", "size"])
def test_a_box_that_narrows_quickly_never_turns_over(shape: str) -> None:
    kalman = KalmanFilter(MotionSettings(box_shape=shape))
    states = None
    for width in (132.0, 74.0, 17.0, 1.0):
        measured = kalman.measure(np.array([[300.0 - width / 2, 100.0, 300.0 + width / 2, 400.0]]))
        states = kalman.initiate(measured) if states is None else kalman.update(kalman.predict(states), measured)
    assert states is not None
    for _ in range(5):
        states = kalman.predict(states)
        (box,) = kalman.boxes(states)
        assert box[0] <= box[2] and box[1] <= box[3]
