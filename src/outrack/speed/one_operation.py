"""ONNX models with a single operation, for the ceilings. Encoded by hand, since onnx is only installed with an
extra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["one_operation"]

_TYPES = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int8): 3, np.dtype(np.int32): 6}
"""Numbers of element types in ONNX's `TensorProto.DataType`."""
_OPSET = 13
_IR_VERSION = 7
_INTS = 7
"""Number of the type "list of integers" in ONNX's `AttributeProto.AttributeType`."""


def one_operation(
    name: str,
    inputs: Sequence[str],
    constants: Mapping[str, NDArray[Any]],
    *,
    element: type[np.generic],
    attributes: Mapping[str, Sequence[int]] | None = None,
) -> bytes:
    """A model with one node. Its only free input is `x`, its output `y`.

    Args:
        name: name of the operation, such as `Conv`.
        inputs: names of the node's inputs, in order: `x` and the constants.
        constants: values of the inputs other than `x`.
        element: element type of `x` and `y`.
        attributes: lists of integers, by attribute name.
    """
    node = b"".join(_bytes(1, text.encode()) for text in inputs) + _bytes(2, b"y") + _bytes(4, name.encode())
    for key, values in (attributes or {}).items():
        numbers = b"".join(_number(8, value) for value in values)
        node += _bytes(5, _bytes(1, key.encode()) + numbers + _number(20, _INTS))
    tensor = _bytes(1, _number(1, _TYPES[np.dtype(element)]))  # no shape: any
    graph = _bytes(1, node) + _bytes(2, b"one")
    graph += b"".join(_bytes(5, _constant(key, value)) for key, value in constants.items())
    graph += _bytes(11, _bytes(1, b"x") + _bytes(2, tensor)) + _bytes(12, _bytes(1, b"y") + _bytes(2, tensor))
    return _number(1, _IR_VERSION) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _number(2, _OPSET))


def _constant(name: str, value: NDArray[Any]) -> bytes:
    dims = b"".join(_number(1, side) for side in value.shape)
    return dims + _number(2, _TYPES[value.dtype]) + _bytes(8, name.encode()) + _bytes(9, value.tobytes())


def _number(field: int, value: int) -> bytes:
    """A Protocol Buffers field that holds an integer."""
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    """A field that holds bytes, text or a message."""
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
