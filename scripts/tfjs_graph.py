"""Read a TensorFlow.js graph model and run it, node by node, without TensorFlow.

Only the operations that a convolutional detector needs, each written straight from TensorFlow's definition: slow, and
independent of `outrack.models`, so that the import can be checked against it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

__all__ = ["Graph"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Graph:
    """Nodes in order of computation, and the constants, float16 widened to float32; arrays are NHWC and HWIO."""

    nodes: list[dict[str, Any]]
    constants: dict[str, Array]

    @classmethod
    def read(cls, folder: Path) -> Graph:
        """Read the one `*.json` of `folder` and the weight files that it names."""
        (description,) = folder.glob("*.json")
        document = json.loads(description.read_text())
        constants = {}
        for group in document["weightsManifest"]:
            data = b"".join((folder / name).read_bytes() for name in group["paths"])
            start = 0
            for entry in group["weights"]:
                stored = np.dtype(entry.get("quantization", entry)["dtype"])
                count = int(np.prod(entry["shape"]))
                values = np.frombuffer(data, stored, count, start).reshape(entry["shape"])
                constants[entry["name"]] = values.astype(entry["dtype"])
                start += count * stored.itemsize
        return cls(document["modelTopology"]["node"], constants)

    def run(self, image: NDArray[np.uint8], outputs: tuple[str, ...]) -> list[Array]:
        """Values of the nodes `outputs` for one image (H, W, 3) of the size that the graph was made for."""
        values = dict(self.constants)
        waiting = [node for node in self.nodes if node["op"] != "Const"]
        while not all(name in values for name in outputs):
            ready = [node for node in waiting if all(name in values for name in node.get("input", []))]
            if not ready:
                raise ValueError(f"cannot compute {outputs}: {waiting[0]['name']} waits for an input")
            for node in ready:
                inputs = [values[name] for name in node.get("input", [])]
                if node["op"] == "Placeholder":
                    values[node["name"]] = image[None].astype(np.float32)
                elif node["op"] in OPERATIONS:
                    values[node["name"]] = OPERATIONS[node["op"]](node["attr"], *inputs)
            waiting = [node for node in waiting if node not in ready]
        return [values[name] for name in outputs]


def _strings(attribute: dict[str, Any]) -> list[str]:
    return [base64.b64decode(text).decode() for text in attribute["list"]["s"]]


def _same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _convolve(attr: dict[str, Any], x: Array, weight: Array, bias: Array | None, *, depthwise: bool) -> Array:
    stride = int(attr["strides"]["list"]["i"][1])
    images = torch.from_numpy(x).permute(0, 3, 1, 2).double()
    if base64.b64decode(attr["padding"]["s"]) == b"SAME":
        left_right = _same_padding(x.shape[2], weight.shape[1], stride)
        images = F.pad(images, (*left_right, *_same_padding(x.shape[1], weight.shape[0], stride)))
    order = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
    kernels = torch.from_numpy(weight).permute(*order).double()
    y = F.conv2d(images, kernels, stride=stride, groups=weight.shape[2] if depthwise else 1)
    result = y.permute(0, 2, 3, 1).numpy() + (0 if bias is None else bias)
    if "fused_ops" in attr and "Relu" in _strings(attr["fused_ops"]):
        result = np.maximum(result, 0)
    return np.asarray(result, np.float32)


def _resize_bilinear(attr: dict[str, Any], x: Array, size: Array) -> Array:
    """The legacy rule: output i reads input i * in / out, without half-pixel centres."""
    for axis, wanted in ((1, int(size[0])), (2, int(size[1]))):
        have = x.shape[axis]
        source = np.arange(wanted) * (have / wanted)
        low = np.floor(source).astype(int)
        high = np.minimum(low + 1, have - 1)
        part = (source - low).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(4)])
        x = x.take(low, axis) * (1 - part) + x.take(high, axis) * part
    return x


OPERATIONS: dict[str, Callable[..., Array]] = {
    "Add": lambda _, a, b: a + b,
    "Mul": lambda _, a, b: a * b,
    "Relu": lambda _, x: np.maximum(x, 0),
    "Relu6": lambda _, x: np.clip(x, 0, 6),
    "Sigmoid": lambda _, x: 1 / (1 + np.exp(-x)),
    "Identity": lambda _, x: x,
    "Mean": lambda _, x, axes: x.mean(tuple(axes), keepdims=True),
    "ConcatV2": lambda _, *inputs: np.concatenate(inputs[:-1], int(inputs[-1])),
    "ResizeBilinear": _resize_bilinear,
    "Conv2D": lambda attr, x, w: _convolve(attr, x, w, None, depthwise=False),
    "_FusedConv2D": lambda attr, x, w, b: _convolve(attr, x, w, b, depthwise=False),
    "DepthwiseConv2dNative": lambda attr, x, w: _convolve(attr, x, w, None, depthwise=True),
    "FusedDepthwiseConv2dNative": lambda attr, x, w, b: _convolve(attr, x, w, b, depthwise=True),
}
