"""The untrained appearance branch."""

from __future__ import annotations

import torch

from outrack.models.appearance.branch import EMBEDDING_CHANNELS, AppearanceBranch


def test_it_gives_one_vector_a_cell() -> None:
    read = AppearanceBranch(6, 4)(torch.rand(2, 6, 8, 12), torch.rand(2, 4, 8, 12))
    assert read.shape == (2, EMBEDDING_CHANNELS, 8, 12)


def test_embeddings_do_not_start_in_one_direction() -> None:
    torch.manual_seed(0)
    shallow, features = torch.rand(1, 6, 32, 32) + 1, torch.rand(1, 4, 32, 32) + 1  # as after a ReLU
    cells = AppearanceBranch(6, 4)(shallow, features).flatten(2)[0].T  # (1024, C)
    unit = torch.nn.functional.normalize(cells, dim=1)
    assert (unit @ unit.T).mean().abs() < 0.05
