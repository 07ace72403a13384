"""CycAs against its walk written out object by object, and against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from outrack.losses import cycas_loss, utrack_loss

RAGGED = [(3, 4, False), (2, 3, True), (1, 1, False), (0, 2, False), (5, 2, False), (0, 0, False), (4, 4, False)]


def softmax(values: list[float]) -> list[float]:
    exps = [math.exp(value) for value in values]
    return [e / sum(exps) for e in exps]


def reference(pairs: list[tuple[Tensor, Tensor, bool]], temperature: float | None, margin: float) -> float:
    total, walks = 0.0, 0
    for first, second, negative in pairs:
        few, many = (first, second) if len(first) <= len(second) else (second, first)
        n, m = len(few), len(many)
        if negative or not n:
            continue
        s = [[(a.dot(b) / (a.norm() * b.norm())).item() for b in many] for a in few]
        t_there = 2 * math.log(m + 1) if temperature is None else temperature
        t_back = 2 * math.log(n + 1) if temperature is None else temperature
        there = [softmax([s[i][j] * t_there for j in range(m)]) for i in range(n)]
        back = [softmax([s[i][j] * t_back for i in range(n)]) for j in range(m)]
        cyc = [[sum(there[i][j] * back[j][k] for j in range(m)) for k in range(n)] for i in range(n)]
        for i in range(n):
            in_row = max([0.0] + [cyc[i][k] for k in range(n) if k != i])
            in_column = max([0.0] + [cyc[k][i] for k in range(n) if k != i])
            total += max(0.0, in_row - cyc[i][i] + margin) + max(0.0, in_column - cyc[i][i] + margin)
        walks += n
    return total / walks if walks else 0.0


def random_pairs(sizes: list[tuple[int, int, bool]], seed: int = 0) -> list[tuple[Tensor, Tensor, bool]]:
    generator = torch.Generator().manual_seed(seed)

    def frame(n: int) -> Tensor:
        return torch.randn(n, 6, generator=generator, dtype=torch.float64)

    return [(frame(n), frame(m), negative) for n, m, negative in sizes]


def batch(pairs: list[tuple[Tensor, Tensor, bool]]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    sizes = [(len(first), len(second)) for first, second, _ in pairs]
    return (
        torch.cat([frame for first, second, _ in pairs for frame in (first, second)]),
        torch.tensor([k for k, (n, m) in enumerate(sizes) for _ in range(n + m)], dtype=torch.int64),
        torch.tensor([j >= n for n, m in sizes for j in range(n + m)], dtype=torch.bool),
        torch.tensor([negative for *_, negative in pairs], dtype=torch.bool),
    )


@pytest.mark.parametrize(("temperature", "margin"), [(None, 0.5), (None, 0.9), (3.0, 0.5), (0.5, 0.9)])
def test_equals_the_walk_written_out(temperature, margin):
    pairs = random_pairs(RAGGED)
    got = cycas_loss(*batch(pairs), temperature=temperature, margin=margin)
    assert got.item() == pytest.approx(reference(pairs, temperature, margin))


def test_two_people_seen_twice_by_hand():
    """T = 2 ln 3, exp(T) = 9: right in 0.9 of each step, so home with 0.82 and astray with 0.18, content at 0.5."""
    people = torch.eye(2)
    arguments = (
        torch.cat([people, people]),
        torch.zeros(4, dtype=torch.int64),
        torch.arange(4) >= 2,
        torch.tensor([False]),
    )
    assert cycas_loss(*arguments).item() == 0
    assert cycas_loss(*arguments, margin=0.7).item() == pytest.approx(2 * (0.18 - 0.82 + 0.7), abs=1e-6)


def test_one_walk_is_divided_by_one():
    """Alone in the first frame, a person always comes home, with 1, and no other does, with 0."""
    assert cycas_loss(*batch(random_pairs([(1, 2, False)])), margin=1.5).item() == pytest.approx(2 * (0 - 1 + 1.5))


def test_equal_embeddings_are_a_local_minimum_of_cycas_and_not_of_utrack():
    """Small differences, though each person keeps his own, first cost more than they gain."""
    generator = torch.Generator().manual_seed(0)
    pair, second = torch.zeros(6, dtype=torch.int64), torch.arange(6) >= 3
    positive = torch.tensor([False])

    def losses(share: float) -> tuple[float, float]:
        people = alike + share * own
        arguments = torch.cat([people, people]), pair, second, positive
        return cycas_loss(*arguments).item(), utrack_loss(*arguments).total.item()

    for _ in range(20):
        alike, own = torch.randn(2, 3, 16, generator=generator, dtype=torch.float64)
        alike = alike[:1] / alike[0].norm()
        own = own / own.norm(dim=1, keepdim=True)
        (cycas, utrack), (cycas_near, utrack_near), (cycas_far, utrack_far) = map(losses, (0.0, 0.05, 2.0))
        assert cycas == pytest.approx(1.0)  # two margins
        assert cycas_near > cycas > cycas_far
        assert utrack > utrack_near > utrack_far


def test_order_of_objects_changes_nothing():
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    shuffled = torch.randperm(len(pair), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        cycas_loss(embeddings[shuffled], pair[shuffled], second[shuffled], negative),
        cycas_loss(embeddings, pair, second, negative),
    )


def test_swapping_frames_of_different_size_changes_nothing():
    embeddings, pair, second, negative = batch(random_pairs([(3, 5, False), (4, 2, False)]))
    torch.testing.assert_close(
        cycas_loss(embeddings, pair, ~second, negative), cycas_loss(embeddings, pair, second, negative)
    )


@pytest.mark.parametrize("sizes", [[(0, 0, False)], [(1, 0, False)], [(3, 2, True)], [(1, 1, False)]])
def test_nothing_to_confuse_gives_zero_with_a_gradient(sizes):
    embeddings, pair, second, negative = batch(random_pairs(sizes))
    loss = cycas_loss(embeddings.requires_grad_(), pair, second, negative)
    (gradient,) = torch.autograd.grad(loss, embeddings)
    assert loss.item() == 0
    assert not gradient.any()


def test_gradcheck():
    embeddings, pair, second, negative = batch(random_pairs([(3, 4, False), (2, 2, True), (3, 2, False)]))
    assert torch.autograd.gradcheck(lambda e: cycas_loss(e, pair, second, negative), embeddings.requires_grad_())


def test_a_step_downhill():
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    loss = cycas_loss(embeddings.requires_grad_(), pair, second, negative)
    (gradient,) = torch.autograd.grad(loss, embeddings)
    assert cycas_loss(embeddings - 0.1 * gradient, pair, second, negative) < loss


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_under_autocast(dtype):
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    half = embeddings.to(dtype).requires_grad_()
    with torch.autocast("cpu", dtype=dtype):
        loss = cycas_loss(half, pair, second, negative)
    assert loss.dtype == torch.float32
    exact = cycas_loss(half.detach().double(), pair, second, negative)
    assert loss.item() == pytest.approx(exact.item(), rel=1e-5)
    assert torch.isfinite(torch.autograd.grad(loss, half)[0]).all()


def test_input_is_not_changed():
    arguments = batch(random_pairs(RAGGED))
    copies = [argument.clone() for argument in arguments]
    cycas_loss(*arguments)
    assert all(torch.equal(argument, copy) for argument, copy in zip(arguments, copies, strict=True))


def test_impossible_settings():
    arguments = batch(random_pairs([(1, 1, False)]))
    with pytest.raises(ValueError, match="temperature must be positive, or None to adapt it, got 0"):
        cycas_loss(*arguments, temperature=0)
    with pytest.raises(ValueError, match="margin must be positive, got 0"):
        cycas_loss(*arguments, margin=0)
    with pytest.raises(ValueError, match=r"negative must be \(P,\), got \(1, 1\)"):
        cycas_loss(*arguments[:3], arguments[3][None])
