"""The branch that predicts occlusions on the CPU networks."""

from __future__ import annotations

import pytest
import torch

from outrack.models import (
    COCO_HEADS,
    MobileCenterNet,
    MobileCenterTrack,
    MobileOutrack,
    extra_heads,
)
from outrack.models.maps import DenseMaps
from outrack.models.occlusion import OcclusionBranch


@pytest.fixture
def branch() -> OcclusionBranch:
    torch.manual_seed(0)
    return OcclusionBranch(6)


def maps_of(centres: torch.Tensor) -> DenseMaps:
    batch, _, height, width = centres.shape
    return DenseMaps(centres=centres, ltrb=torch.full((batch, 4, height, width), 8.0))


def test_it_gives_one_centre_and_one_offset_a_cell(branch: OcclusionBranch) -> None:
    centres, offsets = branch(torch.randn(2, 6, 16, 24), maps_of(torch.randn(2, 1, 16, 24)))
    assert centres.shape == (2, 1, 16, 24)
    assert offsets.shape == (2, 2, 16, 24)
    assert centres.sigmoid().mean() < 0.2  # occlusions are rare, and it starts knowing that


def test_the_occlusion_branch_reads_detections_without_changing_them(branch: OcclusionBranch) -> None:
    features = torch.randn(1, 6, 16, 24, requires_grad=True)
    detected = torch.randn(1, 1, 16, 24, requires_grad=True)
    centres, _ = branch(features, maps_of(detected))
    centres.sum().backward()
    assert features.grad is not None and features.grad.abs().sum() > 0
    assert detected.grad is None
    with torch.no_grad():
        without_people, _ = branch(features, maps_of(torch.full_like(detected, -9)))
    assert not torch.allclose(centres, without_people)


def test_of_several_classes_any_one_counts(branch: OcclusionBranch) -> None:
    features, first, second = torch.randn(1, 6, 16, 24), torch.randn(1, 1, 16, 24), torch.randn(1, 1, 16, 24)
    with torch.inference_mode():
        both = branch(features, maps_of(torch.cat((first, second), 1)))
        best = branch(features, maps_of(torch.maximum(first, second)))
    assert torch.equal(both[0], best[0])


def test_it_sees_as_far_as_a_person_is_tall(branch: OcclusionBranch) -> None:
    features = torch.randn(1, 6, 64, 64, requires_grad=True)
    centres, _ = branch(features, maps_of(torch.zeros(1, 1, 64, 64)))
    centres[0, 0, 32, 32].backward()
    assert features.grad is not None
    rows = features.grad.abs().sum((0, 1, 3)).nonzero()
    assert rows.min() <= 16 and rows.max() >= 48  # 16 cells are 64 pixels on each side


@pytest.mark.parametrize("kind", [MobileCenterNet, MobileOutrack, MobileCenterTrack])
def test_networks_without_the_heads_have_no_branch(kind: type[MobileCenterNet]) -> None:
    without = kind()
    heads = (*without.heads, *extra_heads(occlusion=True))
    with_branch = kind(heads)
    assert without.occlusions is None and not without.predicts_occlusions
    assert {with_branch.prefix_of(name) for name in ("occlusion", "occlusion_offset")} == {"occlusions."}
    extra = with_branch.state_dict().keys() - without.state_dict().keys()
    assert extra and all(name.startswith("occlusions.") for name in extra)
    with torch.inference_mode():
        maps = with_branch.eval()(torch.zeros(1, 3, 64, 96, dtype=torch.uint8))
    assert maps.occlusion is not None and maps.occlusion.shape == (1, 1, 16, 24)
    assert maps.occlusion_offset is not None and maps.occlusion_offset.shape == (1, 2, 16, 24)


def test_the_heads_belong_together() -> None:
    occlusion = extra_heads(occlusion=True)
    with pytest.raises(ValueError, match="occlusion and occlusion_offset"):
        MobileCenterNet((*COCO_HEADS, occlusion[0]))
