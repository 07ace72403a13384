from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from outrack.annotation import Annotation
from outrack.synth import occlusion_points
from outrack.synth.difficulty import Variation
from outrack.synth.figures import Figure
from outrack.synth.painting import Sprite, paint, place_figure

SAME = Variation(1.0, 1.0, 1.0, (1.0, 1.0, 1.0), blur=0.0, scale=1.0, aspect=1.0, shear=0.0)


def block(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 30)) -> Image.Image:
    return Image.new("RGBA", (width, height), (*colour, 255))


def person(number: int, left: int, top: int, *, depth: float, width: int = 20, height: int = 60) -> Sprite:
    return Sprite(block(width, height), left, top, depth, number)


def background() -> Image.Image:
    return Image.new("RGB", (200, 120), (90, 90, 90))


def test_a_person_half_behind_a_thing_has_half_its_visibility() -> None:
    pillar = Sprite(block(10, 100, (0, 0, 0)), 60, 0, 2.0, None)
    found = paint(background(), [person(3, 50, 40, depth=5.0), pillar]).annotation
    assert found.ids is not None and found.ids.tolist() == [3]
    assert found.xyxy.tolist() == [[50, 40, 70, 100]]
    assert found.visibility == pytest.approx([0.5])


def test_a_thing_behind_a_person_hides_nothing() -> None:
    pillar = Sprite(block(10, 100, (0, 0, 0)), 60, 0, 9.0, None)
    assert paint(background(), [pillar, person(3, 50, 40, depth=5.0)]).annotation.visibility == pytest.approx([1.0])


def test_the_nearer_person_is_pasted_last() -> None:
    far = Sprite(block(20, 60, (0, 0, 255)), 50, 40, 8.0, 1)
    near = Sprite(block(20, 60, (0, 255, 0)), 60, 45, 3.0, 2)
    painted = paint(background(), [near, far])
    assert painted.image.getpixel((65, 60)) == (0, 255, 0)
    assert painted.annotation.visibility == pytest.approx([1 - 10 * 55 / 1200, 1.0])


def test_pixels_outside_of_the_picture_are_own_but_not_seen() -> None:
    found = paint(background(), [person(1, -10, 40, depth=5.0)]).annotation
    assert found.xyxy.tolist() == [[-10, 40, 10, 100]]
    assert found.visibility == pytest.approx([0.5])


def test_people_who_have_left_are_not_labelled_and_hidden_people_are() -> None:
    gone, hidden = person(1, 199, 10, depth=5.0, width=40), person(2, 50, 40, depth=5.0)
    wall = Sprite(block(100, 100), 30, 20, 1.0, None)
    found = paint(background(), [gone, hidden, wall]).annotation
    assert found.ids is not None and found.ids.tolist() == [2]
    assert found.visibility == pytest.approx([0.0])


def test_the_background_is_not_changed_and_no_people_are_fine() -> None:
    empty = background()
    assert len(paint(empty, []).annotation) == 0
    paint(empty, [person(1, 50, 40, depth=5.0)])
    assert empty.tobytes() == background().tobytes()


def test_one_person_twice_in_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        paint(background(), [person(1, 10, 10, depth=5.0), person(1, 90, 10, depth=5.0)])


def test_a_placed_figure_stands_on_its_foot_with_its_height() -> None:
    figure = Figure(block(40, 120).convert("RGBa"), axis_x=20.0, body_height=120.0)
    sprite = place_figure(figure, (100.0, 110.0), 60.0, SAME, depth=4.0, person=7)
    assert paint(background(), [sprite]).annotation.xyxy[0] == pytest.approx([90, 50, 110, 110], abs=0.51)


def test_the_box_equals_a_slow_paste_pixel_by_pixel() -> None:
    rng = np.random.default_rng(3)
    shape = rng.random((90, 50)) < 0.02
    shape[20:80, 15:33] = True
    rgba = np.zeros((90, 50, 4), np.uint8)
    rgba[shape] = (10, 200, 10, 255)
    figure = Figure(Image.fromarray(rgba).convert("RGBa"), axis_x=24.0, body_height=90.0)
    sprite = place_figure(figure, (70.0, 100.0), 90.0, SAME, depth=4.0, person=1)
    ys, xs = np.nonzero(shape)
    slow = [70 - 24 + xs.min(), 100 - 90 + ys.min(), 70 - 24 + xs.max() + 1, 100 - 90 + ys.max() + 1]
    assert paint(background(), [sprite]).annotation.xyxy[0].tolist() == slow


def test_shear_leans_the_head_and_keeps_the_foot() -> None:
    figure = Figure(block(10, 100).convert("RGBa"), axis_x=5.0, body_height=100.0)
    lean = Variation(1.0, 1.0, 1.0, (1.0, 1.0, 1.0), blur=0.0, scale=1.0, aspect=1.0, shear=0.2)
    sprite = place_figure(figure, (80.0, 110.0), 100.0, lean, depth=4.0, person=1)
    alpha = np.asarray(sprite.image.getchannel("A")) >= 128
    foot, head = (np.flatnonzero(alpha[row - sprite.top]).mean() + sprite.left for row in (108, 12))
    assert foot == pytest.approx(80, abs=1)
    assert head == pytest.approx(80 + 0.2 * 98, abs=1.5)


def test_occlusion_points_lie_in_the_middle_of_overlaps_over_seventy_percent() -> None:
    boxes = np.array([[0.0, 0, 20, 60], [5.0, 0, 25, 60], [100.0, 0, 120, 60], [113.0, 0, 133, 60]])
    assert occlusion_points(Annotation.of_people(boxes)).tolist() == [[12.5, 30.0]]
    assert occlusion_points(Annotation.of_people(boxes[:0])).shape == (0, 2)
