"""The loss of appearance that a recipe asks for, with its settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from outrack.annotation import Annotation
from outrack.losses import cycas_loss, utrack_loss
from outrack.training.config.training_config import LossConfig
from outrack.training.data.batch_targets import collate
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.reid import make_reid

PEOPLE = Annotation.of_people(np.array([[8.0, 4, 32, 32], [24, 8, 34, 28], [40, 4, 52, 28]]))


@pytest.mark.parametrize("settings", [{}, {"margin": 0.2}, {"temperature": 1.5}, {"margin": 0.9, "temperature": 3.0}])
@pytest.mark.parametrize("reid", ["cycas", "utrack"])
def test_margin_and_temperature_reach_the_losses_of_frame_pairs(reid: Any, settings: dict[str, float]) -> None:
    encode = TargetEncoder(64, 32)
    people = collate(
        [encode(PEOPLE), encode(PEOPLE)], num_detection=2, pair=[0, 0], second=[False, True], negative=[False]
    ).people
    embeddings = torch.randn(6, 8, generator=torch.Generator().manual_seed(1))
    negative = torch.tensor([False])
    made = make_reid(LossConfig(reid=reid, **settings), embedding_dim=8, num_ids=0)  # type: ignore[arg-type]
    assert made is not None
    if reid == "cycas":
        expected = cycas_loss(embeddings, people.pair, people.second, negative, **settings)
    else:
        expected = utrack_loss(embeddings, people.pair, people.second, negative, **settings).total
    assert made(embeddings, people, negative).total == expected > 0
