"""How the losses are added up: detection's fixed weights and the learned balance with Re-ID."""

from __future__ import annotations

import math

import pytest
import torch

from outrack.losses import DetectionLoss, DetectionWeights, LearnedTaskWeights, OcclusionLoss


def scalars(*values: float) -> list[torch.Tensor]:
    return [torch.tensor(value) for value in values]


def test_learned_weights_by_hand():
    total = LearnedTaskWeights()(*scalars(2.0, 3.0))
    assert total.item() == pytest.approx(0.5 * (math.exp(1.85) * 2 + math.exp(1.05) * 3 - 1.85 - 1.05))


def test_a_loss_that_stays_high_loses_weight():
    """The balance rests where exp(-s) L = 1: there the gradient of s vanishes."""
    weights = LearnedTaskWeights(s_det=math.log(4.0), s_id=math.log(0.5))
    weights(*scalars(4.0, 2.0)).backward()
    assert weights.s_det.grad.item() == pytest.approx(0, abs=1e-6)
    assert weights.s_id.grad.item() == pytest.approx(0.5 * (1 - 4))  # a step downhill raises s_id


def test_total_may_be_negative_and_both_losses_get_a_gradient():
    detection, identity = scalars(0.0, 0.0)
    detection.requires_grad_()
    identity.requires_grad_()
    total = LearnedTaskWeights()(detection, identity)
    total.backward()
    assert total.item() == pytest.approx(-1.45)
    assert detection.grad.item() == pytest.approx(0.5 * math.exp(1.85))
    assert identity.grad.item() == pytest.approx(0.5 * math.exp(1.05))


def test_detection_weights_are_fairmots():
    centre, ltrb, offset, occlusion_centre, occlusion_offset = scalars(1.0, 10.0, 100.0, 1000.0, 3000.0)
    plain = DetectionLoss(centre, ltrb, offset=offset)
    assert plain.total(DetectionWeights()).item() == pytest.approx(1 + 1 + 100)
    occluded = plain._replace(occlusion=OcclusionLoss(occlusion_centre, occlusion_offset))
    assert occluded.total(DetectionWeights()).item() == pytest.approx(102 + 500 + 1500)
    assert occluded.total(DetectionWeights(occlusion=0.0)).item() == pytest.approx(102)


def test_displacement_counts_where_the_network_has_it():
    centre, ltrb, displacement = scalars(1.0, 10.0, 7.0)
    loss = DetectionLoss(centre, ltrb, displacement=displacement)
    assert loss.total(DetectionWeights(displacement=2.0)).item() == pytest.approx(1 + 1 + 14)


def test_each_part_has_its_weight():
    parts = scalars(7.0, 10.0, 100.0, 1000.0)
    loss = DetectionLoss(parts[0], parts[1], offset=parts[2], others={"giou": parts[3]})
    weights = DetectionWeights(centre=2.0, ltrb=3.0, offset=4.0, giou=5.0)
    assert loss.total(weights).item() == pytest.approx(14 + 30 + 400 + 5000)
