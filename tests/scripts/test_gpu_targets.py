"""Targets made on the GPU are those of the package's own encoder; here both run on the CPU."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType

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
        for name in {"scenes", "targets", "packed"} - before:
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
    draw = scenes.Draw(
        torch.zeros(1, 3, 2 * HEIGHT, 2 * WIDTH),
        torch.tensor(boxes, dtype=torch.float32)[None],
        torch.ones(1, len(notes), dtype=torch.bool),
        torch.tensor([scenes.KINDS["truth"]]),
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
