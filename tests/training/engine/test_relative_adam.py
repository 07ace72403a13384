"""Steps relative to the magnitude of weights: by hand, and against torch's Adam on weights of size 1."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from outrack.training.engine.relative_adam import RelativeAdam


def test_the_first_step_changes_every_row_by_its_rate() -> None:
    weight = nn.Parameter(torch.tensor([[3.0, 4.0], [3e-4, -4e-4], [0.0, 0.0]]))
    bias = nn.Parameter(torch.tensor([30.0, -40.0]))
    before, whole = weight.detach().clone(), (weight.detach().square().mean() ** 0.5).item()
    task = nn.Parameter(torch.tensor(-2.0))  # a loss may learn a number of its own
    optimiser = RelativeAdam([weight, bias, task], lr=0.01)
    (weight.sum() * 1e-6 - bias.sum() - task).backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    rows = torch.tensor([12.5**0.5, 0.1 * whole, 0.1 * whole])  # small rows count as a tenth of the whole
    torch.testing.assert_close(before - weight, (0.01 * rows)[:, None].expand(-1, 2))
    torch.testing.assert_close(bias.detach(), torch.tensor([30.0, -40.0]) + 0.01 * 1250**0.5)
    torch.testing.assert_close(task.detach(), torch.tensor(-1.98))


def test_it_is_adam_on_weights_divided_by_their_size() -> None:
    torch.manual_seed(0)
    start, images = torch.randn(4, 3, 3, 3) * 1e-3, torch.randn(2, 3, 8, 8)
    size = start.square().mean((1, 2, 3), keepdim=True).sqrt()
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start / size)

    def learn(parameter: nn.Parameter, optimiser: torch.optim.Optimizer, weight: Tensor | None) -> None:
        optimiser.zero_grad()
        kernel = parameter if weight is None else parameter * weight
        (nn.functional.conv2d(images, kernel).sin().square().mean()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    relative, adam = RelativeAdam([ours], lr=3e-3), torch.optim.Adam([theirs], lr=3e-3, eps=1e-16)
    for _ in range(20):
        learn(ours, relative, None)
        learn(theirs, adam, size)
    torch.testing.assert_close(ours.detach(), (theirs * size).detach(), rtol=1e-4, atol=1e-8)


def test_saved_state_continues_exactly() -> None:
    torch.manual_seed(1)
    gradients = torch.randn(6, 5, 2)
    whole = nn.Parameter(torch.ones(5, 2))
    resumed = nn.Parameter(torch.ones(5, 2))
    first, before = RelativeAdam([whole], lr=0.01, weight_decay=0.1), RelativeAdam([resumed], lr=0.01, weight_decay=0.1)
    for number, gradient in enumerate(gradients):
        if number == 3:
            after = RelativeAdam([resumed], lr=0.5)
            after.load_state_dict(before.state_dict())
            before = after
        for parameter, optimiser in ((whole, first), (resumed, before)):
            parameter.grad = gradient.clone()
            optimiser.step()
    torch.testing.assert_close(whole, resumed, rtol=0, atol=0)
