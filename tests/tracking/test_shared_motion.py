"""The shift that all tracks share, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from outrack.tracking.settings import CameraSettings
from outrack.tracking.shared_motion import SharedMotion, _gain, _median

SETTINGS = CameraSettings()
BOXES = np.array([[100.0 * k, 50, 100.0 * k + 40, 150] for k in range(8)])


@pytest.mark.parametrize("count", range(1, 8))
def test_the_median_is_that_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert _median(values.tolist()) == pytest.approx(float(np.median(values)))


def test_gain_of_each_half_by_the_other() -> None:
    # Of the even ones the median is (3, 0), of the odd ones (1, 0); boxes are 10 pixels high.
    miss = np.array([[9.0, 0], [1, 0], [3, 0], [1, 0], [3, 0], [1, 0]])
    before, after = 9 + 1 + 3 + 1 + 3 + 1, (8 + 2 + 2) + (2 + 2 + 2)
    assert _gain(miss, np.full(6, 10.0)).tolist() == pytest.approx([(before - after) / 10, before / 10])


def test_a_shift_of_all_is_the_motion_of_the_camera_and_its_evidence_fades() -> None:
    motion = SharedMotion(SETTINGS)
    seen = BOXES + np.array([7, -3, 7, -3])
    np.testing.assert_allclose(motion.shift(BOXES, seen, elapsed_s=0.1), [7, -3])
    # All of the misses is spared: ten pixels for each of eight boxes of 100 pixels.
    np.testing.assert_allclose(motion.evidence, [0.8, 0.8])
    assert motion.shift(BOXES[:2], seen[:2], elapsed_s=2.0).tolist() == [0, 0]  # too few speak of it
    np.testing.assert_allclose(motion.evidence, 0.8 * math.exp(-2.0 / SETTINGS.memory_s))


def test_independent_motion_is_not_camera_motion() -> None:
    motion = SharedMotion(SETTINGS)
    ways = np.array([[8.0, 0], [-8, 0]] * 4)
    assert motion.shift(BOXES, BOXES + np.hstack([ways, ways]), elapsed_s=0.1).tolist() == [0, 0]
    assert motion.evidence[0] < 0
