"""The camera's motion, estimated from pictures that were moved by a known amount."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from outrack.video.camera_motion import _PRIOR, CameraMotionEstimator, _similarity

NO_BOXES = np.empty((0, 4))
IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])


def scenery(width: int, height: int, seed: int = 0) -> Image.Image:
    """Blurred noise: something to see everywhere."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (height // 12, width // 12, 3), dtype=np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


def moved(picture: Image.Image, affine: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The picture after every point went where `affine` (2, 3) says."""
    inverse = np.linalg.inv(np.vstack([affine, [0, 0, 1]]))[:2]
    return np.asarray(
        picture.transform(picture.size, Image.Transform.AFFINE, tuple(inverse.ravel()), Image.Resampling.BICUBIC)
    )


def corners_after(affine: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
    return corners @ affine[:, :2].T + affine[:, 2]


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (480, 854), (1280, 370)])
@pytest.mark.parametrize(
    "affine",
    [
        np.array([[1, 0, 14.0], [0, 1, -6.0]]),
        np.array([[1, 0, -3.5], [0, 1, 2.0]]),
        np.array([[1.01, -0.004, 5.0], [0.004, 1.01, -4.0]]),
    ],
)
def test_a_known_motion_is_found(size: tuple[int, int], affine: NDArray[np.float64]) -> None:
    picture = scenery(*size)
    estimator = CameraMotionEstimator()
    assert np.array_equal(estimator.update(np.asarray(picture), NO_BOXES), IDENTITY)
    found = estimator.update(moved(picture, affine), NO_BOXES)
    error = np.linalg.norm(corners_after(found, *size) - corners_after(affine, *size), axis=1)
    assert error.max() < 0.004 * max(size)


def test_a_still_camera_gives_exactly_the_identity_though_people_walk() -> None:
    picture = scenery(640, 480)
    walker = scenery(120, 300, seed=5)
    estimator = CameraMotionEstimator()
    for step in range(40):
        shown = picture.copy()
        x = 20 + 9 * step
        shown.paste(walker, (x, 100))
        box = np.array([[x, 100.0, x + 120, 400]])
        assert np.array_equal(estimator.update(np.asarray(shown), box), IDENTITY)


def test_a_crowd_walking_in_one_direction_is_not_mistaken_for_camera_motion() -> None:
    picture = scenery(640, 480)
    estimator = CameraMotionEstimator()
    for step in range(6):
        shown, boxes = picture.copy(), []
        for person in range(5):
            x = 30 + 115 * person + 6 * step
            shown.paste(scenery(70, 260, seed=person + 1), (x, 180))
            boxes.append((x, 180.0, x + 70, 440))
        found = estimator.update(np.asarray(shown), np.array(boxes))
        assert np.array_equal(found, IDENTITY)


def test_a_camera_that_starts_to_move_is_noticed() -> None:
    picture = scenery(640, 480)
    estimator = CameraMotionEstimator()
    for _ in range(60):
        estimator.update(np.asarray(picture), NO_BOXES)
    total = np.zeros(2)
    for step in range(1, 9):
        total += estimator.update(moved(picture, np.array([[1, 0, 3.0 * step], [0, 1, 0]])), NO_BOXES)[:, 2]
    assert total[0] == pytest.approx(24, abs=9)  # the first few pictures may be skipped, then it is followed
    assert abs(total[1]) < 1


@pytest.mark.parametrize("count", [0, 30, 60])
def test_a_pan_is_followed_after_pictures_that_show_nothing(count: int) -> None:
    picture = scenery(640, 480)
    estimator = CameraMotionEstimator()
    for _ in range(count):
        estimator.update(np.zeros((480, 640, 3), np.uint8), NO_BOXES)
    total = sum(
        estimator.update(moved(picture, np.array([[1, 0, 5.0 * step], [0, 1, 0]])), NO_BOXES)[0, 2]
        for step in range(30)
    )
    assert total == pytest.approx(5 * 29, abs=6)


def test_cuts_black_pictures_tiny_pictures_and_new_sizes_give_no_motion() -> None:
    estimator = CameraMotionEstimator()
    pictures = [
        np.asarray(scenery(640, 480)),
        np.asarray(scenery(640, 480, seed=9)),  # a cut
        np.zeros((480, 640, 3), np.uint8),
        np.zeros((480, 640, 3), np.uint8),
        np.asarray(scenery(640, 360)),
        np.asarray(scenery(64, 48)),
        np.asarray(scenery(64, 48)),
        np.asarray(scenery(12, 3000)),
    ]
    for picture in pictures:
        assert np.array_equal(estimator.update(picture, NO_BOXES), IDENTITY)


def test_after_a_reset_the_next_picture_is_the_first() -> None:
    picture = scenery(640, 480)
    estimator = CameraMotionEstimator()
    estimator.update(np.asarray(picture), NO_BOXES)
    estimator.reset()
    assert np.array_equal(estimator.update(moved(picture, np.array([[1, 0, 14.0], [0, 1, 0]])), NO_BOXES), IDENTITY)


def test_the_fit_is_the_least_squares_solution() -> None:
    rng = np.random.default_rng(3)
    (x, y), (dx, dy), weights = rng.normal(20, 60, (2, 30)), rng.normal(3, 2, (2, 30)), rng.uniform(0.1, 1, 30)
    one, zero, root = np.ones(30), np.zeros(30), np.sqrt(weights)
    rows = np.concatenate(
        [root * [x, -y, one, zero], root * [y, x, zero, one], _PRIOR * np.sqrt(weights.sum()) * np.eye(4)[:, :2]],
        axis=1,
    )
    wanted = np.concatenate([root * dx, root * dy, [0, 0]])
    expected, *_ = np.linalg.lstsq(rows.T, wanted, rcond=None)
    change, shift = _similarity(x + 1j * y, dx + 1j * dy, weights)
    np.testing.assert_allclose([change.real, change.imag, shift.real, shift.imag], expected, rtol=1e-9)
