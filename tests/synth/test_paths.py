from __future__ import annotations

import math

import numpy as np
import pytest

from outrack.synth.camera import Camera, draw_camera, draw_shake
from outrack.synth.paths import Obstruction, Path, approach, cross, hide, meet, stand, walk_together

CAMERA = Camera(512, 320, focal=500.0, height_m=2.0, horizon=80.0, near_z=4.0, far_z=20.0)


def sight(path: Path, time_s: float) -> float:
    """The direction in which the camera sees the walker."""
    step = path.at(time_s)
    return step.x / step.z


def test_a_walker_goes_straight_stops_and_counts_its_metres() -> None:
    times, points = np.array([0.0, 4.0, 6.0]), np.array([[0.0, 8.0], [4.0, 8.0], [4.0, 8.0]])
    path = Path(times, points, np.array([0.0, 4.0, 4.0]), rest_heading=1.0)
    walking, standing = path.at(2.0), path.at(5.5)
    assert (walking.x, walking.z, walking.walked) == pytest.approx((2.0, 8.0, 2.0))
    assert walking.speed == pytest.approx(1.0) and walking.heading == pytest.approx(math.pi / 2)
    assert (standing.x, standing.speed, standing.heading) == pytest.approx((4.0, 0.0, 1.0))


def test_people_who_cross_are_in_one_line_of_sight_about_then() -> None:
    for seed in range(10):
        paths = cross(np.random.default_rng(seed), CAMERA, 5.0, 3, gap_m=0.8)
        assert len(paths) == 3
        depths = [path.at(5.0).z for path in paths]
        assert depths == sorted(depths)
        closest = [min(abs(sight(path, t) - sight(paths[0], 5.0)) for t in np.arange(3.0, 7.0, 0.05)) for path in paths]
        assert max(closest) < 0.02


def test_who_hides_is_behind_the_thing_and_in_its_shadow() -> None:
    thing = Obstruction(1.0, 8.0, 1.2)
    for seed in range(10):
        (path,) = hide(np.random.default_rng(seed), CAMERA, 3.0, 1, thing)
        step = path.at(3.0)
        assert step.z > thing.z + 0.3
        assert abs(step.x / step.z - thing.x / thing.z) * thing.z < thing.width


@pytest.mark.parametrize("story", [meet, stand, walk_together, approach])
def test_every_story_begins_and_ends_out_of_the_picture(story) -> None:
    for seed in range(10):
        for path in story(np.random.default_rng(seed), CAMERA, 2.0, 2):
            assert path.share_in_view(CAMERA, np.array([-1000.0, 1000.0])) == 0
            assert (np.diff(path.times) >= 0).all() and path.points[:, 1].min() > 0.5


def test_people_walk_at_human_speeds() -> None:
    rng = np.random.default_rng(0)
    speeds = [path.at(2.0).speed for _ in range(40) for path in walk_together(rng, CAMERA, 2.0, 2)]
    assert min(speeds) > 0.5 and max(speeds) < 2.3


def test_a_drawn_camera_sees_people_in_the_asked_sizes() -> None:
    for seed in range(20):
        camera = draw_camera(np.random.default_rng(seed), 512, 320, person_heights=(0.15, 0.6))
        assert 1.7 * camera.pixels_per_metre(camera.near_z) == pytest.approx(0.6 * 320)
        assert 1.7 * camera.pixels_per_metre(camera.far_z) == pytest.approx(0.15 * 320)
        assert 0.92 * 320 < camera.foot(0, camera.near_z)[1] < 1.05 * 320


def test_a_still_camera_does_not_shake() -> None:
    still = draw_shake(np.random.default_rng(0), jitter_px=0.0, pan_px=0.0)
    assert still.at(1.3) == (0.0, 0.0)
    moving = draw_shake(np.random.default_rng(0), jitter_px=2.0, pan_px=10.0)
    assert len({round(moving.at(t)[0], 6) for t in np.arange(0, 5, 0.1)}) > 40
