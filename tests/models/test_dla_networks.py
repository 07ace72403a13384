"""DLA-34, its neck, FairMOT and CenterTrack, against the official numbers (notes#neck)."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from outrack.models import create, decode
from outrack.models.backbones.dla import DLA34
from outrack.models.centertrack import CenterTrack, centertrack_heads
from outrack.models.fairmot import FairMOT, fairmot_heads
from outrack.models.necks.deform_conv import ModulatedDeformConv2d
from outrack.models.necks.dla_neck import DLANeck, Enlarge

UNUSED_PROJECTIONS = (64 + 2) * 128 + (128 + 2) * 256
"""Weights of the official trunk that reach no output: a 1x1 convolution and its normalisation in levels 3 and 4."""
VISIBLE_SIZE_HEAD = (64 * 9 + 1) * 256 + (256 + 1) * 2
"""CenterTrack's `wh`, which its amodal boxes replace."""


def num_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.fixture
def meta():
    """Shapes and counts need no numbers."""
    with torch.device("meta"):
        yield


@pytest.mark.usefixtures("meta")
def test_trunk_and_neck_have_the_official_sizes():
    neck = DLANeck("deform")
    assert num_parameters(DLA34()) + UNUSED_PROJECTIONS == 15_270_832
    assert num_parameters(neck.dla_up) == 3_515_012
    assert num_parameters(neck.ida_up) == 425_324
    assert sum(isinstance(module, ModulatedDeformConv2d) for module in neck.modules()) == 16


@pytest.mark.usefixtures("meta")
@pytest.mark.parametrize(
    ("embedding_dim", "occlusion", "millions"),
    [(0, False, 19.656), (128, False, 19.837), (256, False, 19.870), (128, True, 20.133), (256, True, 20.166)],
)
def test_fairmot_has_the_official_size(embedding_dim, occlusion, millions):
    network = FairMOT(fairmot_heads(embedding_dim=embedding_dim, occlusion=occlusion))
    assert round((num_parameters(network) + UNUSED_PROJECTIONS) / 1e6, 3) == millions


@pytest.mark.usefixtures("meta")
@pytest.mark.parametrize(("occlusion", "millions"), [(False, 19.956), (True, 20.252)])
def test_centertrack_has_the_official_size(occlusion, millions):
    network = CenterTrack(centertrack_heads(occlusion=occlusion))
    assert round((num_parameters(network) + UNUSED_PROJECTIONS + VISIBLE_SIZE_HEAD) / 1e6, 3) == millions


@pytest.mark.usefixtures("meta")
def test_the_trunk_gives_six_maps():
    maps = DLA34()(torch.empty(1, 3, 64, 96))
    assert [tuple(level.shape[1:]) for level in maps] == [
        (channels, 64 // stride, 96 // stride)
        for channels, stride in zip(DLA34.channels, (1, 2, 4, 8, 16, 32), strict=True)
    ]


@pytest.mark.usefixtures("meta")
@pytest.mark.parametrize("neck", ["deform", "conv"])
def test_maps_have_stride_four(neck):
    images = torch.empty(2, 3, 64, 96, dtype=torch.uint8)
    maps = FairMOT(fairmot_heads(occlusion=True), neck=neck)(images)
    shapes = {name: tuple(values.shape) for name, values in maps._asdict().items() if values is not None}
    channels = {"centres": 1, "ltrb": 4, "offset": 2, "embedding": 128, "occlusion": 1, "occlusion_offset": 2}
    assert shapes == {name: (2, count, 16, 24) for name, count in channels.items()}
    recurrent = CenterTrack(neck=neck)(images, images, torch.empty(2, 1, 64, 96))
    assert recurrent.displacement.shape == (2, 2, 16, 24)
    assert recurrent.embedding is None and recurrent.occlusion is None


def test_biases_start_where_the_papers_start_them():
    heads = FairMOT(fairmot_heads(occlusion=True)).outputs
    last = {name: set(layers[-1].bias.tolist()) for name, layers in heads.items()}
    low = torch.tensor(-2.19).item()
    zero = {name: {0.0} for name in ("ltrb", "offset", "embedding", "occlusion_offset")}
    assert last == {**zero, "centres": {low}, "occlusion": {low}}
    assert CenterTrack().outputs["centres"][-1].bias.item() == torch.tensor(-4.6).item()


def test_enlarging_starts_bilinear():
    ramp = torch.arange(8.0).expand(1, 3, 8, 8)
    for factor in (2, 4):
        enlarged = Enlarge(3, factor)(ramp)[..., 2 * factor : -2 * factor, 2 * factor : -2 * factor]
        wanted = torch.nn.functional.interpolate(ramp, scale_factor=factor, mode="bilinear")
        torch.testing.assert_close(enlarged, wanted[..., 2 * factor : -2 * factor, 2 * factor : -2 * factor])


@pytest.fixture
def centertrack() -> CenterTrack:
    torch.manual_seed(0)
    network = CenterTrack(neck="conv").eval()
    for layers in network.outputs.values():
        nn.init.normal_(layers[-1].weight, std=0.5)
    return network


def test_centertrack_decodes_the_box_around_the_integer_centre(centertrack):
    images = torch.randint(0, 256, (1, 3, 64, 64))
    raw = {}
    centertrack.outputs.register_forward_hook(lambda module, inputs, maps: raw.update(maps._asdict()))
    with torch.inference_mode():
        found = decode(centertrack(images), stride=4, max_objects=5)
    peaks = nn.functional.max_pool2d(raw["centres"], 3, stride=1, padding=1) == raw["centres"]
    cells = torch.where(peaks, raw["centres"], -torch.inf).flatten().topk(5).indices
    x, y = cells % 16, cells // 16
    corners = torch.stack((x, y, x, y), 1) + raw["ltrb"][0, :, y, x].T  # notes#heads: integer peak + signed values
    torch.testing.assert_close(found.boxes[0], 4 * corners, atol=1e-3, rtol=1e-4)
    centre = (found.boxes[0, :, :2] + found.boxes[0, :, 2:]) / 2
    previous = torch.stack((x, y), 1) + raw["displacement"][0, :, y, x].T
    torch.testing.assert_close(centre + found.displacements[0], 4 * previous, atol=1e-3, rtol=1e-4)


def test_centertrack_uses_the_previous_frame(centertrack):
    images, before = torch.randint(0, 256, (2, 1, 3, 64, 64))
    nowhere, somewhere = torch.zeros(2, 1, 1, 64, 64)
    somewhere[..., 20:40, 20:40] = 1
    with torch.inference_mode():
        first, same = centertrack(images), centertrack(images, images, nowhere)
        other_frame, other_heat = centertrack(images, before, nowhere), centertrack(images, images, somewhere)
    assert torch.equal(first.centres, same.centres)
    assert not torch.allclose(first.centres, other_frame.centres)
    assert not torch.allclose(first.centres, other_heat.centres)


def test_centertrack_normalises_bgr(centertrack):
    red = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    red[:, 0] = 255
    with torch.inference_mode():
        seen = centertrack._normalised(red)[0, :, 0, 0]
    torch.testing.assert_close(seen, torch.tensor([-0.408 / 0.289, -0.447 / 0.274, (1 - 0.470) / 0.278]))


@pytest.mark.usefixtures("meta")
def test_networks_are_built_by_name():
    network = create("fairmot-dla34", heads=fairmot_heads(embedding_dim=0), neck="conv")
    assert network.options == {"neck": "conv"}
    assert network.embedding_dim == 0
    with pytest.raises(ValueError, match="neck: expected deform or conv, got 'dcn'"):
        create("centertrack-dla34", neck="dcn")
