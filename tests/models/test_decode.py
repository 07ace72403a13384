from __future__ import annotations

import math

import torch
from torch import Tensor

from outrack.models import DenseMaps, decode


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def empty_maps(*, classes: int = 1, h: int = 6, w: int = 8) -> tuple[Tensor, Tensor]:
    return torch.full((1, classes, h, w), -20.0), torch.zeros(1, 4, h, w)


def test_one_peak_by_hand():
    centres, ltrb = empty_maps()
    centres[0, 0, 2, 5] = logit(0.9)
    ltrb[0, :, 2, 5] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    offset = torch.full((1, 2, 6, 8), 0.0)
    offset[0, :, 2, 5] = torch.tensor([0.25, 0.5])
    found = decode(DenseMaps(centres, ltrb, offset), stride=4, max_objects=3)
    torch.testing.assert_close(found.scores[0, 0], torch.tensor(0.9))
    assert found.boxes[0, 0].tolist() == [(5.25 - 1) * 4, (2.5 - 2) * 4, (5.25 + 3) * 4, (2.5 + 4) * 4]
    assert found.embeddings is None and found.occlusions is None and found.displacements is None


def test_without_offset_the_box_hangs_on_the_integer_cell():
    centres, ltrb = empty_maps()
    centres[0, 0, 1, 3] = 5
    ltrb[:] = 1
    assert decode(DenseMaps(centres, ltrb), stride=4).boxes[0, 0].tolist() == [8, 0, 16, 8]


def test_only_local_maxima_count_and_best_come_first():
    centres, ltrb = empty_maps()
    centres[0, 0, 1, 1], centres[0, 0, 2, 2], centres[0, 0, 4, 6] = 2, 3, 1  # (1, 1) is beside the higher (2, 2)
    found = decode(DenseMaps(centres, ltrb), stride=4, max_objects=4)
    torch.testing.assert_close(found.scores[0, :2], torch.tensor([3.0, 1.0]).sigmoid())
    assert found.boxes[0, :2, :2].tolist() == [[8, 8], [24, 16]]


def test_classes_have_their_own_maps():
    centres, ltrb = empty_maps(classes=3)
    centres[0, 2, 0, 7], centres[0, 1, 5, 0] = 4, 3
    found = decode(DenseMaps(centres, ltrb), stride=4, max_objects=2)
    assert found.classes.tolist() == [[2, 1]]
    assert found.boxes[0, :, :2].tolist() == [[28, 0], [0, 20]]


def test_embeddings_are_those_of_the_cell_and_have_length_one():
    centres, ltrb = empty_maps()
    centres[0, 0, 3, 2] = 5
    embedding = torch.randn(1, 8, 6, 8, generator=torch.Generator().manual_seed(0))
    found = decode(DenseMaps(centres, ltrb, embedding=embedding), stride=4, max_objects=5)
    torch.testing.assert_close(found.embeddings[0, 0], embedding[0, :, 3, 2] / embedding[0, :, 3, 2].norm())
    torch.testing.assert_close(found.embeddings.norm(dim=2), torch.ones(1, 5))


def test_occlusion_points_carry_offset_and_score():
    centres, ltrb = empty_maps()
    occlusion = torch.full((1, 1, 6, 8), -20.0)
    occlusion[0, 0, 4, 1] = logit(0.7)
    shift = torch.zeros(1, 2, 6, 8)
    shift[0, :, 4, 1] = torch.tensor([0.5, 0.75])
    found = decode(DenseMaps(centres, ltrb, occlusion=occlusion, occlusion_offset=shift), stride=4, max_occlusions=2)
    torch.testing.assert_close(found.occlusions[0, 0], torch.tensor([6.0, 19.0, 0.7]))


def test_displacements_lead_from_the_box_centre_to_the_previous_centre():
    centres, ltrb = empty_maps()
    centres[0, 0, 2, 3] = 5
    ltrb[0, :, 2, 3] = torch.tensor([1.0, 1.0, 3.0, 1.0])  # box centre (4, 2) cells
    displacement = torch.zeros(1, 2, 6, 8)
    displacement[0, :, 2, 3] = torch.tensor([-2.0, 1.0])  # previous centre (1, 3) cells
    found = decode(DenseMaps(centres, ltrb, displacement=displacement), stride=4, max_objects=1)
    assert found.displacements.tolist() == [[[-12.0, 4.0]]]


def test_a_batch_is_decoded_image_by_image():
    generator = torch.Generator().manual_seed(1)
    centres, ltrb = torch.randn(3, 1, 6, 8, generator=generator), torch.rand(3, 4, 6, 8, generator=generator)
    together = decode(DenseMaps(centres, ltrb), stride=4, max_objects=4)
    for i in range(3):
        alone = decode(DenseMaps(centres[i : i + 1], ltrb[i : i + 1]), stride=4, max_objects=4)
        torch.testing.assert_close(together.boxes[i], alone.boxes[0])


def test_maps_smaller_than_k_give_what_they_have():
    centres, ltrb = empty_maps(h=2, w=2)
    assert decode(DenseMaps(centres, ltrb), stride=4, max_objects=500).scores.shape == (1, 4)


def test_of_more_people_than_k_the_surest_are_given():
    centres, ltrb = empty_maps(h=100, w=100)
    peaks = torch.arange(2500.0).reshape(50, 50) / 500
    centres[0, 0, ::2, ::2] = peaks
    found = decode(DenseMaps(centres, ltrb), stride=4, max_objects=500)
    torch.testing.assert_close(found.scores[0], peaks.flatten().flip(0)[:500].sigmoid())
