"""Detectors: from a frame to its `Detections`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outrack.detectors.base import Detector
from outrack.detectors.bundled import default_weights, open_weights, resolve_weights
from outrack.detectors.centertrack import CenterTrackDetector
from outrack.detectors.info import DetectorInfo, info_of
from outrack.detectors.input_size import SPEEDS, CoverArea, InputSize, Speed
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.precomputed import PrecomputedDetections
from outrack.detectors.public import PublicStarts

if TYPE_CHECKING:
    from outrack.detectors.onnx import OnnxNetwork
    from outrack.detectors.openvino import OpenVinoNetwork

__all__ = [
    "WEAK_SCORE",
    "CenterTrackDetector",
    "Detector",
    "DetectorInfo",
    "ModelInfo",
    "NetworkDetector",
    "PrecomputedDetections",
    "PublicStarts",
    "Speed",
    "default_weights",
    "info_of",
    "load_detector",
    "open_weights",
]

WEAK_SCORE = 0.1
"""Lowest score of the boxes of `load_detector`; the default `low_score` of a tracker."""


def load_detector(
    weights: str | Path | None = None,
    *,
    device: str = "auto",
    min_score: float | None = None,
    image_size: int | tuple[int, int] | InputSize | None = None,
    speed: Speed = "balanced",
    classes: Sequence[str | int] | None = None,
    conf: float | None = None,
) -> NetworkDetector:
    """A detector for an exported network; one that uses the previous frame (CenterTrack) is recognised by its inputs.

    Call it with a `Frame` or with RGB pixels, uint8 (H, W, 3). It returns weak boxes, too: those below
    `detector.info.score_threshold` start no track, but can keep one alive.

    Args:
        weights: an ONNX file of `outrack.export`; None or `default` is the bundled one, `open` the bundled one for
            commercial use.
        device: `auto`, `cpu`, `cuda`, `cuda:N` (ONNX Runtime), `openvino` or `openvino:bf16`.
        min_score: lowest score of returned boxes; by default `WEAK_SCORE`, from which on a tracker uses boxes.
        image_size: longest side, or width and height to fit into; by default `speed` decides.
        speed: number of pixels of the input: half of that in its file (`fast`), as many (`balanced`), or 2.25 times as
            many (`accurate`).
        classes: names or ids of the classes to return; by default all.
        conf: the name of `min_score` in 0.1; to be removed in 0.3.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: `device` needs a package that is not installed.
        ValueError: the file is damaged or was not exported by outrack, or an argument is out of range.
    """
    if conf is not None:
        warnings.warn("load_detector: conf was renamed to min_score", DeprecationWarning, stacklevel=2)
        min_score = conf
    if speed not in SPEEDS:
        raise ValueError(f"speed: expected one of {', '.join(SPEEDS)}, got {speed!r}")
    path = resolve_weights("default" if weights is None else weights)
    from outrack.detectors.open_network import detector_of

    network: OnnxNetwork | OpenVinoNetwork
    if device in ("openvino", "openvino:f32", "openvino:bf16"):
        from outrack.detectors.openvino import OpenVinoNetwork

        network = OpenVinoNetwork(path, precision="bf16" if device.endswith("bf16") else "f32")
    else:
        from outrack.detectors.onnx import OnnxNetwork

        network = OnnxNetwork(path, device=device)
    if image_size is None:
        width, height = network.info.size
        image_size = CoverArea(round(width * height * SPEEDS[speed]))
    ids = None if classes is None else network.info.class_ids(classes)
    return detector_of(
        network, min_score=WEAK_SCORE if min_score is None else min_score, image_size=image_size, classes=ids
    )


_RENAMED = {"ExportedDetector": "NetworkDetector", "PublicBirths": "PublicStarts"}
"""Names of 0.1, to be removed in 0.3."""


def __getattr__(name: str) -> object:
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{__name__}.{name} was renamed to {_RENAMED[name]}", DeprecationWarning, stacklevel=2)
    return globals()[_RENAMED[name]]
