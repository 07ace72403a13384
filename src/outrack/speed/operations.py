"""Counts the operations of a network, from ONNX Runtime's profile of one run."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime

__all__ = ["giga_operations"]


def giga_operations(path: Path, size: tuple[int, int]) -> float:
    """Multiply-accumulate operations, in billions (GMAC), of the convolutions for one picture.

    Args:
        path: an ONNX file whose only input is `images`.
        size: width and height of the picture.
    """
    width, height = size
    with TemporaryDirectory(prefix="outrack-bench-") as folder:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # shapes as in the file
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder, "run"))
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        session.run(None, {"images": np.zeros((1, 3, height, width), np.uint8)})
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    nodes = [event["args"] for event in events if event.get("args", {}).get("op_name") == "Conv"]
    return sum(_multiplications(node) for node in nodes) / 1e9


def _multiplications(node: dict[str, Any]) -> int:
    """Each output pixel of a convolution is a sum over one kernel."""
    (output,) = node["output_type_shape"][0].values()
    (kernels,) = node["input_type_shape"][1].values()
    return int(prod(output) * prod(kernels[1:]))
