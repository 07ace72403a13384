"""The files are read by ONNX Runtime, and by the package onnx."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from outrack.speed.ceilings import ceilings
from outrack.speed.one_operation import one_operation


def test_a_convolution_is_calculated():
    kernel = np.zeros((2, 2, 3, 3), np.float32)
    kernel[0, 1, 1, 1], kernel[1, 0, 1, 1] = 2, 3  # each channel from the other
    model = one_operation("Conv", ("x", "w"), {"w": kernel}, element=np.float32, attributes={"pads": (1, 1, 1, 1)})
    assert [node.op_type for node in onnx.load_from_string(model).graph.node] == ["Conv"]
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    x = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    (y,) = session.run(None, {"x": x})
    np.testing.assert_array_equal(y, np.stack([2 * x[:, 1], 3 * x[:, 0]], axis=1))


def test_numbers_above_127_are_written_whole():
    matrix = np.eye(300, dtype=np.float32)
    model = one_operation("MatMul", ("x", "w"), {"w": matrix}, element=np.float32)
    assert list(onnx.load_from_string(model).graph.initializer[0].dims) == [300, 300]


@pytest.mark.parametrize("top", ceilings(small=True), ids=lambda top: top.name)
def test_every_ceiling_runs_and_knows_its_work(top):
    (y,) = top.run()
    per_value = 16 * 9 if "convolution" in top.name else 128
    assert top.giga == pytest.approx(y.size * per_value / 1e9)
    assert y.std() > 0
