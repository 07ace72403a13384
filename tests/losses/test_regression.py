"""Reading maps at centres, and their L1 loss."""

from __future__ import annotations

import pytest
import torch

from outrack.losses import gather_at, l1_at

MAPS = torch.arange(2 * 3 * 2 * 4, dtype=torch.float32).reshape(2, 3, 2, 4)


def test_gather_reads_channels_of_cells():
    got = gather_at(MAPS, torch.tensor([1, 0, 1]), torch.tensor([1 * 4 + 2, 0, 1 * 4 + 2]))
    expected = torch.stack([MAPS[1, :, 1, 2], MAPS[0, :, 0, 0], MAPS[1, :, 1, 2]])
    assert torch.equal(got, expected)


def test_l1_by_hand():
    """Two objects of three channels: errors 1, 0, 2 and 0, 0, 3, over 2 * 3 + 1e-4."""
    image, cell = torch.tensor([0, 1]), torch.tensor([5, 7])
    target = gather_at(MAPS, image, cell) + torch.tensor([[1.0, 0.0, -2.0], [0.0, 0.0, 3.0]])
    assert l1_at(MAPS, image, cell, target).item() == pytest.approx(6 / 6.0001)


def test_l1_equals_a_loop_over_objects():
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(3, 4, 5, 6, generator=generator)
    image = torch.randint(3, (7,), generator=generator)
    cell = torch.randint(30, (7,), generator=generator)
    target = torch.randn(7, 4, generator=generator)
    total = 0.0
    for n in range(7):
        y, x = divmod(cell[n].item(), 6)
        for c in range(4):
            total += abs(maps[image[n], c, y, x].item() - target[n, c].item())
    assert l1_at(maps, image, cell, target).item() == pytest.approx(total / (28 + 1e-4))
    shuffled = torch.randperm(7, generator=generator)
    assert l1_at(maps, image[shuffled], cell[shuffled], target[shuffled]).item() == pytest.approx(total / (28 + 1e-4))


def test_gradient_reaches_the_centres_only_and_adds_up_in_a_shared_cell():
    maps = torch.zeros(1, 1, 2, 2, requires_grad=True)
    image, cell = torch.zeros(3, dtype=torch.int64), torch.tensor([1, 1, 2])
    loss = l1_at(maps, image, cell, torch.tensor([[1.0], [2.0], [-1.0]]))
    (gradient,) = torch.autograd.grad(loss, maps)
    torch.testing.assert_close(gradient[0, 0] * 3.0001, torch.tensor([[0.0, -2.0], [1.0, 0.0]]))
    assert l1_at(maps - 0.1 * gradient, image, cell, torch.tensor([[1.0], [2.0], [-1.0]])) < loss


def test_no_objects_give_zero_with_a_gradient():
    maps = MAPS.clone().requires_grad_()
    none = torch.zeros(0, dtype=torch.int64)
    loss = l1_at(maps, none, none, torch.zeros(0, 3))
    (gradient,) = torch.autograd.grad(loss, maps)
    assert loss.item() == 0
    assert not gradient.any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_under_autocast(dtype):
    maps = MAPS.to(dtype).requires_grad_()
    image, cell, target = torch.tensor([0]), torch.tensor([3]), torch.tensor([[0.25, 0.5, 0.75]], dtype=dtype)
    with torch.autocast("cpu", dtype=dtype):
        loss = l1_at(maps, image, cell, target)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx((3 + 11 + 19 - 1.5) / 3.0001, rel=1e-6)


def test_gradcheck():
    maps = torch.randn(2, 2, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    image, cell = torch.tensor([0, 1, 1]), torch.tensor([0, 3, 3])
    assert torch.autograd.gradcheck(lambda m: l1_at(m, image, cell, torch.zeros(3, 2, dtype=torch.float64)), maps)


def test_target_of_another_shape():
    with pytest.raises(ValueError, match=r"target must be \(N, C\) = \(1, 3\), got \(3, 1\)"):
        l1_at(MAPS, torch.tensor([0]), torch.tensor([0]), torch.zeros(3, 1))
