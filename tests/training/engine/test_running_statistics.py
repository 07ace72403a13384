"""Running statistics over the batches of a step. Those over processes are in `tests/training/test_processes.py`."""

from __future__ import annotations

import torch
from torch import nn

from outrack.training.engine.running_statistics import RunningStatistics


def network() -> nn.Sequential:
    layers = nn.Sequential(nn.BatchNorm2d(2), nn.BatchNorm2d(2).eval(), nn.Conv2d(2, 1, 1))
    layers[0].running_mean.fill_(1.0)
    return layers


def test_a_step_of_two_batches_takes_the_mean_of_their_updates_in_any_order() -> None:
    images = [torch.randn(3, 2, 4, 4) + k for k in range(2)]
    found = []
    for order in ((0, 1), (1, 0)):
        layers = network()
        statistics = RunningStatistics(layers)
        for number in order:
            layers(images[number])
            statistics.after_batch()
            assert layers[0].running_mean.tolist() == [1.0, 1.0]  # the next batch begins with the same
        statistics.end_step()
        found.append(layers[0].running_mean)
        assert layers[0].num_batches_tracked == 1
        assert layers[1].num_batches_tracked == 0 and layers[1].running_mean.tolist() == [0.0, 0.0]  # frozen
    mean = torch.stack([one.mean((0, 2, 3)) for one in images]).mean(0)
    torch.testing.assert_close(found[0], 0.9 * torch.ones(2) + 0.1 * mean)
    torch.testing.assert_close(found[0], found[1])


def test_one_batch_leaves_the_usual_batch_normalisation() -> None:
    images, plain, counted = torch.randn(3, 2, 4, 4), network(), network()
    plain(images)
    statistics = RunningStatistics(counted)
    counted(images)
    statistics.after_batch()
    statistics.end_step()
    for one, other in zip(plain.buffers(), counted.buffers(), strict=True):
        assert torch.equal(one, other)


def test_a_network_without_normalisation_has_none() -> None:
    statistics = RunningStatistics(nn.Conv2d(2, 1, 1))
    statistics.after_batch()
    statistics.end_step()
