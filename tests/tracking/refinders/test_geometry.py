"""Refinding by geometry: behind an object in front, which must cover enough."""

from __future__ import annotations

import numpy as np

from outrack.tracking.refinders.geometry import GeometrySettings, refind_by_geometry

DEFAULT = GeometrySettings()


def test_geometry_refinds_behind_a_nearer_object_only() -> None:
    nearer, farther = np.array([[100.0, 100, 160, 310]]), np.array([[100.0, 100, 160, 290]])
    lost = np.array([[110.0, 120, 150, 300], [400.0, 120, 440, 300]])
    behind = refind_by_geometry(lost, nearer, DEFAULT)
    assert behind.rows.tolist() == [0]
    np.testing.assert_array_equal(behind.xyxy, lost[:1])
    assert len(refind_by_geometry(lost, farther, DEFAULT).rows) == 0


def test_geometry_needs_enough_cover() -> None:
    lost = np.array([[100.0, 100, 200, 200]])
    occluder = np.array([[180.0, 100, 300, 220]])  # covers a fifth
    assert len(refind_by_geometry(lost, occluder, GeometrySettings(min_covered=0.3)).rows) == 0
    assert len(refind_by_geometry(lost, occluder, GeometrySettings(min_covered=0.1)).rows) == 1


def test_nothing_lost_or_nothing_in_front() -> None:
    some, none = np.array([[0.0, 0, 10, 10]]), np.empty((0, 4))
    for lost, occluders in [(some, none), (none, some), (none, none)]:
        assert len(refind_by_geometry(lost, occluders, DEFAULT).rows) == 0
