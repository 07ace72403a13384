"""Runs a training checkpoint in torch, without an export: for inspection, not for speed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from outrack.detectors.input_size import network_size
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.placement import network_image
from outrack.models import DenseNetwork, Provenance, decode, load_network, read_provenance
from outrack.models.appearance.body import appearance_at

__all__ = ["CheckpointNetwork"]

MAX_OBJECTS, MAX_OCCLUSIONS = 128, 64
UNKNOWN = Provenance("unknown", "unknown")


class CheckpointNetwork:
    """A network in torch, in memory or from a `.safetensors` file. It returns the outputs of an exported file, and
    more.

    Args:
        network: in evaluation mode; it runs on its own device.
        name: for messages.
        provenance: its origin.

    Attributes:
        info: the metadata that an exported file would have.
        inputs: names of its inputs.
    """

    def __init__(self, network: DenseNetwork, *, name: str, provenance: Provenance = UNKNOWN) -> None:
        self._network = network
        self.info = ModelInfo(
            name=name,
            size=network.size,
            stride=network.stride,
            classes=tuple(str(number) for number in range(network.num_classes)),
            embedding_dim=network.embedding_dim,
            occlusions=network.predicts_occlusions,
            occlusion_threshold=network.occlusion_score,
            trained_on=provenance.trained_on,
            licence=provenance.licence,
        )
        self.inputs = network.inputs

    @classmethod
    def open(cls, path: Path) -> CheckpointNetwork:
        """The network of a training run.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is damaged or from another project.
        """
        return cls(load_network(path), name=path.stem, provenance=read_provenance(path))

    @torch.inference_mode()
    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The outputs of `outrack.export.export_onnx` that the heads allow, by name.

        One more is `occlusion_map`, the dense heat map of occlusion centres (paper Eq. 10), float32 (B, h, w), 0..1.
        """
        device = next(self._network.parameters()).device
        maps = self._network(*(torch.from_numpy(np.array(inputs[name])).to(device) for name in self.inputs))
        found = decode(
            maps,
            stride=self._network.stride,
            max_objects=MAX_OBJECTS,
            max_occlusions=MAX_OCCLUSIONS,
            body=self._network.body,
        )
        outputs = {name: value.cpu().numpy() for name, value in found._asdict().items() if value is not None}
        if maps.occlusion is not None:
            outputs["occlusion_map"] = maps.occlusion[:, 0].sigmoid().cpu().numpy()
        return outputs

    @torch.inference_mode()
    def appearance_at(
        self, image: NDArray[np.uint8], xyxy: NDArray[np.float64], *, fit_into: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Embeddings read at given boxes instead of detected ones, as the paper's protocol has it (notes#evaluation).

        Args:
            image: RGB uint8 (H, W, 3).
            xyxy: boxes in its pixels, (N, 4). Points outside the image are read at its border.
            fit_into: width and height that the image is scaled to fit into.

        Returns:
            float32 (N, D), of length 1.

        Raises:
            ValueError: the network has no embeddings.
        """
        if not self.info.embedding_dim:
            raise ValueError(f"{self.info.name}: this network has no appearance to read (no embedding head)")
        height, width, _ = image.shape
        size = network_size((width, height), fit_into)
        pixels = network_image(image, size)
        device = next(self._network.parameters()).device
        maps = self._network(torch.from_numpy(np.array(pixels))[None].to(device))
        boxes = torch.from_numpy(xyxy * np.tile([size[0] / width, size[1] / height], 2)).float()
        if self._network.body is not None:
            first = torch.zeros(len(boxes), dtype=torch.int64, device=device)
            return np.asarray(F.normalize(appearance_at(maps, first, boxes.to(device), self._network.body)).cpu())
        embedding = maps.embedding.cpu()  # (1, D, h, w)
        rows, columns = embedding.shape[2:]
        cells = ((boxes[:, :2] + boxes[:, 2:]) / 2 / self._network.stride).floor().long()
        x, y = cells[:, 0].clamp(0, columns - 1), cells[:, 1].clamp(0, rows - 1)
        return np.asarray(F.normalize(embedding[0, :, y, x].T))
