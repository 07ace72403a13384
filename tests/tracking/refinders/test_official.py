"""Refinding as the official code does it: any confident point in both boxes, and covered boxes."""

from __future__ import annotations

import numpy as np

from outrack.tracking.refinders.official import OfficialSettings, refind_as_official

LOST = np.array([[0.0, 0, 40, 100], [500, 0, 540, 100]])
TRACKED = np.array([[200.0, 0, 240, 100], [20, 0, 60, 100]])
SETTINGS = OfficialSettings(min_score=0.4)


def test_a_point_in_both_boxes_shows_the_lost_one_where_it_is_predicted() -> None:
    found = refind_as_official(LOST, TRACKED, np.array([[30.0, 50, 0.4]]), SETTINGS)
    assert (found.rows.tolist(), found.measured.tolist()) == ([0], [False])
    np.testing.assert_array_equal(found.xyxy, LOST[:1])


def test_weak_points_and_points_in_one_box_alone_refind_nothing() -> None:
    points = np.array([[30.0, 50, 0.39], [10, 50, 0.9], [50, 50, 0.9], [520, 50, 0.9]])
    assert len(refind_as_official(LOST, TRACKED, points, SETTINGS).rows) == 0
    assert len(refind_as_official(LOST, np.empty((0, 4)), points, SETTINGS).rows) == 0
