"""Open a network for looking at it: the exported file that tracks, or the checkpoint that it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from outrack.detectors.model_info import ModelInfo
from outrack.detectors.onnx import OnnxNetwork

__all__ = ["Network", "open_network"]


class Network(Protocol):
    """Named inputs to named outputs, and what the file says about itself."""

    info: ModelInfo
    inputs: tuple[str, ...]

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Outputs by name."""
        ...


def open_network(path: Path) -> Network:
    """An exported `.onnx`, or the `.safetensors` of a training run, for which torch must be installed.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: torch is needed and not installed.
        ValueError: the file is not ours or damaged.
    """
    if path.suffix != ".safetensors":
        return OnnxNetwork(path)
    try:
        from outrack.detectors.checkpoint import CheckpointNetwork
    except ImportError as error:
        raise ImportError(f'{path}: running a checkpoint needs {error.name}: pip install "outrack[train]"') from error
    return CheckpointNetwork(path)
