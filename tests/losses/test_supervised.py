"""The supervised baseline, and what it costs."""

from __future__ import annotations

import math

import pytest
import torch

from outrack.losses import SupervisedReID, supervised_reid_loss
from outrack.losses.supervised import embedding_scale


def reference(embeddings, ids, weight, bias):
    losses = []
    for f, identity in zip(embeddings.tolist(), ids.tolist(), strict=True):
        if identity == -1:
            continue
        norm = math.sqrt(sum(v * v for v in f))
        scale = math.sqrt(2) * math.log(len(weight) - 1)
        logits = [
            sum(w * scale * v / norm for w, v in zip(row, f, strict=True)) + b
            for row, b in zip(weight.tolist(), bias.tolist(), strict=True)
        ]
        losses.append(math.log(sum(math.exp(z) for z in logits)) - logits[identity])
    return sum(losses) / len(losses) if losses else 0.0


def example(seed=0):
    generator = torch.Generator().manual_seed(seed)
    embeddings, weight, bias = (
        torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in ((5, 3), (7, 3), (7,))
    )
    return embeddings, torch.tensor([0, 6, -1, 2, 2]), weight, bias


def test_equals_a_loop_over_objects():
    arguments = example()
    assert supervised_reid_loss(*arguments).item() == pytest.approx(reference(*arguments))


def test_three_identities_by_hand():
    """Scale sqrt(2) ln 2; unit axes as classifier, no bias: e^scale against 1 and 1."""
    loss = supervised_reid_loss(torch.tensor([[0.0, 4.0, 0.0]]), torch.tensor([1]), torch.eye(3), torch.zeros(3))
    right = math.exp(math.sqrt(2) * math.log(2))
    assert loss.item() == pytest.approx(-math.log(right / (right + 2)))


@pytest.mark.parametrize("num_ids", [1, 2, 3])
def test_few_identities_keep_the_scale_of_three(num_ids):
    assert embedding_scale(num_ids) == pytest.approx(math.sqrt(2) * math.log(2))


def test_one_identity_is_always_right():
    loss = SupervisedReID(4, 1)(torch.randn(3, 4, requires_grad=True), torch.zeros(3, dtype=torch.int64))
    assert loss.item() == 0


@pytest.mark.parametrize("ids", [[], [-1], [-1, -1]])
def test_no_known_identity_gives_zero_with_a_gradient(ids):
    module = SupervisedReID(4, 10)
    embeddings = torch.ones(len(ids), 4, requires_grad=True)
    loss = module(embeddings, torch.tensor(ids, dtype=torch.int64))
    loss.backward()
    assert loss.item() == 0
    assert embeddings.grad is not None
    assert not embeddings.grad.any()


def test_order_of_objects_changes_nothing():
    embeddings, ids, weight, bias = example()
    order = torch.tensor([4, 2, 0, 1, 3])
    torch.testing.assert_close(
        supervised_reid_loss(embeddings[order], ids[order], weight, bias),
        supervised_reid_loss(embeddings, ids, weight, bias),
    )


def test_gradcheck():
    embeddings, ids, weight, bias = example()
    inputs = (embeddings.requires_grad_(), weight.requires_grad_(), bias.requires_grad_())
    assert torch.autograd.gradcheck(lambda e, w, b: supervised_reid_loss(e, ids, w, b), inputs)


def test_steps_downhill_identify_all():
    torch.manual_seed(0)
    module = SupervisedReID(8, 4)
    people, ids = torch.randn(4, 8), torch.arange(4)
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)
    before = module(people, ids).item()
    for _ in range(50):
        optimizer.zero_grad()
        module(people, ids).backward()
        optimizer.step()
    assert module(people, ids).item() < 0.2 * before


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_under_autocast(dtype):
    embeddings, ids, weight, bias = example()
    half = embeddings.to(dtype).requires_grad_()
    with torch.autocast("cpu", dtype=dtype):
        loss = supervised_reid_loss(half, ids, weight.float(), bias.float())
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(
        supervised_reid_loss(half.detach().double(), ids, weight, bias).item(), rel=1e-5
    )
    assert torch.isfinite(torch.autograd.grad(loss, half)[0]).all()


def test_crowdhuman_costs_it_56_million_parameters():
    with torch.device("meta"):
        module = SupervisedReID(128, 439_046)
    assert sum(parameter.numel() for parameter in module.parameters()) == 439_046 * (128 + 1) == 56_636_934


def test_no_identities():
    with pytest.raises(
        ValueError, match=r"num_ids must be 1 or more, got 0\. Does the training data have identities\?"
    ):
        SupervisedReID(4, 0)
