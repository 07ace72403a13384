from __future__ import annotations

import pytest
import torch

import outrack.models
from outrack.models import COCO_HEADS, FairMOT, MobileCenterNet, architecture_names, coco_start, list_networks
from outrack.models.listing import giga_macs


def test_every_network_is_listed_with_its_cost():
    listed = {summary.name: summary for summary in list_networks()}
    assert list(listed) == architecture_names()
    assert listed["fairmot-dla34"].parameters == 19_794_983
    assert listed["fairmot-dla34"].size == (1088, 608)
    assert "ctdet_coco_dla_2x" in listed["centertrack-dla34"].weights
    start = listed["mobile-centernet"]
    assert start.weights == str(coco_start())
    assert "COCO" in start.trained_on


def test_macs_grow_with_the_area():
    class Small(MobileCenterNet):
        size = (96, 96)

    class Large(MobileCenterNet):
        size = (192, 96)

    # All but the gates, which see one cell, whatever the size.
    assert giga_macs(Large(COCO_HEADS)) == pytest.approx(2 * giga_macs(Small(COCO_HEADS)), rel=0.05)


def test_the_heads_have_the_expected_cost():
    with torch.device("meta"):
        network = FairMOT(neck="conv")
        network.trunk, network.neck = torch.nn.Identity(), torch.nn.Conv2d(3, 64, 4, stride=4)
    heads = 64 * 9 * 256 * 4 + 256 * (1 + 4 + 2 + 128)
    assert giga_macs(network) == pytest.approx(272 * 152 * (3 * 16 * 64 + heads) / 1e9)


@pytest.mark.parametrize(("old", "new"), [("names", "architecture_names"), ("shipped_network", "bundled_network")])
def test_names_of_the_release_before_still_work(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} was renamed to {new}"):
        assert getattr(outrack.models, old) is getattr(outrack.models, new)
