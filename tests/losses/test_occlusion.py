"""OccE's loss against Eq. 11-14 written out."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from outrack.losses import occlusion_loss


def example() -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Three occlusions, two of which share a cell of image 1."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(2, 1, 3, 4, generator=generator, dtype=torch.float64)
    offsets = torch.randn(2, 2, 3, 4, generator=generator, dtype=torch.float64)
    target = 0.9 * torch.rand(2, 1, 3, 4, generator=generator, dtype=torch.float64)
    image, cell = torch.tensor([0, 1, 1]), torch.tensor([5, 2, 2])
    target[0, 0, 1, 1] = target[1, 0, 0, 2] = 1
    return centres, offsets, target, image, cell, torch.rand(3, 2, generator=generator, dtype=torch.float64)


def sums(centres, offsets, target, image, cell, offset_target) -> tuple[float, float]:
    """Eq. 11 and Eq. 13, undivided."""
    focal = 0.0
    for y_hat, y in zip(centres.sigmoid().flatten().tolist(), target.flatten().tolist(), strict=True):
        focal -= (1 - y_hat) ** 2 * math.log(y_hat) if y == 1 else (1 - y) ** 4 * y_hat**2 * math.log(1 - y_hat)
    l1 = 0.0
    for n in range(len(cell)):
        row, column = divmod(cell[n].item(), centres.shape[3])
        for c in range(2):
            l1 += abs(offsets[image[n], c, row, column].item() - offset_target[n, c].item())
    return focal, l1


def test_paper_divides_both_by_the_number_of_occlusions():
    arguments = example()
    focal, l1 = sums(*arguments)
    loss = occlusion_loss(*arguments)
    assert loss.centre.item() == pytest.approx(focal / 3)
    assert loss.offset.item() == pytest.approx(l1 / 3, rel=1e-4)


def test_official_divides_by_cells_and_by_channels():
    arguments = example()
    focal, l1 = sums(*arguments)
    loss = occlusion_loss(*arguments, normalise="official")
    assert loss.centre.item() == pytest.approx(focal / 2)
    assert loss.offset.item() == pytest.approx(l1 / (6 + 1e-4))


@pytest.mark.parametrize("normalise", ["paper", "official"])
def test_without_occlusions_the_background_counts_and_the_offsets_do_not(normalise):
    none = torch.zeros(0, dtype=torch.int64)
    centres, offsets = torch.zeros(1, 1, 2, 3, requires_grad=True), torch.ones(1, 2, 2, 3, requires_grad=True)
    arguments = (torch.zeros(1, 1, 2, 3), none, none, torch.zeros(0, 2))
    loss = occlusion_loss(centres, offsets, *arguments, normalise=normalise)
    (loss.centre + loss.offset).backward()
    assert loss.centre.item() == pytest.approx(6 * math.log(2) / 4)
    assert loss.offset.item() == 0
    assert offsets.grad is not None
    assert not offsets.grad.any()


def test_ignored_cells_and_a_step_downhill():
    centres, offsets, *rest = example()
    inputs = (centres.requires_grad_(), offsets.requires_grad_())
    ignore = torch.zeros(2, 1, 3, 4, dtype=torch.bool)
    ignore[0, 0, 0] = True
    before = sum(occlusion_loss(*inputs, *rest, ignore=ignore))
    gradients = torch.autograd.grad(before, inputs)
    assert not gradients[0][ignore].any()
    after = sum(occlusion_loss(*(x - 0.05 * g for x, g in zip(inputs, gradients, strict=True)), *rest, ignore=ignore))
    assert after < before


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_under_autocast(dtype):
    centres, offsets, *rest = example()
    with torch.autocast("cpu", dtype=dtype):
        loss = occlusion_loss(centres.to(dtype), offsets.to(dtype), *rest)
    exact = occlusion_loss(centres.to(dtype).double(), offsets.to(dtype).double(), *rest)
    assert [part.item() for part in loss] == pytest.approx([part.item() for part in exact], rel=1e-5)


def test_gradcheck():
    centres, offsets, *rest = example()
    inputs = (centres.requires_grad_(), offsets.requires_grad_())
    assert torch.autograd.gradcheck(lambda c, o: sum(occlusion_loss(c, o, *rest)), inputs)


def test_unknown_normaliser():
    with pytest.raises(ValueError, match="normalise must be paper or official, got 'pair'"):
        occlusion_loss(*example(), normalise="pair")
