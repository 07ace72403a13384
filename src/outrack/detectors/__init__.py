"""Detectors: from a frame to its `Detections`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from outrack.detectors.base import WEAK_SCORE, Detector
from outrack.detectors.bundled import default_weights, open_weights
from outrack.detectors.centertrack import CenterTrackDetector
from outrack.detectors.info import DetectorInfo, info_of
from outrack.detectors.input_size import SPEEDS, InputSize, Speed
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.precomputed import PrecomputedDetections
from outrack.detectors.public import PublicStarts

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
        min_score: lowest score of returned boxes; by default `WEAK_SCORE`, the lowest that a tracker uses.
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
    from outrack.detectors.open_network import network_on, tracking_detector

    network = network_on(weights, device=device)
    return tracking_detector(network, min_score=min_score, image_size=image_size, speed=speed, classes=classes)


_RENAMED = {"ExportedDetector": "NetworkDetector", "PublicBirths": "PublicStarts"}
"""Names of 0.1, to be removed in 0.3."""


def __getattr__(name: str) -> object:
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{__name__}.{name} was renamed to {_RENAMED[name]}", DeprecationWarning, stacklevel=2)
    return globals()[_RENAMED[name]]
