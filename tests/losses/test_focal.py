"""Focal loss against Eq. 11-12 written out cell by cell."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from outrack.losses import centre_focal_loss


def reference(logits: Tensor, target: Tensor, ignored: set[tuple[int, int, int]], alpha: float, beta: float) -> float:
    total, centres = 0.0, 0
    for b, k, y, x in torch.cartesian_prod(*(torch.arange(size) for size in logits.shape)).tolist():
        if (b, y, x) in ignored:
            continue
        p = 1 / (1 + math.exp(-logits[b, k, y, x].item()))
        truth = target[b, k, y, x].item()
        if truth == 1:
            centres += 1
            total -= (1 - p) ** alpha * math.log(p)
        else:
            total -= (1 - truth) ** beta * p**alpha * math.log(1 - p)
    return total / centres if centres else total


def random_maps(seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(2, 2, 4, 5, generator=generator, dtype=torch.float64)
    target = torch.rand(2, 2, 4, 5, generator=generator, dtype=torch.float64)
    return logits, torch.where(target > 0.85, 1.0, target)


@pytest.mark.parametrize(("alpha", "beta"), [(2.0, 4.0), (0.0, 1.0), (1.5, 0.0)])
def test_equals_the_equations_written_out(alpha, beta):
    logits, target = random_maps()
    got = centre_focal_loss(logits, target, alpha=alpha, beta=beta)
    assert got.item() == pytest.approx(reference(logits, target, set(), alpha, beta))


def test_two_by_three_by_hand():
    """All logits 0, so p = 1/2 everywhere: the centre costs ln 2 / 4, each other cell (1 - Y)^4 of that."""
    target = torch.tensor([[1.0, 0.5, 0.0], [0.5, 0.25, 0.0]])[None, None]
    expected = math.log(2) / 4 * (1 + 2 * 0.5**4 + 0.75**4 + 2)
    assert centre_focal_loss(torch.zeros(1, 1, 2, 3), target).item() == pytest.approx(expected)


def test_without_centres_the_background_is_not_divided():
    target = torch.full((1, 1, 2, 3), 0.5)
    expected = 6 * 0.5**4 * math.log(2) / 4
    assert centre_focal_loss(torch.zeros(1, 1, 2, 3), target).item() == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [torch.bool, torch.float32])
def test_ignored_cells_count_for_nothing(dtype):
    logits, target = random_maps()
    target[0, 0, 1, 2] = 1  # a centre that is ignored leaves the divisor, too
    ignore = torch.zeros(2, 1, 4, 5, dtype=dtype)
    ignore[0, 0, 1, 2] = ignore[0, 0, 0, 0] = ignore[1, 0, 3, 4] = 1
    logits.requires_grad_()
    got = centre_focal_loss(logits, target, ignore=ignore)
    assert got.item() == pytest.approx(reference(logits, target, {(0, 1, 2), (0, 0, 0), (1, 3, 4)}, 2, 4))
    (gradient,) = torch.autograd.grad(got, logits)
    assert not gradient[ignore.bool().expand_as(logits)].any()
    assert gradient[~ignore.bool().expand_as(logits)].all()


def test_divisor_can_be_given():
    logits, target = random_maps()
    one = centre_focal_loss(logits, target, num_objects=1)
    assert centre_focal_loss(logits, target, num_objects=5).item() == pytest.approx(one.item() / 5)
    assert torch.equal(centre_focal_loss(logits, target, num_objects=0), one)


def test_a_step_downhill_raises_centres_and_lowers_the_rest():
    logits, target = random_maps()
    logits.requires_grad_()
    before = centre_focal_loss(logits, target)
    (gradient,) = torch.autograd.grad(before, logits)
    assert (gradient[target == 1] < 0).all()
    assert (gradient[target < 1] > 0).all()
    assert centre_focal_loss(logits - 0.1 * gradient, target) < before


def test_certainty_stays_finite_and_keeps_its_gradient():
    """A centre that is surely missed still pulls: the official clamp would give it no gradient."""
    logits = torch.tensor([[-200.0, 200.0], [-200.0, 200.0]])[None, None].requires_grad_()
    target = torch.tensor([[1.0, 1.0], [0.0, 0.0]])[None, None]
    loss = centre_focal_loss(logits, target)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.item() == pytest.approx((200 + 200) / 2)
    torch.testing.assert_close(gradient[0, 0], torch.tensor([[-0.5, 0.0], [0.0, 0.5]]))


def test_gradcheck():
    logits, target = random_maps()
    assert torch.autograd.gradcheck(lambda x: centre_focal_loss(x, target), logits.requires_grad_())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_under_autocast(dtype):
    logits, target = random_maps()
    half = logits.to(dtype).requires_grad_()
    with torch.autocast("cpu", dtype=dtype):
        loss = centre_focal_loss(half, target.float())
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(centre_focal_loss(half.detach().double(), target).item(), rel=1e-5)
    assert torch.isfinite(torch.autograd.grad(loss, half)[0]).all()


def test_empty_batch_and_untouched_input():
    assert centre_focal_loss(torch.zeros(0, 1, 4, 4), torch.zeros(0, 1, 4, 4)).item() == 0
    logits, target = random_maps()
    copies = logits.clone(), target.clone()
    centre_focal_loss(logits, target, ignore=torch.ones(2, 1, 4, 5))
    assert torch.equal(logits, copies[0])
    assert torch.equal(target, copies[1])


def test_bad_input():
    with pytest.raises(ValueError, match=r"one shape, got \(1, 1, 2, 2\) and \(1, 1, 2, 3\)"):
        centre_focal_loss(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 3))
    with pytest.raises(ValueError, match=r"alpha and beta must be 0 or more, got -1\.0 and 4\.0"):
        centre_focal_loss(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2), alpha=-1.0)
