"""Batch normalisation over two processes (gloo) against one that has both batches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from outrack.models.shared_batch_norm import share_statistics
from tests.conftest import ROOT

PROGRAM = """
import sys
import torch
from torch import distributed, nn
from outrack.models.shared_batch_norm import share_statistics

rank, folder = int(sys.argv[1]), sys.argv[2]
distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
given = torch.load(f"{folder}/given.pt")
network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
network.load_state_dict(given["weights"])
share_statistics(network)
seen = network(given["images"][rank])
(seen * given["target"][rank]).sum().backward()
gradients = {name: value.grad for name, value in network.named_parameters()}
for value in gradients.values():
    distributed.all_reduce(value)
torch.save({"gradients": gradients, "state": network.state_dict()}, f"{folder}/{rank}.pt")
"""


@pytest.mark.slow  # two processes that load PyTorch
def test_statistics_and_gradients_are_those_of_both_batches(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    images, target = [torch.randn(2 + k, 3, 5, 4) for k in range(2)], [torch.randn(2 + k, 4, 5, 4) for k in range(2)]
    torch.save({"weights": network.state_dict(), "images": images, "target": target}, tmp_path / "given.pt")
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    running = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, rank, str(tmp_path)], env=os.environ | {"PYTHONPATH": paths})
        for rank in "01"
    ]
    assert [process.wait(200) for process in running] == [0, 0]
    (network(torch.cat(images)) * torch.cat(target)).sum().backward()
    for rank in "01":
        found = torch.load(tmp_path / f"{rank}.pt")
        for name, value in network.named_parameters():
            torch.testing.assert_close(found["gradients"][name], value.grad, atol=1e-5, rtol=1e-5)
        for name, value in network.state_dict().items():
            torch.testing.assert_close(found["state"][name], value, atol=1e-6, rtol=1e-5)


def test_one_process_normalises_as_torch_and_keeps_the_names() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    shared = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    share_statistics(shared)
    shared.load_state_dict(plain.state_dict())
    images = torch.randn(2, 3, 5, 4)
    torch.testing.assert_close(plain(images), shared(images), atol=1e-6, rtol=1e-5)
    shared.load_state_dict(plain.state_dict())
    assert torch.equal(plain.eval()(images), shared.eval()(images))
    assert plain.state_dict().keys() == shared.state_dict().keys()


def test_a_normalisation_without_weights_stays_so() -> None:
    images = torch.randn(3, 4, 5, 6)
    plain, shared = nn.BatchNorm2d(4, affine=False), nn.Sequential(nn.BatchNorm2d(4, affine=False))
    share_statistics(shared)
    torch.testing.assert_close(shared(images), plain(images), atol=1e-5, rtol=1e-5)
