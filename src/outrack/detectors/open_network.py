"""Opens exported files and training checkpoints, and makes detectors of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from outrack.detectors.bundled import resolve_weights
from outrack.detectors.centertrack import CenterTrackDetector
from outrack.detectors.input_size import InputSize
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.onnx import OnnxNetwork

__all__ = ["Network", "detector_of", "open_network"]


class Network(Protocol):
    """From named inputs to named outputs, with the metadata of the file."""

    info: ModelInfo
    inputs: tuple[str, ...]

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Outputs by name."""
        ...


def open_network(path: Path) -> Network:
    """An exported `.onnx`, or the `.safetensors` of a training run, for which torch must be installed.

    Args:
        path: the file; `default` is the bundled exported network.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: torch is needed and not installed.
        ValueError: the file is damaged or from another project.
    """
    if path.suffix != ".safetensors":
        return OnnxNetwork(resolve_weights(path))
    try:
        from outrack.detectors.checkpoint import CheckpointNetwork
    except ModuleNotFoundError as error:
        raise ImportError(f'{path}: running a checkpoint needs {error.name}: pip install "outrack[train]"') from error
    return CheckpointNetwork.open(path)


def detector_of(
    network: Network,
    *,
    min_score: float | None = None,
    image_size: int | tuple[int, int] | InputSize | None = None,
    classes: Sequence[int] | None = None,
) -> NetworkDetector:
    """The detector that runs `network`; one that uses the previous frame (CenterTrack) is recognised by its inputs.

    Args:
        network: an open one.
        min_score, image_size, classes: as of `NetworkDetector`.

    Raises:
        ValueError: an argument is out of range.
    """
    kind = CenterTrackDetector if "previous_images" in network.inputs else NetworkDetector
    return kind(network, network.info, min_score=min_score, image_size=image_size, classes=classes)
