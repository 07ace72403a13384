"""Embeddings of given boxes, from one of our networks or from a network for crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outrack.detectors.appearance import embeddings_at
from outrack.detectors.network_detector import NetworkDetector, check_model_file
from outrack.detectors.onnx import open_session
from outrack.detectors.open_network import open_network
from outrack.evaluation.reid import Extractor
from outrack.structures import Frame

__all__ = ["IMAGENET_MEAN", "IMAGENET_STD", "CropNetwork", "DetectedAppearance", "open_appearance"]

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MAX_BATCH = 64


def open_appearance(
    path: Path, *, min_score: float = 0.1, image_size: int | tuple[int, int] | None = None
) -> Extractor:
    """An extractor that uses one of our networks.

    A `.safetensors` is read at the given boxes, which is the paper's protocol. An exported `.onnx` gives embeddings
    of its own detections only, see `DetectedAppearance`.

    Args:
        path: the file.
        min_score: lowest score of detections of an `.onnx`; the tracker uses those of 0.1 or more.
        image_size: longest side, or width and height to fit into, that images are scaled to; by default the network's
            own.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: a checkpoint needs torch, which is not installed.
        ValueError: the file is damaged or from another project, or the network has no embeddings.
    """
    network = open_network(path)
    if not network.info.embedding_dim:
        raise ValueError(
            f"{path}: this network ({network.info.name}) has no appearance; "
            "train one with an embedding head, such as mobile-outrack"
        )
    if path.suffix == ".safetensors":
        from outrack.detectors.checkpoint import CheckpointNetwork

        assert isinstance(network, CheckpointNetwork)
        longest = image_size or max(network.info.size)
        fit_into = longest if isinstance(longest, tuple) else (longest, longest)
        return lambda image, xyxy: network.appearance_at(image, xyxy, fit_into=fit_into)
    return DetectedAppearance(NetworkDetector(network, network.info, min_score=min_score, image_size=image_size))


class DetectedAppearance:
    """Embeddings of given boxes from a detector: each box takes that of the detection that covers it best.

    An exported network returns embeddings only at its own detections. So boxes and detections are assigned one to one
    for the largest sum of IoU; a box without a detection of IoU 0.5 gets a row of NaN.

    Args:
        detector: one with embeddings.
    """

    def __init__(self, detector: NetworkDetector) -> None:
        self._detector = detector

    def __call__(self, image: Pixels, xyxy: Floats) -> NDArray[np.float32]:
        """Image RGB uint8 (H, W, 3) and boxes (N, 4) to embeddings (N, D)."""
        found = self._detector(Frame(image, 0, 0.0))
        return embeddings_at(xyxy, found, dim=self._detector.info.embedding_dim, missing=np.nan)


class CropNetwork:
    """Any ONNX file that turns pictures of single people into vectors, such as OSNet or another Re-ID network.

    Its first input takes (B, 3, h, w), RGB: normalised floats, or uint8 unchanged. Its
    first output, flattened, is the embedding.

    Args:
        path: the file.
        size: width and height of the crops; by default as the file states.
        mean, std: mean and standard deviation of the channels, for values in 0..1; those of ImageNet are usual.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not an ONNX file, not one with such an input, or the size is unknown.
    """

    def __init__(
        self,
        path: Path,
        *,
        size: tuple[int, int] | None = None,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
            raise ValueError(f"mean and std: expected three numbers each, std above 0, got {mean} and {std}")
        check_model_file(path)
        self._session = open_session(path, ["CPUExecutionProvider"])
        first = self._session.get_inputs()[0]
        shape = first.shape
        if len(shape) != 4 or shape[1] != 3 or first.type not in ("tensor(float)", "tensor(uint8)"):
            raise ValueError(
                f"{path}: expected an input of crops (B, 3, height, width), float or uint8, "
                f"got {first.name} {shape} {first.type}"
            )
        self._size = _crop_size(path, size, (shape[3], shape[2]))
        self._input = first.name
        self._batch = shape[0] if isinstance(shape[0], int) else MAX_BATCH
        self._pad = isinstance(shape[0], int)
        self._is_float = first.type == "tensor(float)"
        self._mean, self._std = np.array(mean), np.array(std)

    def __call__(self, image: Pixels, xyxy: Floats) -> NDArray[np.float32]:
        """Image RGB uint8 (H, W, 3) and boxes (N, 4) to embeddings (N, D)."""
        crops = self._crops(image, xyxy)
        parts = []
        for start in range(0, len(crops), self._batch):
            part = crops[start : start + self._batch]
            filled = np.resize(part, (self._batch, *part.shape[1:])) if self._pad else part
            output = np.asarray(self._session.run(None, {self._input: filled})[0], np.float32)
            parts.append(output.reshape(len(filled), -1)[: len(part)])
        return np.concatenate(parts)

    def _crops(self, image: Pixels, xyxy: Floats) -> NDArray[np.uint8] | NDArray[np.float32]:
        """The network's input for each box, (N, 3, h, w). Boxes are clipped to the picture, to at least one pixel."""
        height, width, _ = image.shape
        picture = Image.fromarray(image)
        low = np.clip(xyxy[:, :2], 0, [width - 1, height - 1])
        high = np.clip(xyxy[:, 2:], low + 1, [width, height])
        crops = np.stack(
            [
                np.asarray(picture.resize(self._size, Image.Resampling.BILINEAR, tuple(box)))
                for box in np.concatenate([low, high], axis=1).tolist()
            ]
        )
        if not self._is_float:
            return np.ascontiguousarray(crops.transpose(0, 3, 1, 2))
        normalised = (crops / 255 - self._mean) / self._std
        return np.ascontiguousarray(normalised.transpose(0, 3, 1, 2), np.float32)


def _crop_size(path: Path, asked: tuple[int, int] | None, said: tuple[int | str | None, ...]) -> tuple[int, int]:
    """Width and height of crops: as the file states, or else as requested."""
    width, height = said
    if isinstance(width, int) and isinstance(height, int):
        if asked not in (None, (width, height)):
            raise ValueError(
                f"{path}: this network takes only crops of {width}x{height} pixels, not {asked[0]}x{asked[1]}"
            )
        return width, height
    if asked is None:
        raise ValueError(f"{path}: this network takes crops of any size; give one, for instance --crop 128x256")
    return asked
