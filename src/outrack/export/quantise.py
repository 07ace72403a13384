"""Quantises an exported network to 8 bits, for processors with fast 8-bit instructions."""

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
from outrack.detectors.onnx import OnnxNetwork
from outrack.detectors.placement import Placement
from outrack.io.atomic import atomic_write
from outrack.io.origin import origin_json

if TYPE_CHECKING:
    import onnx

__all__ = ["Quantised", "has_fast_8_bits", "quantise_onnx"]

OPERATIONS = ("Conv", "Add", "MaxPool", "Concat", "Resize", "Relu")
"""Operations in 8 bits: if one of them stayed float between two convolutions, conversions would cost time."""
BOXES = ("boxes", "scores", "classes", "displacements")
"""Outputs whose branches are in 8 bits up to their last convolutions. Appearance and occlusion points stay float: they
take little time and depend on small differences."""


class Quantised(NamedTuple):
    """A quantised network.

    Attributes:
        info: description in the new file.
        pictures: number of calibration pictures.
        convolutions: number in 8 bits.
        depthwise: number of depthwise ones among them, which are not faster in 8 bits.
    """

    info: ModelInfo
    pictures: int
    convolutions: int
    depthwise: int


def quantise_onnx(source: str | Path, output: str | Path, pictures: Sequence[NDArray[np.uint8]]) -> Quantised:
    """Write an exported network with weights and activations in 8 bits.

    Weights are quantised by channel, activations by the smallest and largest values on `pictures` (QDQ). Everything
    after the last convolutions of the boxes stays float, so scores and sides keep their precision.

    Args:
        source: a file of `export_onnx`.
        output: the new file; replaced if it exists, and unchanged on failure.
        pictures: RGB, uint8 (H, W, 3), similar to those that the network will see; a few dozen are enough.

    Raises:
        ImportError: onnx is not installed.
        FileNotFoundError: there is no such file.
        ValueError: there are no pictures, or the file is from another project, already in 8 bits, or uses the previous
            frame.
    """
    network = OnnxNetwork(source, device="cpu")
    if network.info.precision == "int8":
        raise ValueError(f"{source}: already in 8 bits; expected a network in float32")
    if network.inputs != ("images",):
        raise ValueError(
            f"{source}: this network uses the previous frame, so it cannot be calibrated on single pictures; use "
            "it in float32"
        )
    if not len(pictures):
        raise ValueError(f"{source}: no pictures for calibration; expected some that resemble its later input")
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
    with atomic_write(Path(output)) as unfinished:
        onnx.save_model(model, unfinished)
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    return Quantised(info, len(pictures), len(convolutions), sum(_groups(node) > 1 for node in convolutions))


def nodes_before_boxes(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Nodes of `OPERATIONS` on which the last convolutions of the boxes depend, excluding those convolutions."""
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
    """All nodes that the values depend on, each once, up to nodes of the type `stop_at`."""
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
    """The pictures for onnxruntime's calibration, each scaled to the network's input size."""

    def __init__(self, pictures: Sequence[NDArray[np.uint8]], info: ModelInfo) -> None:
        size_of = CoverArea(info.size[0] * info.size[1])
        sizes = [(picture.shape[1], picture.shape[0]) for picture in pictures]
        self._images = (
            Placement(size, size_of(size), info.margin).image(picture)[None]
            for size, picture in zip(sizes, pictures, strict=True)
        )

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """The next batch of one picture; None at the end."""
        image = next(self._images, None)
        return None if image is None else {"images": np.ascontiguousarray(image)}


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppresses the hints of onnxruntime's quantisation, which go to the root logger and do not apply here."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def has_fast_8_bits(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool | None:
    """Whether this processor multiplies 8-bit numbers faster than floats (VNNI); None if unknown."""
    if not cpuinfo.is_file():
        return None
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = next((line.split(":", 1)[1].split() for line in lines if line.startswith("flags")), None)
    return None if flags is None else bool({"avx512_vnni", "avx_vnni", "amx_int8"} & set(flags))
