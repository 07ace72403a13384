"""The default network against the numbers of the graph that its weights come from."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from outrack.models import COCO_HEADS, MobileCenterNet, coco_start, decode, extra_heads, load_network
from outrack.models.backbones.mobilenet import SameConv2d
from outrack.models.spatial import double_size

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def network() -> MobileCenterNet:
    return load_network(coco_start())


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    pixels = np.array(Image.open(HERE / "vtest_frame.png"))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]


@pytest.fixture(scope="module")
def reference() -> dict[str, np.ndarray]:
    with np.load(HERE / "mb3_centernet_reference.npz") as numbers:
        return dict(numbers)


def test_shipped_weights_give_the_original_graphs_numbers(network, images, reference):
    with torch.inference_mode():
        maps = network(images)
    np.testing.assert_allclose(maps.centres.sigmoid()[0, 0], reference["person"], atol=1e-3)
    people = reference["person"] > 0.1
    ours = maps.ltrb[0].permute(1, 2, 0).numpy() * network.stride
    np.testing.assert_allclose(ours[people], reference["wh"][people], rtol=2e-3, atol=0.02)  # half precision on disk


def test_the_import_before_rounding_equals_the_graph_everywhere(shared, images, reference, monkeypatch):
    scripts = HERE.parents[1] / "scripts"
    monkeypatch.syspath_prepend(str(scripts))
    spec = importlib.util.spec_from_file_location("import_mb3_centernet", scripts / "import_mb3_centernet.py")
    script = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, script)
    spec.loader.exec_module(script)
    network = script.import_network(script.Graph.read(shared / "weights" / "mb3_centernet"))
    with torch.inference_mode():
        maps = network(images)
    np.testing.assert_allclose(maps.centres.sigmoid()[0, 0], reference["person"], atol=1e-5)
    np.testing.assert_allclose(maps.ltrb[0].permute(1, 2, 0), reference["wh"] / network.stride, atol=1e-3)  # in cells


def test_people_of_a_real_frame_are_found_where_they_stand(network, images):
    with torch.inference_mode():
        found = decode(network(images), stride=network.stride)
    boxes = found.boxes[0][found.scores[0] > 0.4]
    feet = torch.stack(((boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]), 1)
    seen = [(28, 174), (217, 274), (383, 217), (441, 306), (465, 138), (487, 137)]  # by eye, in the picture
    assert len(boxes) == len(seen)
    nearest = torch.cdist(torch.tensor(seen, dtype=torch.float32), feet).min(1).values
    assert nearest.max() < 12, nearest


def test_uint8_and_float_images_give_the_same(network):
    pixels = torch.randint(0, 256, (1, 3, 64, 96), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(network(pixels).centres, network(pixels.float()).centres)


def test_every_head_fills_its_map():
    heads = (*COCO_HEADS, *extra_heads(offset=True, embedding_dim=16, occlusion=True))
    network = MobileCenterNet(heads).eval()
    with torch.inference_mode():
        maps = network(torch.zeros(2, 3, 64, 96, dtype=torch.uint8))
    shapes = {name: tuple(value.shape) for name, value in maps._asdict().items() if value is not None}
    assert shapes == {
        "centres": (2, 1, 16, 24),
        "ltrb": (2, 4, 16, 24),
        "offset": (2, 2, 16, 24),
        "embedding": (2, 16, 16, 24),
        "occlusion": (2, 1, 16, 24),
        "occlusion_offset": (2, 2, 16, 24),
    }
    assert (network.stride, network.embedding_dim, network.num_classes) == (4, 16, 1)


def test_double_size_follows_tensorflows_legacy_rule():
    x = torch.tensor([[[[0.0, 4.0], [8.0, 12.0]]]])
    rows = [[0, 2, 4, 4], [4, 6, 8, 8], [8, 10, 12, 12], [8, 10, 12, 12]]
    assert double_size(x).tolist() == [[rows]]


@pytest.mark.parametrize("kernel", [3, 5])
def test_same_padding_with_stride_two_starts_on_even_pixels(kernel):
    convolution = SameConv2d(1, 1, kernel, stride=2, bias=False)
    torch.nn.init.zeros_(convolution.weight)
    first_tap = (kernel - 2) // 2  # the tap that lies on pixel 2i: padding before is that much
    convolution.weight.data[0, 0, first_tap, first_tap] = 1
    x = torch.arange(64.0).reshape(1, 1, 8, 8)
    assert torch.equal(convolution(x), x[:, :, ::2, ::2])
