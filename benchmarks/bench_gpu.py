"""DLA-34 of the paper at 1088x608 on a GPU, end to end, compared with the card's peak.

    python benchmarks/bench_gpu.py --out gpu.json

End to end: a 1080p picture in pinned memory to the card, resized there, through the network with all heads of
OUTrackfm, decoded, and its boxes and embeddings back and tracked on the CPU. Weights are random, so that the
detections that are tracked are simulated: 60 people a frame. The network runs as a CUDA graph, since one by one
its small kernels take longer to start than to run. The paper reports 24.8 Hz.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from outrack.models import FairMOT, decode, fairmot_heads
from outrack.models.necks.dla_neck import NodeType
from outrack.structures import Detections
from outrack.tracking import Tracker

WIDTH, HEIGHT = 1088, 608
SOURCE = (1080, 1920)
PEOPLE = 60
WARM_UP, SECONDS = 12, 2.0
PRECISIONS = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def main() -> None:
    """Print one line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="JSON file of all numbers")
    parser.add_argument("--necks", nargs="+", default=["conv", "deform"], choices=["conv", "deform"])
    options = parser.parse_args()
    torch.backends.cudnn.benchmark = True
    rows: list[dict[str, str | float]] = []

    def show(what: str, value: float, unit: str) -> None:
        rows.append({"what": what, "value": round(value, 2), "unit": unit})
        print(f"{what:62s} {value:10.1f} {unit}", flush=True)

    print(torch.cuda.get_device_name())
    for precision in PRECISIONS:
        show(f"ceiling, convolution 3x3 of 256 channels, {precision}", convolution_rate(precision), "TFLOP/s")
    for neck in options.necks:
        for precision in PRECISIONS:
            for batch in (1, 8):
                try:
                    alone, whole = network_rates(neck, precision, batch)
                except RuntimeError as error:  # an operation that the precision does not have
                    print(f"DLA-34 {neck} {precision} by {batch}: {str(error).splitlines()[0]}")
                    continue
                show(f"DLA-34, {neck}, {precision}, by {batch}: network and decoding", alone, "frames/s")
                show(f"DLA-34, {neck}, {precision}, by {batch}: end to end with tracking", whole, "frames/s")
    if options.out:
        options.out.write_text(json.dumps({"device": torch.cuda.get_device_name(), "rows": rows}, indent=1))


def convolution_rate(precision: str) -> float:
    """TFLOP/s of a large dense convolution."""
    set_tf32(precision)
    dtype = PRECISIONS[precision]
    layer = torch.nn.Conv2d(256, 256, 3, padding=1).cuda().to(dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    images = torch.randn(16, 256, 152, 272, device="cuda", dtype=dtype).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        seconds = seconds_of(lambda: layer(images))
    return float(2 * images.numel() * 256 * 9 / seconds / 1e12)


def network_rates(neck: NodeType, precision: str, batch: int) -> tuple[float, float]:
    """Frames per second of the network with its decoding, and end to end."""
    set_tf32(precision)
    network = FairMOT(fairmot_heads(occlusion=True), neck=neck).cuda().eval()
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    dtype = PRECISIONS[precision]
    # A graph must not use casts of weights that were kept from before it.
    mixed = torch.autocast("cuda", dtype, enabled=dtype != torch.float32, cache_enabled=False)
    still = torch.zeros(batch, *SOURCE, 3, dtype=torch.uint8, device="cuda")
    frames = torch.randint(0, 255, (batch, *SOURCE, 3), dtype=torch.uint8).pin_memory()

    def forward() -> list[Tensor]:
        images = F.interpolate(still.permute(0, 3, 1, 2).float(), (HEIGHT, WIDTH), mode="bilinear")
        with mixed:
            maps = network(images.contiguous(memory_format=torch.channels_last))
        found = decode(maps, stride=network.stride)
        return [
            one.float() for one in (found.boxes, found.scores, found.embeddings, found.occlusions) if one is not None
        ]

    graph, outputs = captured(forward)
    tracker, people = Tracker(), crowd()

    def everything() -> None:
        still.copy_(frames, non_blocking=True)
        graph.replay()
        arrays = [one.cpu().numpy() for one in outputs]
        for row in range(batch):
            tracker.update(Detections(next(people), np.full(PEOPLE, 0.9), embeddings=arrays[2][row, :PEOPLE]))

    return batch / seconds_of(graph.replay), batch / seconds_of(everything)


def captured(forward: Callable[[], list[Tensor]]) -> tuple[torch.cuda.CUDAGraph, list[Tensor]]:
    """`forward` as a graph, and what it writes into."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.inference_mode():
        with torch.cuda.stream(side):
            for _ in range(3):
                forward()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            outputs = forward()
    return graph, outputs


def crowd() -> Iterator[NDArray[np.float64]]:
    """Endless boxes of walking people."""
    rng = np.random.default_rng(0)
    centre, speed = rng.uniform((50, 100), (1870, 980), (PEOPLE, 2)), rng.normal(0, 2, (PEOPLE, 2))
    size = np.column_stack((rng.uniform(30, 90, PEOPLE),) * 2) * (0.5, 1.2)
    while True:
        centre = np.clip(centre + speed, 40, (1880, 1040))
        yield np.hstack((centre - size / 2, centre + size / 2))


def seconds_of(call: Callable[[], object]) -> float:
    """Seconds of one call, over about two seconds."""
    for _ in range(WARM_UP):
        call()
    torch.cuda.synchronize()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        for _ in range(5):
            call()
        torch.cuda.synchronize()
        count += 5
    return (time.perf_counter() - start) / count


def set_tf32(precision: str) -> None:
    """Whether matrix units may round float32 to 19 bits."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"


if __name__ == "__main__":
    main()
