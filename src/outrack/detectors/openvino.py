"""Runs exported networks in OpenVINO: the same ONNX file, faster on many Intel and AMD CPUs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import check_model_file
from outrack.io.damaged import reason_of

__all__ = ["OpenVinoNetwork"]


class OpenVinoNetwork:
    """A file of `outrack.export.export_onnx`, ready to run on the CPU.

    Args:
        path: the ONNX file.
        precision: `f32`, or `bf16` on CPUs that support it: up to twice as fast, with scores that differ in the third
            digit. OpenVINO itself would silently choose bf16.

    Attributes:
        info: metadata of the file.
        inputs: names of its inputs.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: OpenVINO is not installed.
        ValueError: not an ONNX file, truncated, not exported by outrack, or with deformable convolutions.
    """

    def __init__(self, path: str | Path, *, precision: Literal["f32", "bf16"] = "f32") -> None:
        try:
            import openvino
        except ImportError as error:
            raise ImportError('device openvino needs OpenVINO: pip install "outrack[openvino]"') from error
        self._path = path = Path(path)
        if precision not in ("f32", "bf16"):
            raise ValueError(f"precision: expected f32 or bf16, got {precision!r}")
        check_model_file(path)
        core = openvino.Core()
        try:
            model = core.read_model(path)
        except RuntimeError as error:
            if "DeformConv" in str(error):
                raise ValueError(
                    f"{path}: the network has deformable convolutions, which OpenVINO does not support; use device "
                    "cpu, or train it with a plain neck"
                ) from error
            raise ValueError(f"{path}: not an ONNX file, or truncated; copy or download it again") from error
        try:
            self.info = ModelInfo.from_metadata(_metadata(model))
        except ValueError as error:
            raise ValueError(f"{path}: an ONNX file, but not exported by outrack ({error})") from error
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            # A thread that is tied to a core stands still while another program is busy there.
            "ENABLE_CPU_PINNING": False,
        }
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()
        self._in_use = threading.Lock()  # one request serves one thread at a time
        self.inputs = tuple(value.get_any_name() for value in model.inputs)
        self._outputs = [output.get_any_name() for output in model.outputs]

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Outputs by name.

        Raises:
            ValueError: the network cannot be run on such inputs.
        """
        with self._in_use:
            try:
                self._request.infer(dict(inputs))
            except RuntimeError as error:
                shape = " x ".join(map(str, inputs["images"].shape))
                raise ValueError(
                    f"{self._path}: the network cannot be run on pictures of {shape} ({reason_of(error)}); export it "
                    "again"
                ) from error
            return {name: self._request.get_tensor(name).data.copy() for name in self._outputs}


def _metadata(model: Any) -> dict[str, str]:
    """The ONNX metadata, which OpenVINO keeps in the model's runtime information."""
    return dict(model.get_rt_info(["framework"]).value) if model.has_rt_info(["framework"]) else {}
