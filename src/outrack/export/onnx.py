"""A trained network and its decoding as one ONNX file."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from outrack.detectors.model_info import ModelInfo
from outrack.io.atomic import atomic_write
from outrack.io.origin import origin_json
from outrack.models import DenseNetwork, decode
from outrack.models.spatial import OPSET

__all__ = ["export_onnx"]


class ImagesToDetections(nn.Module):
    """Network and decoding in one module: from the network's inputs to the outputs of its heads."""

    def __init__(self, network: DenseNetwork, *, max_objects: int, max_occlusions: int) -> None:
        super().__init__()
        self.network = network
        self.max_objects = max_objects
        self.max_occlusions = max_occlusions

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """In the order of `output_names`."""
        found = decode(
            self.network(*inputs),
            stride=self.network.stride,
            max_objects=self.max_objects,
            max_occlusions=self.max_occlusions,
            body=self.network.body,
        )
        return tuple(getattr(found, name) for name in output_names(self.network))


def output_names(network: DenseNetwork) -> tuple[str, ...]:
    """Names of the exported outputs, which are fields of `DecodedDetections`."""
    optional = {
        "classes": network.num_classes > 1,
        "embeddings": network.embedding_dim > 0,
        "occlusions": network.predicts_occlusions,
        "displacements": network.channels_of("displacement") > 0,
    }
    return ("boxes", "scores", *(name for name, there in optional.items() if there))


def export_onnx(
    network: DenseNetwork, path: str | Path, *, info: ModelInfo, max_objects: int = 128, max_occlusions: int = 64
) -> None:
    """Write one ONNX file with everything from uint8 pixels to detections, described by its metadata.

    Input `images`, uint8 RGB (B, 3, H, W), any B and any H, W that are multiples of 32 and at least 96. Outputs as in
    `DecodedDetections`: `boxes` (B, K, 4) in input pixels and `scores` (B, K), then, if the network has the heads,
    `classes`, `embeddings` (B, K, D), `occlusions` (B, P, 3), `displacements` (B, K, 2).

    A network that uses the previous frame (CenterTrack) has two more inputs: `previous_images`, like `images`, and
    `previous_heat`, float32 (B, 1, H, W), see `outrack.detectors.CenterTrackDetector`. Deformable convolutions become
    the operator `DeformConv`, which ONNX Runtime supports and OpenVINO does not.

    Args:
        network: to export; it is put in evaluation mode.
        path: the file; replaced if it exists.
        info: written to the file's metadata.
        max_objects: K. 128 is plenty for a street; the paper uses 500 for crowds.
        max_occlusions: P.

    Raises:
        ImportError: the exporter is not installed.
        ValueError: `info` contradicts the network, or K exceeds the number of cells of the smallest input.
    """
    _check(network, info, max_objects=max_objects, max_occlusions=max_occlusions)
    try:
        import onnx
        import onnxscript  # noqa: F401  # torch.onnx needs it, and would say so less clearly
    except ImportError as error:
        raise ImportError('exporting needs onnx and onnxscript: pip install "outrack[train]"') from error
    whole = ImagesToDetections(network.eval(), max_objects=max_objects, max_occlusions=max_occlusions)
    width, height = info.size
    # Two images: the exporter would treat a batch of one as a constant.
    images, heat = torch.zeros(2, 3, height, width, dtype=torch.uint8), torch.zeros(2, 1, height, width)
    example = tuple(heat if name == "previous_heat" else images.clone() for name in network.inputs)
    dimensions = {
        0: torch.export.Dim("batch"),
        2: 32 * torch.export.Dim("height32", min=3),
        3: 32 * torch.export.Dim("width32", min=3),
    }
    names = output_names(network)
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about torch's own internals
            program = torch.onnx.export(
                whole,
                example,
                dynamo=True,
                opset_version=OPSET,
                input_names=list(network.inputs),
                output_names=list(names),
                dynamic_shapes=((dimensions,) * len(example),),
                verbose=False,
            )
    finally:
        logger.setLevel(level)
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    model = program.model_proto
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, info.to_metadata() | {"outrack.made_by": origin_json({"weights": info.name})})
    with atomic_write(Path(path)) as unfinished:
        onnx.save_model(model, unfinished)


def _check(network: DenseNetwork, info: ModelInfo, *, max_objects: int, max_occlusions: int) -> None:
    for name, said, has in (
        ("stride", info.stride, network.stride),
        ("embedding_dim", info.embedding_dim, network.embedding_dim),
        ("occlusions", info.occlusions, network.predicts_occlusions),
        ("number of classes", len(info.classes), network.num_classes),
    ):
        if said != has:
            raise ValueError(f"info says {name} {said}, but the network has {has}")
    cells = (96 // network.stride) ** 2
    if not (0 < max_objects <= cells and 0 < max_occlusions <= cells):
        raise ValueError(
            f"expected max_objects and max_occlusions in 1..{cells}, got {max_objects} and {max_occlusions}"
        )
