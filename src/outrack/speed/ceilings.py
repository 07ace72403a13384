"""The machine's peak throughput: single operations that networks consist of, in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from outrack.speed.one_operation import one_operation

__all__ = ["Ceiling", "ceilings"]

CHANNELS, HEIGHT, WIDTH = 64, 96, 160
"""Shape of a layer in the middle of a network at 640x384."""
SIDE = 512
"""Side of the matrices."""
_SCALE, _ZERO = np.float32(0.05), np.uint8(128)


class Ceiling(NamedTuple):
    """One operation to measure.

    Attributes:
        name: what it is.
        precision: `float32`, `bfloat16` or `8 bits`.
        run: performs it once.
        giga: multiply-accumulate operations, in billions (GMAC).
    """

    name: str
    precision: Literal["float32", "bfloat16", "8 bits"]
    run: Callable[[], object]
    giga: float

    @property
    def is_convolution(self) -> bool:
        """Whether it is the 3x3 convolution, which networks are measured against."""
        return self.name.startswith("3x3 convolution")


def ceilings(*, small: bool = False, with_openvino: bool = False) -> list[Ceiling]:
    """3x3 convolution and matrix multiplication, in float32 and in 8 bits.

    Args:
        small: run a sixteenth of the work, for tests.
        with_openvino: add the convolution in bfloat16, which ONNX Runtime does not have on the CPU, if the processor
            has instructions for it.
    """
    channels, side = (CHANNELS // 4, SIDE // 4) if small else (CHANNELS, SIDE)
    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(1, channels, HEIGHT, WIDTH)).astype(np.float32)
    matrix = rng.normal(size=(side, side)).astype(np.float32)
    kernel = rng.normal(size=(channels, channels, 3, 3)).astype(np.float32)
    padding = {"pads": (1, 1, 1, 1)}
    convolution, product = channels**2 * 9 * HEIGHT * WIDTH / 1e9, side**3 / 1e9
    other = matrix.T.copy()
    in_bfloat16 = _bfloat16(pixels, kernel) if with_openvino else None
    tops = [
        Ceiling("3x3 convolution, float32", "float32", _float("Conv", pixels, kernel, padding), convolution),
        Ceiling("3x3 convolution, 8 bits", "8 bits", _eight_bits("QLinearConv", pixels, kernel, padding), convolution),
        Ceiling("matrices, float32", "float32", _float("MatMul", matrix, other, {}), product),
        Ceiling("matrices, 8 bits", "8 bits", _eight_bits("QLinearMatMul", matrix, other, {}), product),
    ]
    if in_bfloat16 is not None:
        tops.insert(1, Ceiling("3x3 convolution, bfloat16 in OpenVINO", "bfloat16", in_bfloat16, convolution))
    return tops


def _float(
    name: str, x: NDArray[np.float32], w: NDArray[np.float32], attributes: Mapping[str, tuple[int, ...]]
) -> Callable[[], object]:
    return _runner(one_operation(name, ("x", "w"), {"w": w}, element=np.float32, attributes=attributes), x)


def _eight_bits(
    name: str, x: NDArray[np.float32], w: NDArray[np.float32], attributes: Mapping[str, tuple[int, ...]]
) -> Callable[[], object]:
    """Quantised as `outrack export --int8` does: zero points in mid-range for values, at 0 for weights."""
    constants: dict[str, NDArray[Any]] = {
        "w": np.clip(w / _SCALE, -127, 127).astype(np.int8),
        "w_zero": np.array(0, np.int8),
        **{key: np.array(_SCALE) for key in ("x_scale", "w_scale", "y_scale")},
        **{key: np.array(_ZERO) for key in ("x_zero", "y_zero")},
    }
    inputs = ("x", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero")
    values = np.clip(x / _SCALE + float(_ZERO), 0, 255).astype(np.uint8)
    return _runner(one_operation(name, inputs, constants, element=np.uint8, attributes=attributes), values)


def _bfloat16(x: NDArray[np.float32], w: NDArray[np.float32]) -> Callable[[], object] | None:
    """A convolution in OpenVINO; None if the processor has no instructions for it."""
    import openvino
    from openvino import opset13

    core = openvino.Core()
    if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return None
    pixels = opset13.parameter(x.shape, np.float32, name="x")
    ones = [1, 1]
    model = openvino.Model([opset13.convolution(pixels, opset13.constant(w), ones, ones, ones, ones)], [pixels])
    settings = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    return lambda: request.infer([x])


def _runner(model: bytes, x: NDArray[Any]) -> Callable[[], object]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})
