"""UTrack against the paper's equations written out object by object, and against numbers worked out by hand."""

from __future__ import annotations

import inspect
import itertools
import math

import pytest
import torch
from torch import Tensor

from outrack.losses import utrack_loss


def reference(
    first: Tensor,
    second: Tensor,
    *,
    negative: bool,
    temperature: float | None,
    placeholder: str,
    margin: float,
    negatives: str,
) -> tuple[list[Tensor], int]:
    """Sums of Eq. 3, 4, 5 and 7 of one pair, not yet normalised, and N + M. One scalar after the other."""
    objects = [*first, *second]
    total, n = len(objects), len(first)
    s = {
        (i, j): objects[i].dot(objects[j]) / (objects[i].norm() * objects[j].norm())
        for i, j in itertools.permutations(range(total), 2)
    }
    if placeholder == "mean" and not (negative and negatives == "official"):
        p = (sum(s.values()) / len(s)).detach()
    else:
        p = torch.zeros((), dtype=first.dtype)
    c = total + (placeholder != "none")
    t = 2 * math.log(c + 1) if temperature is None else temperature

    rows: list[dict[int, Tensor]] = []  # column -> probability; column `total` is the placeholder
    for i in range(total):
        exps = {j: torch.exp(s[i, j] * t) for j in range(total) if j != i}
        if placeholder != "none":
            exps[total] = torch.exp(p * t)
        exps[i] = torch.zeros((), dtype=first.dtype)  # exp(-inf)
        rows.append({j: e / sum(exps.values()) for j, e in exps.items()})

    zero = first.new_zeros(())
    intra = inter = cycle = apart = zero
    if not negative:
        for i, j in itertools.product(range(total), repeat=2):
            if (i < n) == (j < n):
                intra = intra + rows[i][j]
        for row in rows:
            best = max(row, key=lambda j: row[j].item())
            next_best = max(value for j, value in row.items() if j != best)
            inter = inter + torch.clamp(next_best + margin - row[best], min=0)
        for i in range(n, total):
            for j in range(n):
                cycle = cycle + (rows[i][j] - rows[j][i]).abs()
    elif negatives != "off":
        for i, row in enumerate(rows):
            to_objects = [row[j] for j in range(total)]
            apart = apart + sum(to_objects)
            if negatives == "official":
                apart = apart + torch.clamp(max(to_objects) + margin - rows[i][total], min=0)
    return [intra, inter, cycle, apart], total


def reference_loss(
    pairs: list[tuple[Tensor, Tensor, bool]], *, normalise: str, negatives: str, weights=(1.0, 1.0, 1.0), **settings
) -> list[Tensor]:
    """Total, intra, inter, cycle and negative of a batch, from Eq. 6 and 8, or as the official code divides."""
    results = [
        (*reference(first, second, negative=negative, negatives=negatives, **settings), negative)
        for first, second, negative in pairs
        if len(first) and len(second) and not (negative and negatives == "off")
    ]
    if not results:
        return [torch.zeros(()) for _ in range(5)]
    if normalise == "batch":
        boxes = sum(count for _, count, _ in results)
        parts = [sum(terms[k] for terms, _, _ in results) / boxes for k in range(4)]
    else:
        num_pos = sum(not negative for *_, negative in results)
        num_neg = len(results) - num_pos
        parts = []
        for k in range(4):
            of_pos = sum(terms[k] / count for terms, count, negative in results if not negative) / max(num_pos, 1)
            of_neg = sum(terms[k] / count for terms, count, negative in results if negative) / max(num_neg, 1)
            both = num_pos + num_neg
            parts.append(num_pos / both * of_pos + num_neg / both * of_neg)
    return [sum(w * part for w, part in zip(weights, parts, strict=False)) + parts[3], *parts]


def batch(pairs: list[tuple[Tensor, Tensor, bool]]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Flat arguments of `utrack_loss` for a list of pairs."""
    embeddings = torch.cat([frame for first, second, _ in pairs for frame in (first, second)])
    index = [k for k, (first, second, _) in enumerate(pairs) for _ in range(len(first) + len(second))]
    is_second = [flag for first, second, _ in pairs for flag in [False] * len(first) + [True] * len(second)]
    negative = torch.tensor([negative for *_, negative in pairs], dtype=torch.bool)
    return embeddings, torch.tensor(index, dtype=torch.int64), torch.tensor(is_second, dtype=torch.bool), negative


def random_pairs(
    sizes: list[tuple[int, int, bool]], *, dim: int = 6, seed: int = 0
) -> list[tuple[Tensor, Tensor, bool]]:
    generator = torch.Generator().manual_seed(seed)

    def frame(n: int) -> Tensor:
        return torch.randn(n, dim, generator=generator, dtype=torch.float64)

    return [(frame(n), frame(m), negative) for n, m, negative in sizes]


RAGGED = [(3, 4, False), (2, 3, True), (1, 1, False), (0, 2, False), (5, 1, False), (0, 0, False), (1, 4, True)]


@pytest.mark.parametrize("normalise", ["pair", "batch"])
@pytest.mark.parametrize(
    ("placeholder", "negatives"),
    [
        ("mean", "paper"),
        ("mean", "official"),
        ("mean", "off"),
        ("zero", "paper"),
        ("zero", "official"),
        ("none", "off"),
    ],
)
@pytest.mark.parametrize(("temperature", "margin"), [(None, 0.5), (0.5, 1.5)])
def test_equals_the_equations_written_out(normalise, placeholder, negatives, temperature, margin):
    pairs = random_pairs(RAGGED)
    settings = {"placeholder": placeholder, "temperature": temperature, "margin": margin}
    expected = reference_loss(pairs, normalise=normalise, negatives=negatives, **settings)
    got = utrack_loss(*batch(pairs), normalise=normalise, negatives=negatives, **settings)
    torch.testing.assert_close(torch.stack(got), torch.stack(expected), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("placeholder", ["mean", "zero"])
def test_gradient_equals_the_equations_written_out(placeholder):
    """With `mean`, this also fixes that the placeholder is not differentiated."""
    pairs = random_pairs([(3, 4, False), (2, 3, True), (0, 2, False), (5, 1, False), (1, 4, True)])
    for first, second, _ in pairs:
        first.requires_grad_()
        second.requires_grad_()
    frames = [frame for first, second, _ in pairs for frame in (first, second) if len(first) and len(second)]
    settings = {
        "placeholder": placeholder,
        "negatives": "paper",
        "normalise": "pair",
        "temperature": None,
        "margin": 0.5,
    }
    expected = torch.autograd.grad(reference_loss(pairs, **settings)[0], frames)
    got = torch.autograd.grad(utrack_loss(*batch(pairs), **settings).total, frames)
    for g, e in zip(got, expected, strict=True):
        torch.testing.assert_close(g, e, rtol=1e-8, atol=1e-10)


def test_two_people_seen_twice_by_hand():
    """Orthogonal people: rows of S are (-inf, 0 | 1, 0), T = 2 ln 5, so M is (0, 1 | 25, 1) / 27."""
    people = torch.eye(2)
    loss = utrack_loss(
        torch.cat([people, people]),
        torch.zeros(4, dtype=torch.int64),
        torch.tensor([False, False, True, True]),
        torch.tensor([False]),
        placeholder="none",
        negatives="off",
    )
    assert loss.intra.item() == pytest.approx(4 * (1 / 27) / 4)
    assert loss.inter.item() == 0  # 25/27 beats 1/27 by more than the margin
    assert loss.cycle.item() == pytest.approx(0, abs=1e-6)
    assert loss.total.item() == pytest.approx(1 / 27)


def test_one_against_one_with_placeholder_by_hand():
    """Equal people, p = mean of S = 1, C = 3: each row has two equal choices of 1/2, so inter is the whole margin."""
    loss = utrack_loss(
        torch.tensor([[2.0, 0.0], [5.0, 0.0]]),
        torch.zeros(2, dtype=torch.int64),
        torch.tensor([False, True]),
        torch.tensor([False]),
    )
    assert [part.item() for part in loss] == pytest.approx([0.5, 0.0, 0.5, 0.0, 0.0])


def test_strangers_by_hand():
    """Opposite people, p = 0, C = 3, T = 2 ln 4: exp(-T) = 1/16, so the object gets 1/17, the placeholder 16/17."""
    arguments = (
        torch.tensor([[1.0, 0.0], [-1.0, 0.0]]),
        torch.zeros(2, dtype=torch.int64),
        torch.tensor([False, True]),
        torch.tensor([True]),
    )
    assert utrack_loss(*arguments, placeholder="zero").total.item() == pytest.approx(1 / 17)
    # p = mean = -1 equals the similarity: half and half.
    assert utrack_loss(*arguments, placeholder="mean").total.item() == pytest.approx(0.5)
    # Officially p is 0 here whatever the placeholder, and the hinge is content.
    assert utrack_loss(*arguments, placeholder="mean", negatives="official").total.item() == pytest.approx(1 / 17)
    equal = (torch.ones(2, 2), *arguments[1:])  # 16/17 to each other
    expected = 16 / 17 + (16 / 17 + 0.5 - 1 / 17)
    assert utrack_loss(*equal, negatives="official").total.item() == pytest.approx(expected)
    assert utrack_loss(*equal, negatives="off").total.item() == 0


def test_order_of_objects_changes_nothing():
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    shuffled = torch.randperm(len(pair), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        utrack_loss(embeddings[shuffled], pair[shuffled], second[shuffled], negative),
        utrack_loss(embeddings, pair, second, negative),
    )


def test_swapping_the_frames_changes_nothing():
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    for negatives in ("paper", "official"):
        torch.testing.assert_close(
            utrack_loss(embeddings, pair, ~second, negative, negatives=negatives),
            utrack_loss(embeddings, pair, second, negative, negatives=negatives),
        )


def test_length_of_an_embedding_changes_nothing():
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    longer = embeddings * torch.linspace(0.1, 50, len(pair))[:, None]
    torch.testing.assert_close(
        utrack_loss(longer, pair, second, negative), utrack_loss(embeddings, pair, second, negative)
    )


def test_a_crowded_neighbour_changes_nothing_for_a_pair():
    """Padding: the sum over pairs of `batch` is the sum of each pair computed alone."""
    pairs = random_pairs([(2, 2, False), (30, 25, False)])
    alone = [utrack_loss(*batch([pair]), normalise="batch").total * (len(pair[0]) + len(pair[1])) for pair in pairs]
    together = utrack_loss(*batch(pairs), normalise="batch").total * 59
    torch.testing.assert_close(together, alone[0] + alone[1])


def test_weights_switch_terms_off():
    arguments = batch(random_pairs(RAGGED))
    loss = utrack_loss(*arguments, intra_weight=0, inter_weight=2, cycle_weight=0)
    torch.testing.assert_close(loss.total, 2 * loss.inter + loss.negative)
    assert loss.intra.item() > 0


def test_input_is_not_changed():
    arguments = batch(random_pairs(RAGGED))
    copies = [argument.clone() for argument in arguments]
    utrack_loss(*arguments, negatives="official")
    assert all(torch.equal(argument, copy) for argument, copy in zip(arguments, copies, strict=True))


@pytest.mark.parametrize("sizes", [[], [(0, 0, False)], [(1, 0, False)], [(0, 3, True), (1, 0, False)]])
def test_nothing_to_compare_gives_zero_with_a_gradient(sizes):
    pairs = random_pairs(sizes)
    embeddings, pair, second, negative = batch(pairs) if pairs else (torch.zeros(0, 6), *([torch.zeros(0).long()] * 3))
    embeddings = embeddings.requires_grad_()
    for settings in ({}, {"placeholder": "none", "negatives": "off"}, {"normalise": "batch", "negatives": "official"}):
        loss = utrack_loss(embeddings, pair, second, negative, **settings)
        (gradient,) = torch.autograd.grad(loss.total, embeddings)
        assert [part.item() for part in loss] == [0.0] * 5
        assert torch.equal(gradient, torch.zeros_like(embeddings))


@pytest.mark.parametrize("embeddings", [torch.zeros(4, 3), torch.ones(4, 3), torch.full((4, 3), 1e4)])
def test_degenerate_embeddings_stay_finite(embeddings):
    embeddings = embeddings.requires_grad_()
    loss = utrack_loss(
        embeddings, torch.tensor([0, 0, 1, 1]), torch.tensor([False, True] * 2), torch.tensor([False, True])
    )
    (gradient,) = torch.autograd.grad(loss.total, embeddings)
    assert torch.isfinite(torch.stack(loss)).all()
    assert torch.isfinite(gradient).all()


def test_a_dead_embedding_has_a_bounded_gradient():
    """A head whose units are all off gives zeros, a vector without a direction."""
    embeddings = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.6, 0.8]], requires_grad=True)
    loss = utrack_loss(embeddings, torch.zeros(3).long(), torch.tensor([False, False, True]), torch.tensor([False]))
    (gradient,) = torch.autograd.grad(loss.total, embeddings)
    assert 0 < gradient[0].abs().max() < 1e7


@pytest.mark.parametrize(("placeholder", "negatives"), [("zero", "paper"), ("zero", "official"), ("none", "off")])
def test_gradcheck(placeholder, negatives):
    embeddings, pair, second, negative = batch(random_pairs([(2, 3, False), (2, 1, True)], dim=4))

    def total(e: Tensor) -> Tensor:
        return utrack_loss(e, pair, second, negative, placeholder=placeholder, negatives=negatives).total

    assert torch.autograd.gradcheck(total, embeddings.requires_grad_())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_under_autocast_is_computed_in_float32(dtype):
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    half = embeddings.to(dtype).requires_grad_()
    with torch.autocast("cpu", dtype=dtype):
        loss = utrack_loss(half, pair, second, negative)
    assert {part.dtype for part in loss} == {torch.float32}
    exact = utrack_loss(half.detach().double(), pair, second, negative)
    assert loss.total.item() == pytest.approx(exact.total.item(), rel=1e-5)
    (gradient,) = torch.autograd.grad(loss.total, half)
    assert gradient.dtype == dtype
    assert torch.isfinite(gradient).all()


def test_steps_downhill_find_the_people_again():
    """Five people seen twice with noise, one leaves and one comes: no identity is given, yet they are found."""
    generator = torch.Generator().manual_seed(0)
    people = torch.randn(6, 16, generator=generator)
    frames = torch.cat([people[:5], people[1:]]) + 0.8 * torch.randn(10, 16, generator=generator)
    offset = torch.zeros(10, 16, requires_grad=True)
    pair, second = torch.zeros(10, dtype=torch.int64), torch.arange(10) >= 5
    losses = []
    for _ in range(60):
        loss = utrack_loss(frames + offset, pair, second, torch.tensor([False])).total
        losses.append(loss.item())
        (gradient,) = torch.autograd.grad(loss, offset)
        offset = (offset - 2 * gradient).detach().requires_grad_()
    assert losses[1] < losses[0]
    assert losses[-1] < 0.5 * losses[0]
    learned = torch.nn.functional.normalize(frames + offset.detach())
    assert (learned[1:5] @ learned[5:].T).argmax(1).tolist() == [0, 1, 2, 3]


def test_it_reads_no_identity_and_has_no_parameter():
    """So its cost cannot depend on how many people the data hold."""
    assert list(inspect.signature(utrack_loss).parameters)[:4] == ["embeddings", "pair", "second", "negative"]
    assert not any(
        "id" in name.split("_") or "ids" in name.split("_") for name in inspect.signature(utrack_loss).parameters
    )
    embeddings, pair, second, negative = batch(random_pairs(RAGGED))
    embeddings.requires_grad_()
    leaves, seen = set(), set()
    stack = [utrack_loss(embeddings, pair, second, negative).total.grad_fn]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            leaves.add(node.variable)
        stack.extend(parent for parent, _ in node.next_functions)
    assert leaves == {embeddings}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"placeholder": "median"}, "placeholder must be one of mean, zero, none, got 'median'"),
        ({"negatives": "both"}, "negatives must be one of paper, official, off, got 'both'"),
        ({"normalise": "box"}, "normalise must be one of pair, batch, got 'box'"),
        ({"temperature": 0.0}, "temperature must be positive, or None to adapt it, got 0.0"),
        ({"margin": 0}, "margin must be positive, got 0"),
        ({"placeholder": "none"}, "with placeholder='none' set negatives='off', got 'paper'"),
    ],
)
def test_impossible_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        utrack_loss(*batch(random_pairs([(1, 1, False)])), **settings)


def test_shapes_that_do_not_fit():
    embeddings, pair, second, negative = batch(random_pairs([(1, 1, False), (2, 1, False)]))
    with pytest.raises(ValueError, match=r"pair \(N,\) and second \(N,\), got \(5, 6\), \(4,\) and \(5,\)"):
        utrack_loss(embeddings, pair[1:], second, negative)
    with pytest.raises(ValueError, match=r"pair must lie in 0\.\.0, as there are 1 pairs, got 1"):
        utrack_loss(embeddings, pair, second, negative[:1])
    with pytest.raises(ValueError, match=r"negative must be \(P,\), got \(2, 1\)"):
        utrack_loss(embeddings, pair, second, negative[:, None])
