"""The multiplications of a network, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from outrack.speed.ceilings import ceilings
from outrack.speed.operations import giga_operations


def test_convolutions_are_counted_by_hand(tmp_path: Path) -> None:
    """From 3 channels to 4 with kernels of 3x3 and stride 2, then 3x3 in each of the 4 channels alone."""
    nodes = [
        helper.make_node("Cast", ["images"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "dense"], ["y"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Conv", ["y", "single"], ["z"], pads=[1, 1, 1, 1], group=4),
    ]
    weights = {"dense": (4, 3, 3, 3), "single": (4, 1, 3, 3)}
    constants = [numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in weights.items()]
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, [1, 3, "height", "width"])
    output = helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 4, None, None])
    graph = helper.make_graph(nodes, "two", [images], [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "two.onnx")
    by_hand = 4 * 8 * 16 * (3 * 9) + 4 * 8 * 16 * 9
    assert giga_operations(tmp_path / "two.onnx", (32, 16)) == pytest.approx(by_hand / 1e9)


def test_bfloat16_has_a_ceiling_of_its_own_where_the_processor_knows_it() -> None:
    pytest.importorskip("openvino")
    tops = ceilings(small=True, with_openvino=True)
    convolutions = [top for top in tops if top.is_convolution]
    assert {top.precision for top in convolutions} >= {"float32", "8 bits"}
    assert len({top.giga for top in convolutions}) == 1
    for top in tops:
        top.run()
