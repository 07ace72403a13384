"""The machine's peak throughput: single operations that networks consist of, in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

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
        run: performs it once.
        giga: multiply-accumulate operations, in thousand millions (GMAC).
    """

    name: str
    run: Callable[[], object]
    giga: float


def ceilings(*, small: bool = False) -> list[Ceiling]:
    """3x3 convolution and matrix multiplication, in float32 and in 8 bits.

    Args:
        small: run a sixteenth of the work, for tests.
    """
    channels, side = (CHANNELS // 4, SIDE // 4) if small else (CHANNELS, SIDE)
    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(1, channels, HEIGHT, WIDTH)).astype(np.float32)
    matrix = rng.normal(size=(side, side)).astype(np.float32)
    kernel = rng.normal(size=(channels, channels, 3, 3)).astype(np.float32)
    padding = {"pads": (1, 1, 1, 1)}
    convolution, product = channels**2 * 9 * HEIGHT * WIDTH / 1e9, side**3 / 1e9
    return [
        Ceiling("3x3 convolution, float32", _float("Conv", pixels, kernel, padding), convolution),
        Ceiling("3x3 convolution, 8 bits", _eight_bits("QLinearConv", pixels, kernel, padding), convolution),
        Ceiling("matrices, float32", _float("MatMul", matrix, matrix.T.copy(), {}), product),
        Ceiling("matrices, 8 bits", _eight_bits("QLinearMatMul", matrix, matrix.T.copy(), {}), product),
    ]


def _float(
    name: str, x: NDArray[np.float32], w: NDArray[np.float32], attributes: Mapping[str, tuple[int, ...]]
) -> Callable[[], object]:
    return _runner(one_operation(name, ("x", "w"), {"w": w}, element=np.float32, attributes=attributes), x)


def _eight_bits(
    name: str, x: NDArray[np.float32], w: NDArray[np.float32], attributes: Mapping[str, tuple[int, ...]]
) -> Callable[[], object]:
    """Quantised as by `outrack export --int8`: zero points in mid-range for values, at 0 for weights."""
    constants: dict[str, NDArray[Any]] = {
        "w": np.clip(w / _SCALE, -127, 127).astype(np.int8),
        "w_zero": np.array(0, np.int8),
        **{key: np.array(_SCALE) for key in ("x_scale", "w_scale", "y_scale")},
        **{key: np.array(_ZERO) for key in ("x_zero", "y_zero")},
    }
    inputs = ("x", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero")
    values = np.clip(x / _SCALE + float(_ZERO), 0, 255).astype(np.uint8)
    return _runner(one_operation(name, inputs, constants, element=np.uint8, attributes=attributes), values)


def _runner(model: bytes, x: NDArray[Any]) -> Callable[[], object]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})
