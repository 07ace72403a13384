"""An exported network in 8 bits, for processors that calculate with 8 bits faster."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.input_size import CoverArea
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import network_image
from outrack.detectors.onnx import OnnxNetwork
from outrack.io.atomic import atomic_write
from outrack.io.origin import origin_json

if TYPE_CHECKING:
    import onnx

__all__ = ["Quantised", "has_fast_8_bits", "quantise_onnx"]

OPERATIONS = ("Conv", "Add", "MaxPool", "Concat", "Resize", "Relu")
"""What is calculated in 8 bits: with one of them in float between two convolutions, time goes into converting."""
BOXES = ("boxes", "scores", "classes", "displacements")
"""Outputs up to whose last convolutions everything is in 8 bits. Appearance and occlusion points are left as they are:
they take little time and live on small differences."""


class Quantised(NamedTuple):
    """What became of a network.

    Attributes:
        info: what the new file says about itself.
        pictures: on how many it was calibrated.
        convolutions: how many are in 8 bits.
        depthwise: how many of them see one channel each; those are not faster in 8 bits.
    """

    info: ModelInfo
    pictures: int
    convolutions: int
    depthwise: int


def quantise_onnx(source: Path, output: Path, pictures: Sequence[NDArray[np.uint8]]) -> Quantised:
    """Write an exported network again with weights and activations in 8 bits.

    Weights are quantised by channel, activations by the smallest and largest values on `pictures` (QDQ). What follows
    the last convolutions of the boxes stays float, so scores and sides keep their digits.

    Args:
        source: a file of `export_onnx`.
        output: the new file; replaced if it exists, and left alone on failure.
        pictures: RGB, uint8 (H, W, 3), like those that the network will see; some dozens are enough.

    Raises:
        ImportError: onnx is not installed.
        FileNotFoundError: there is no such file.
        ValueError: no pictures, or a file that is not one of ours, is in 8 bits already, or uses the previous frame.
    """
    network = OnnxNetwork(source, device="cpu")
    if network.info.precision == "int8":
        raise ValueError(f"{source}: it is in 8 bits already; expected a network in float32")
    if network.inputs != ("images",):
        raise ValueError(
            f"{source}: it sees the previous frame, too, which cannot be calibrated on single pictures; leave it in "
            "float32"
        )
    if not len(pictures):
        raise ValueError(f"{source}: no pictures to calibrate on; expected some like those that it will see")
    try:
        import onnx
        from onnxruntime import quantization
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise ImportError('8 bits need onnx: pip install "outrack[train]"') from error
    info = replace(network.info, precision="int8")
    with TemporaryDirectory() as folder, _quiet():
        prepared, quantised = Path(folder) / "prepared.onnx", Path(folder) / "quantised.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        nodes = nodes_before_boxes(onnx.load(prepared).graph)
        quantization.quantize_static(
            prepared,
            quantised,
            _Reader(pictures, network.info),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            op_types_to_quantize=list(OPERATIONS),
            nodes_to_quantize=[node.name for node in nodes],
        )
        model = onnx.load(quantised)
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, info.to_metadata() | {"outrack.made_by": origin_json({"weights": info.name})})
    with atomic_write(output) as unfinished:
        onnx.save_model(model, unfinished)
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    return Quantised(info, len(pictures), len(convolutions), sum(_groups(node) > 1 for node in convolutions))


def nodes_before_boxes(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Nodes of `OPERATIONS` on which the last convolutions of the boxes depend, without those convolutions."""
    producer = {name: node for node in graph.node for name in node.output}
    last: dict[str, onnx.NodeProto] = {}
    for node in _upstream(producer, [name.name for name in graph.output if name.name in BOXES], stop_at="Conv"):
        if node.op_type == "Conv":
            last[node.name] = node
    before = _upstream(producer, [node.input[0] for node in last.values()])
    return [node for node in before if node.op_type in OPERATIONS and node.name not in last]


def _upstream(
    producer: dict[str, onnx.NodeProto], values: Sequence[str], *, stop_at: str | None = None
) -> list[onnx.NodeProto]:
    """All nodes that the values come from, each once; nothing beyond nodes of the type `stop_at`."""
    found: dict[str, onnx.NodeProto] = {}
    todo = list(values)
    while todo:
        node = producer.get(todo.pop())
        if node is not None and node.name not in found:
            found[node.name] = node
            if node.op_type != stop_at:
                todo += node.input
    return list(found.values())


def _groups(node: onnx.NodeProto) -> int:
    return next((int(attribute.i) for attribute in node.attribute if attribute.name == "group"), 1)


class _Reader:
    """The pictures as onnxruntime's calibration takes them, each in the size at which the network sees it."""

    def __init__(self, pictures: Sequence[NDArray[np.uint8]], info: ModelInfo) -> None:
        size_of = CoverArea(info.size[0] * info.size[1])
        self._images = (
            network_image(picture, size_of((picture.shape[1], picture.shape[0])))[None] for picture in pictures
        )

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """The next batch of one; None at the end."""
        image = next(self._images, None)
        return None if image is None else {"images": np.ascontiguousarray(image)}


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the hints of onnxruntime's quantisation, which go to the root logger and are of no use here."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def has_fast_8_bits(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool | None:
    """Whether this processor multiplies 8 bits faster than floats (VNNI); None where it does not say."""
    if not cpuinfo.is_file():
        return None
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = next((line.split(":", 1)[1].split() for line in lines if line.startswith("flags")), None)
    return None if flags is None else bool({"avx512_vnni", "avx_vnni", "amx_int8"} & set(flags))
