"""Targets made on the GPU are those of the package's own encoder; here both run on the CPU."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from outrack.datasets import Annotation
from outrack.training.data.target_encoder import TargetEncoder
from tests.conftest import ROOT

WIDTH, HEIGHT = 256, 160


@pytest.fixture(scope="module")
def gpu() -> Iterator[tuple[ModuleType, ModuleType]]:
    """`scenes.py` and `targets.py` of scripts/gpu, which import each other as scripts beside each other do."""
    folder, before = str(ROOT / "scripts" / "gpu"), set(sys.modules)
    sys.path.insert(0, folder)
    try:
        yield import_module("scenes"), import_module("targets")
    finally:
        sys.path.remove(folder)
        for name in {"scenes", "targets", "packed", "views", "detection_losses"} - before:
            sys.modules.pop(name, None)


def crowd(seed: int) -> Annotation:
    """People who stand close together, one crowd of them ignored, one of them almost hidden."""
    rng = np.random.default_rng(seed)
    height = rng.uniform(30, 90, 14)
    centre = rng.uniform((30, 50), (WIDTH - 30, HEIGHT - 50), (14, 2))
    size = np.column_stack((height * 0.4, height))
    centre[7], size[7] = centre[6] + (3, 2), size[6] * 0.9  # they occlude each other
    boxes = np.hstack((centre - size / 2, centre + size / 2)).astype(np.float32)
    visibility = np.ones(14)
    visibility[3] = 0.01
    return replace(Annotation.of_people(boxes.astype(np.float64)), ignore=np.arange(14) == 5, visibility=visibility)


@pytest.mark.parametrize("seed", [0, 2])
def test_heat_maps_and_ignored_cells_are_those_of_the_encoder(gpu: tuple[ModuleType, ModuleType], seed: int) -> None:
    scenes, targets = gpu
    notes = crowd(seed)
    # Of a hidden person the GPU ignores the whole box, and not only the place of the centre.
    expected = TargetEncoder(WIDTH, HEIGHT)(replace(notes, ignore=notes.ignore | (notes.visibility < targets.HIDDEN)))
    boxes = np.column_stack((notes.xyxy, notes.ignore, notes.visibility))
    table = torch.tensor(boxes, dtype=torch.float32)[None]
    draw = scenes.Draw(
        torch.zeros(1, 3, 2 * HEIGHT, 2 * WIDTH),
        table,
        table[..., :4],
        torch.zeros(1, len(notes), 4, dtype=torch.bool),
        torch.ones(1, len(notes), dtype=torch.bool),
        torch.tensor([scenes.KINDS["truth"]]),
        torch.tensor([[0.0, 0.0, WIDTH, HEIGHT]]),
    )
    objects = targets.objects_of(draw, torch.zeros(1, 4, 4), torch.zeros(1, 4))
    made = targets.dense_targets(objects, HEIGHT // 4, WIDTH // 4)
    np.testing.assert_allclose(made.near[0], expected.centres[0], atol=1e-5)
    assert np.flatnonzero(made.centre[0].flatten() == 1).tolist() == sorted(set(expected.cell.tolist()))
    np.testing.assert_array_equal(made.ignore[0], expected.ignore[0])
    cells = expected.cell
    alone = np.array([np.sum(cells == cell) == 1 for cell in cells])
    sides = made.ltrb[0].flatten(1).T.numpy()[cells]
    # Sides on the GPU are measured from the integer cell.
    np.testing.assert_allclose(
        sides[alone], (expected.ltrb + np.hstack((-expected.offset, expected.offset)))[alone], atol=1e-4
    )
    occlusion = targets.occlusion_targets(draw, HEIGHT // 4, WIDTH // 4)
    assert expected.occlusion.max() == 1
    np.testing.assert_allclose(occlusion.near[0], expected.occlusion[0], atol=1e-5)


def draw_of(scenes: ModuleType, kind: str, *boxes: tuple[float, float, float, float], is_open: object = None) -> Any:
    """One picture of WIDTH x HEIGHT pixels with fully visible people."""
    xyxy = torch.tensor(boxes)
    table = torch.cat((xyxy, torch.tensor([[0.0, 1.0]]).expand(len(boxes), 2)), 1)[None]
    limit = torch.tensor([WIDTH, HEIGHT, WIDTH, HEIGHT])
    return scenes.Draw(
        torch.zeros(1, 3, 2 * HEIGHT, 2 * WIDTH),
        table,
        torch.minimum(xyxy.clamp(min=0), limit)[None],
        torch.zeros(1, len(boxes), 4, dtype=torch.bool) if is_open is None else torch.tensor(is_open)[None],
        torch.ones(1, len(boxes), dtype=torch.bool),
        torch.tensor([scenes.KINDS[kind]]),
        torch.tensor([[0.0, 0.0, WIDTH, HEIGHT]]),
    )


NOTHING_FOUND = (torch.zeros(1, 4, 4), torch.zeros(1, 4))


def test_who_is_cut_off_is_found_at_the_middle_of_what_is_seen(gpu: tuple[ModuleType, ModuleType]) -> None:
    scenes, targets = gpu
    draw = draw_of(scenes, "truth", (100, 100, 140, 240))
    made = targets.dense_targets(targets.objects_of(draw, *NOTHING_FOUND), HEIGHT // 4, WIDTH // 4)
    assert made.centre[0].nonzero().tolist() == [[32, 30]]
    assert made.ltrb[0, :, 32, 30].tolist() == [5, 7, 5, 28]


def test_an_open_side_may_be_longer_but_not_shorter(gpu: tuple[ModuleType, ModuleType]) -> None:
    scenes, targets = gpu
    box_loss = import_module("detection_losses").box_loss
    draw = draw_of(scenes, "truth", (100, 100, 140, 160), is_open=[[False, False, False, True]])
    target = targets.dense_targets(targets.objects_of(draw, *NOTHING_FOUND), HEIGHT // 4, WIDTH // 4)
    (y, x), *_ = target.centre[0].nonzero().tolist()
    for length, is_free in ((30.0, True), (4.0, False)):
        ltrb = target.ltrb.clone()
        ltrb[:, 3] = length
        ltrb.requires_grad_()
        sum(box_loss(ltrb, target)).backward()
        assert (ltrb.grad[0, 3, y, x] == 0) == is_free
        ltrb = target.ltrb.clone()
        ltrb[:, 1] = length
        ltrb.requires_grad_()
        sum(box_loss(ltrb, target)).backward()
        assert ltrb.grad[0, 1, y, x] != 0  # the upper side is known


def test_visible_people_whom_the_teacher_misses_are_learned_if_alone(gpu: tuple[ModuleType, ModuleType]) -> None:
    scenes, targets = gpu
    alone, behind, front = (20, 60, 60, 160), (150, 50, 180, 120), (160, 50, 210, 150)
    draw = draw_of(scenes, "visible", alone, behind, front)
    found = torch.tensor([[front, alone]], dtype=torch.float32)
    objects = targets.objects_of(draw, found, torch.tensor([[0.9, 0.02]]))  # a score that means nothing
    learned = objects.boxes[objects.weight > 0] * 4
    assert sorted(learned.tolist()) == [list(alone), list(front)]
    made = targets.dense_targets(objects, HEIGHT // 4, WIDTH // 4)
    assert made.ignore[0, 14, 38]  # of the one who is hidden
    assert not made.ignore[0, 14, 30]


@pytest.mark.parametrize("people", [[(300, 100, 360, 280)], [(20, 10, 90, 250), (310, 40, 390, 300)]])
def test_an_edge_of_a_cut_view_goes_through_a_person_who_is_close(
    gpu: tuple[ModuleType, ModuleType], people: list[tuple[int, int, int, int]]
) -> None:
    views = import_module("views")
    pane, rng = np.array([10.0, 0.0, 10.0 + WIDTH, HEIGHT]), np.random.default_rng(0)
    edges = set()
    for _ in range(60):
        view = views.cut_view((400.0, 300.0), pane, np.array(people, np.float32), rng=rng)
        shown = np.array(people) * np.tile((view.sx, view.sy), 2) + np.tile((view.tx, view.ty), 2)
        tall = shown[:, 3] - shown[:, 1]
        through = {
            "left": (shown[:, 0] < pane[0]) & (shown[:, 2] > pane[0]),
            "right": (shown[:, 0] < pane[2]) & (shown[:, 2] > pane[2]),
            "lower": (shown[:, 1] < pane[3]) & (shown[:, 3] > pane[3]),
        }
        cut = {edge for edge, is_cut in through.items() if (is_cut & (tall >= views.LEAST_TALL * HEIGHT - 1e-6)).any()}
        assert cut
        edges |= cut
        top, bottom = view.ty, view.sy * 300 + view.ty
        assert (top <= pane[1] + 1e-6 and bottom >= pane[3] - 1e-6) or "lower" in cut
    assert edges >= {"right", "lower"}


def test_people_who_are_far_away_in_every_picture_are_not_cut_off(gpu: tuple[ModuleType, ModuleType]) -> None:
    views = import_module("views")
    pane, rng = np.array([0.0, 0.0, WIDTH, HEIGHT]), np.random.default_rng(0)
    for people in (np.zeros((0, 4), np.float32), np.array([[100, 100, 106, 112]], np.float32)):
        assert views.cut_view((400.0, 300.0), pane, people, rng=rng) is None


def test_a_mirrored_view_shows_the_same_part(gpu: tuple[ModuleType, ModuleType]) -> None:
    views = import_module("views")
    view = views.View(2.0, 1.5, -30.0, 5.0)
    other = views.mirrored(view, 400.0)
    assert other.sx * (400 - 70) + other.tx == view.sx * 70 + view.tx


@pytest.mark.parametrize("mosaic", [0.0, 1.0])
def test_pixels_boxes_and_open_sides_of_a_draw_belong_together(
    gpu: tuple[ModuleType, ModuleType], mosaic: float
) -> None:
    scenes, _ = gpu
    height, width = import_module("packed").CANVAS
    pictures = import_module("packed").Pictures(
        pixels=torch.zeros(1, 3, height, width, dtype=torch.uint8),
        sizes=torch.tensor([[400.0, 300.0]]),
        boxes=torch.zeros(1, import_module("packed").MOST_BOXES, 6),
        counts=torch.tensor([1]),
        rows={"one": (0, 1)},
    )
    pictures.pixels[0, :, 80:280, 340:400] = 255  # a person whom the right edge cuts off
    pictures.boxes[0, 0] = torch.tensor([340, 80, 400, 280, 0, 1])
    sampler = scenes.Sampler(pictures, {"one": scenes.Source(1.0, "visible")}, mosaic=mosaic, seed=1)
    learned = 0
    for _ in range(12):
        draw = sampler(4, (WIDTH, HEIGHT))
        white = torch.nn.functional.avg_pool2d(draw.images, 2)[:, 0] > 200
        for row, one in draw.valid.nonzero().tolist():
            x1, y1, x2, y2 = draw.seen[row, one].tolist()
            if min(x2 - x1, y2 - y1) < 4:
                continue
            inner = white[row, int(y1) + 2 : int(y2) - 1, int(x1) + 2 : int(x2) - 1]
            assert inner.all()
            if x1 > 4 and not mosaic:  # another picture of a mosaic may be white there
                assert not white[row, int(y1) + 2 : int(y2) - 1, int(x1) - 3].any()
            if draw.boxes[row, one, 4] == 0:
                learned += 1
                left, top, right, bottom = draw.is_open[row, one].tolist()
                assert (left != right, top, bottom) == (True, False, False)
                assert draw.extent[row, 0] <= x1 < x2 <= draw.extent[row, 2]
    assert learned > 10
