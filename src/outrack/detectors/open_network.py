"""Opens exported files and training checkpoints, and makes detectors of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from outrack.detectors.base import WEAK_SCORE
from outrack.detectors.bundled import resolve_weights
from outrack.detectors.centertrack import CenterTrackDetector
from outrack.detectors.devices import check_device
from outrack.detectors.input_size import SPEEDS, CoverArea, InputSize, Speed
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.onnx import OnnxNetwork

__all__ = ["Network", "detector_of", "network_on", "open_network", "tracking_detector"]


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


def network_on(weights: str | Path | None, *, device: str) -> Network:
    """An exported network on a device; arguments and errors as for `outrack.load_detector`."""
    check_device(device)
    path = resolve_weights("default" if weights is None else weights)
    if not device.startswith("openvino"):
        return OnnxNetwork(path, device=device)
    from outrack.detectors.openvino import OpenVinoNetwork

    return OpenVinoNetwork(path, precision="bf16" if device.endswith("bf16") else "f32")


def tracking_detector(
    network: Network,
    *,
    min_score: float | None,
    image_size: int | tuple[int, int] | InputSize | None,
    speed: Speed,
    classes: Sequence[str | int] | None,
) -> NetworkDetector:
    """The detector that runs `network`, with weak boxes; arguments and errors as for `outrack.load_detector`."""
    if image_size is None:
        width, height = network.info.size
        image_size = CoverArea(round(width * height * SPEEDS[speed]))
    return detector_of(
        network,
        min_score=WEAK_SCORE if min_score is None else min_score,
        image_size=image_size,
        classes=None if classes is None else network.info.class_ids(classes),
    )


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
        min_score, image_size, classes: as for `NetworkDetector`.

    Raises:
        ValueError: an argument is out of range.
    """
    kind = CenterTrackDetector if "previous_images" in network.inputs else NetworkDetector
    return kind(network, network.info, min_score=min_score, image_size=image_size, classes=classes)
