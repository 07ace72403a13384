"""Exported networks in ONNX Runtime, on the CPU or with CUDA."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from outrack.detectors.devices import check_device
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import check_model_file
from outrack.io.damaged import reading, reason_of
from outrack.io.machine import num_cores

__all__ = ["OnnxNetwork", "open_session", "parallel_runs_for", "runs_on_gpu"]


MAX_PARALLEL = 4
"""The number of frames read ahead (`outrack.detectors.in_order.AHEAD`)."""

_REFUSALS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


class OnnxNetwork:
    """A file of `outrack.export.export_onnx`, ready to run.

    Args:
        path: the ONNX file.
        device: `cpu`, `cuda` or `cuda:1`; `auto` takes CUDA if the installed onnxruntime has it.

    Attributes:
        info: metadata of the file.
        inputs: names of its inputs.
        device: `cpu` or `cuda`, where it actually runs.
        num_parallel: number of frames that `run_in_parallel` should process at once.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not an ONNX file, truncated, or not exported by outrack; or an unknown or absent device.
    """

    def __init__(self, path: str | Path, *, device: str = "auto") -> None:
        path = Path(path)
        providers = _providers(device)
        check_model_file(path)
        cores = num_cores()
        num_parallel = parallel_runs_for(cores)
        session = open_session(path, providers, threads=cores // num_parallel)
        if device.startswith("cuda") and "CUDAExecutionProvider" not in session.get_providers():
            raise ValueError(f"device {device}: onnxruntime could not start CUDA; is the driver installed?")
        try:
            self.info = ModelInfo.from_metadata(session.get_modelmeta().custom_metadata_map)
        except ValueError as error:  # also for metadata that are not text
            raise ValueError(
                f"{path}: an ONNX file, but not exported by outrack ({error}). To track the detections of other "
                "networks, use a det.txt."
            ) from error
        self.device = "cuda" if "CUDAExecutionProvider" in session.get_providers() else "cpu"
        self.inputs = tuple(value.name for value in session.get_inputs())
        self.num_parallel = num_parallel if self.device == "cpu" else 1
        self._path, self._asked = path, device
        self._parallel_session = session
        self._session = session if self.num_parallel == 1 else None  # on all cores; opened on first use
        self._opening = threading.Lock()
        self._outputs = [output.name for output in session.get_outputs()]

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Outputs by name.

        Raises:
            MemoryError: the pictures are too large.
            ValueError: the network cannot be run on such inputs.
        """
        with self._opening:
            if self._session is None:
                self._session = open_session(self._path, ["CPUExecutionProvider"])
        return self._run(self._session, inputs)

    def __reduce__(self) -> tuple[object, ...]:
        """A copy, also in another process, opens the file again: sessions cannot be copied."""
        return _opened, (self._path, self._asked)

    def run_in_parallel(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The same on a share of the cores, for `num_parallel` threads at once."""
        return self._run(self._parallel_session, inputs)

    def _run(self, session: Any, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        try:
            outputs = session.run(self._outputs, dict(inputs))
        except (*_REFUSALS, ort_errors.EPFail, ValueError) as error:
            if "alloc" in str(error).lower():
                raise MemoryError(f"not enough memory for pictures of {inputs['images'].shape[:1:-1]}") from error
            shape = " x ".join(map(str, inputs["images"].shape))
            raise ValueError(
                f"{self._path}: the network cannot be run on pictures of {shape} ({reason_of(error)}); export it again"
            ) from error
        return dict(zip(self._outputs, outputs, strict=True))


def _opened(path: Path, device: str) -> OnnxNetwork:
    return OnnxNetwork(path, device=device)


def _providers(device: str) -> list[Any]:
    available = onnxruntime.get_available_providers()
    has_cuda = "CUDAExecutionProvider" in available
    check_device(device)
    if device.startswith("openvino"):
        raise ValueError(f"device: expected auto, cpu or cuda for ONNX Runtime, got {device!r}; see `load_detector`")
    if device.startswith("cuda") and not has_cuda:
        raise ValueError(
            f"device {device}: this onnxruntime has no CUDA ({', '.join(available)}). "
            "Run `pip uninstall onnxruntime`, then `pip install onnxruntime-gpu`, or use --device cpu."
        )
    if device == "cpu" or not has_cuda:
        return ["CPUExecutionProvider"]
    number = int(device.partition(":")[2] or 0)
    return [("CUDAExecutionProvider", {"device_id": number}), "CPUExecutionProvider"]


def runs_on_gpu(device: str) -> bool:
    """Whether networks on this device run on a GPU."""
    return device.startswith("cuda") or (device == "auto" and len(_providers(device)) > 1)


def parallel_runs_for(cores: int) -> int:
    """The number of parallel frames, two or more, that leaves the fewest cores idle, each on the same number of
    cores."""
    several = range(min(cores, MAX_PARALLEL), 1, -1)
    return max(several, key=lambda number: number * (cores // number), default=1)


def open_session(path: Path, providers: list[Any], *, threads: int = 0) -> Any:
    """ONNX Runtime's session for any ONNX file.

    Args:
        path: the file.
        providers: providers of ONNX Runtime, the preferred one first.
        threads: cores that one run uses; 0 for all.

    Raises:
        ValueError: not an ONNX file, or truncated.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Spinning worker threads are a few percent faster alone, and slower beside threads that decode and encode video.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # By default ONNX Runtime ties each thread to a core, where it stands still while another program is busy.
    options.intra_op_num_threads = threads or num_cores()
    # Blocks planned for a whole run take twice the memory, in every session, and save no time that could be measured.
    options.enable_mem_pattern = False
    # The CPU has nothing to fall back on, and ONNX Runtime would print its attempt among the results.
    falls_back = int(providers != ["CPUExecutionProvider"])
    with reading(path, "not an ONNX file, or truncated; copy or download it again"):
        return onnxruntime.InferenceSession(path, options, providers=providers, enable_fallback=falls_back)
