from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outrack.structures import Tracks, TrackState
from outrack.video import Painter
from outrack.video.colours import colour_of, ink_on

GREY = 100


def canvas(height: int = 360, width: int = 480) -> np.ndarray:
    image = np.full((height, width, 3), GREY, np.uint8)
    image.flags.writeable = False  # painting in place would raise
    return image


def touched(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (before != after).any(axis=2)


def test_the_box_lies_inside_its_edge_in_the_colour_of_its_id(make_tracks):
    image = canvas(720, 900)  # lines of 2 pixels
    painted = Painter().paint(image, make_tracks([[100, 200, 180, 400]], ids=[5]))
    colour = list(colour_of(5))
    for y, x in ((200, 150), (201, 150), (399, 150), (398, 150), (300, 100), (300, 101), (300, 179), (300, 178)):
        assert painted[y, x].tolist() == colour
    assert not touched(image, painted)[202:398, 102:178].any(), "the person stays visible"
    assert not touched(image, painted)[400:].any()
    assert painted.dtype == np.uint8
    assert painted.shape == image.shape


def test_states_look_different(make_tracks):
    looks = {
        state: Painter().paint(canvas(720, 900), make_tracks([[100, 200, 300, 600]], states=[state]))[200:600, 100:300]
        for state in TrackState
    }
    for one, other in itertools.combinations(looks.values(), 2):
        assert touched(one, other).sum() > 300
    colour = np.array(colour_of(1))
    solid, dashed, dotted, finely = ((look[300] == colour).all(axis=1).sum() for look in looks.values())
    assert solid == 4  # two lines of two pixels
    assert dashed in (0, 4)
    assert dotted in (0, 2)
    assert finely in (0, 4)
    upper = looks[TrackState.REFOUND][0]
    assert {tuple(pixel) for pixel in upper.tolist()} == {tuple(colour.tolist()), (255, 255, 255)}


def test_a_label_stands_above_its_box_and_inside_at_the_upper_edge(make_tracks):
    image = canvas()
    above = touched(image, Painter().paint(image, make_tracks([[100, 200, 140, 300]])))
    assert above[190:200, 100:106].all()
    below = touched(image, Painter().paint(image, make_tracks([[100, 3, 140, 300]])))
    assert below[3:13, 100:106].all()
    assert not below[:3].any()
    right = touched(image, Painter().paint(image, make_tracks([[475, 200, 600, 300]], ids=[1234])))
    assert right[195, 460:480].all(), "pushed inside, so that all digits can be read"


def test_labels_stay_above_the_lines_of_other_boxes(make_tracks):
    alone = Painter().paint(canvas(), make_tracks([[100, 100, 140, 200]], ids=[1]))
    crossed = Painter().paint(canvas(), make_tracks([[100, 100, 140, 200], [60, 94, 300, 300]], ids=[1, 2]))
    assert (alone[90:100, 100:106] == crossed[90:100, 100:106]).all()


def test_without_boxes_only_requested_layers_are_drawn(make_tracks):
    image = canvas()
    tracks = make_tracks([[100, 200, 140, 300]])
    points = np.array([[50.0, 60.0, 1.0]])
    assert not touched(image, Painter(show_boxes=False).paint(image, tracks, points)).any()
    changed = touched(image, Painter(show_boxes=False, show_occlusion=True).paint(image, tracks, points))
    rows, columns = np.nonzero(changed)
    assert (rows.mean(), columns.mean()) == (60, 50)


def test_a_sure_occlusion_point_is_clearer(make_tracks):
    painter = Painter(show_occlusion=True)
    points = np.array([[50.0, 60.0, 1.0], [150.0, 60.0, 0.3], [250.0, 60.0, 0.0]])
    painted = painter.paint(canvas(), Tracks.empty(), points)
    sure, unsure, none = painted[60, [50, 150, 250], 0].astype(int)
    assert sure == 255
    assert GREY == none < unsure < 200


def test_a_trail_follows_the_feet_fades_and_is_forgotten(make_tracks):
    image = canvas()
    painter = Painter(show_boxes=False, show_trails=True, trail_frames=10)
    for step in range(8):
        painted = painter.paint(image, make_tracks([[20 + 30 * step, 100, 40 + 30 * step, 200]], ids=[3]))
    changed = touched(image, painted)
    assert changed[200, 60:240].all(), "one unbroken line from the first foot point to the last"
    assert not changed[:195].any()
    contrast = np.abs(painted[200].astype(int) - GREY).sum(axis=1)
    assert contrast[70] < contrast[150] < contrast[238]
    for _ in range(10):
        painted = painter.paint(image, Tracks.empty())
    assert not touched(image, painted).any()


def test_trails_of_one_video_are_not_drawn_into_the_next(make_tracks):
    image = canvas()
    painter = Painter(show_boxes=False, show_trails=True)
    for step in range(8):
        painted = painter.paint(image, make_tracks([[20 + 30 * step, 100, 40 + 30 * step, 200]], ids=[3]))
    assert touched(image, painted).any()
    painter.reset()
    assert not touched(image, painter.paint(image, Tracks.empty())).any()


def test_a_trail_does_not_connect_across_a_long_gap(make_tracks):
    image = canvas()
    painter = Painter(show_boxes=False, show_trails=True, trail_frames=3)
    painter.paint(image, make_tracks([[20, 100, 40, 200]]))
    for _ in range(3):
        painter.paint(image, Tracks.empty())
    assert not touched(image, painter.paint(image, make_tracks([[320, 100, 340, 200]]))).any()


def test_a_painter_takes_pictures_of_another_size(make_tracks):
    painter = Painter(show_trails=True)
    painter.paint(canvas(100, 100), make_tracks([[10, 10, 20, 30]]))
    assert painter.paint(canvas(800, 1200), make_tracks([[10, 100, 1100, 700]])).shape == (800, 1200, 3)


coordinates = st.floats(-1e9, 1e9) | st.integers(-60, 130).map(float)


@settings(max_examples=80)
@given(
    boxes=st.lists(st.tuples(coordinates, coordinates, coordinates, coordinates), max_size=6),
    states=st.lists(st.sampled_from([0, 1, 2]), min_size=6, max_size=6),
    points=st.lists(st.tuples(coordinates, coordinates, st.floats(-1, 2)), max_size=4),
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
)
def test_no_box_or_point_breaks_the_painter(boxes, states, points, size):
    n = len(boxes)
    zeros = np.zeros(n, np.int64)
    tracks = Tracks(
        np.array(boxes, np.float64).reshape(-1, 4), np.arange(1, n + 1), zeros, zeros, np.array(states[:n]), zeros
    )
    painter = Painter(show_trails=True, show_occlusion=True)
    for shift in (0.0, 30.0):
        moved = Tracks(tracks.xyxy + shift, tracks.ids, zeros, zeros, tracks.states, zeros)
        painted = painter.paint(canvas(*size), moved, np.array(points, np.float64).reshape(-1, 3))
    assert painted.shape == (*size, 3)


def test_a_box_that_is_outside_leaves_no_mark(make_tracks):
    image = canvas()
    boxes = [[-90, 10, -10, 60], [500, 10, 600, 60], [10, 400, 60, 500], [50, 60, 50, 90], [90, 80, 60, 90]]
    painted = Painter().paint(image, make_tracks(boxes))
    lines = touched(image, painted)
    lines[45:92, 50:110] = False  # the labels of the two boxes without area
    assert not lines.any()


def test_a_box_half_outside_has_its_inner_sides_only(make_tracks):
    image = canvas()
    painted = touched(image, Painter().paint(image, make_tracks([[-50, 100, 100, 500]])))
    assert painted[100:, 99].all()
    assert painted[100, :100].all()
    assert not painted[130:, :98].any()


def test_neighbouring_ids_have_colours_far_apart():
    colours = np.array([colour_of(track_id) for track_id in range(1, 300)], float)
    for step in (1, 2, 3, 4):
        assert np.linalg.norm(colours[step:] - colours[:-step], axis=1).min() > 40
    assert colour_of(7) == colour_of(7)


@pytest.mark.parametrize("track_id", range(1, 40))
def test_ids_are_readable_on_their_colour(track_id):
    """Contrast ratio of WCAG 2, at least the 3 : 1 that it asks of large text."""
    ground, ink = (luminance(colour) for colour in (colour_of(track_id), ink_on(colour_of(track_id))))
    assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 3


def luminance(colour: tuple[int, int, int]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in np.array(colour) / 255]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_the_cache_of_styles_is_bounded(make_tracks):
    painter = Painter(show_trails=True, trail_frames=5)
    image = canvas(60, 80)
    for first in range(1, 3000, 50):
        painter.paint(image, make_tracks([[10, 10, 30, 40]] * 50, ids=list(range(first, first + 50))))
    assert len(painter._styles[0]._lines) <= 256
    assert len(painter._styles[0]._labels) <= 256
    assert len(painter._trails._feet) <= 250
    assert len(painter._trails._steps) <= 5


def test_painting_fifty_boxes_costs_a_few_copies_of_the_picture(make_tracks):
    """Painting stays within a few times the cost of copying the picture, which it cannot avoid."""
    image = canvas(1080, 1920)
    random = np.random.default_rng(0)
    corner = random.uniform(0, [1800, 700], (50, 2))
    tracks = make_tracks(np.hstack([corner, corner + np.array([80, 240])]).tolist())
    painter = Painter()

    def best_of(call, times: int = 15) -> float:
        spans = []
        for _ in range(times):
            started = time.perf_counter()
            call()
            spans.append(time.perf_counter() - started)
        return min(spans)

    assert best_of(lambda: painter.paint(image, tracks)) < 25 * best_of(image.copy)


def test_a_trail_has_a_length():
    with pytest.raises(ValueError, match="trail_frames: expected 1 or more, got 0"):
        Painter(trail_frames=0)
