"""GIoU of boxes that are read at the objects' centres."""

from __future__ import annotations

import pytest
import torch

from outrack.losses import giou_at


def maps_of(*boxes: list[float]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A map (1, 4, 1, N) with one box a cell, and where to read them."""
    maps = torch.tensor(boxes).T[None, :, None, :].clone().requires_grad_()
    cells = torch.arange(len(boxes))
    return maps, torch.zeros_like(cells), cells


def test_a_hand_computed_pair() -> None:
    # 4x4 around the centre against 2x4: they share 8 of a union of 16, and the hull is the union.
    maps, image, cell = maps_of([2.0, 2, 2, 2], [1.0, 2, 1, 2])
    loss = giou_at(maps, image, cell, torch.tensor([[1.0, 2, 1, 2], [1.0, 2, 1, 2]]))
    torch.testing.assert_close(loss, torch.tensor((0.5 + 0) / 2))
    # 4x2 against 2x4: they share 4 of 12; the hull is 16, of which 4 are empty.
    maps, image, cell = maps_of([2.0, 1, 2, 1])
    loss = giou_at(maps, image, cell, torch.tensor([[1.0, 2, 1, 2]]))
    torch.testing.assert_close(loss, torch.tensor(1 - (4 / 12 - 4 / 16)))


def test_an_error_costs_a_small_box_more() -> None:
    small, large = ([2.0, 4, 2, 4], [20.0, 40, 20, 40])
    losses = []
    for box in (small, large):
        maps, image, cell = maps_of([side + 1 for side in box])
        losses.append(giou_at(maps, image, cell, torch.tensor([box])).item())
    assert losses[0] > 5 * losses[1]


def test_learning_tightens_a_box() -> None:
    maps, image, cell = maps_of([3.0, 1, 1, 4])
    target = torch.tensor([[1.0, 2, 1, 2]])
    optimiser = torch.optim.SGD([maps], lr=0.3)
    for _ in range(200):
        optimiser.zero_grad()
        giou_at(maps, image, cell, target).backward()
        optimiser.step()
    assert giou_at(maps, image, cell, target).item() < 0.1


def test_sides_that_have_crossed_cost_a_whole_box() -> None:
    maps, image, cell = maps_of([-3.0, 2, 1, 2])
    assert giou_at(maps, image, cell, torch.tensor([[1.0, 2, 1, 2]])).item() == 1  # and L1 leads them back


def test_no_object_and_half_precision_are_finite() -> None:
    maps = torch.rand(2, 4, 3, 3, requires_grad=True)
    none = torch.empty(0, dtype=torch.int64)
    loss = giou_at(maps, none, none, torch.empty(0, 4))
    loss.backward()
    assert float(loss.detach()) == 0
    half, image, cell = maps_of([40.0, 90, 40, 90])
    assert torch.isfinite(giou_at(half.to(torch.float16), image, cell, torch.tensor([[41.0, 88, 41, 92]])))


def test_other_shapes_are_refused() -> None:
    maps, image, cell = maps_of([1.0, 1, 1, 1])
    with pytest.raises(ValueError, match=r"expected target \(N, 4\)"):
        giou_at(maps, image, cell, torch.ones(1, 2))
