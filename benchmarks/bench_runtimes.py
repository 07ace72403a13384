"""What the bundled network gains and loses in other runtimes and precisions: time, detections, embeddings, tracks.

    python benchmarks/bench_runtimes.py --data ../shared/data

All run at `--speed balanced` on labelled real video. Detections are compared with those of ONNX Runtime in float32, in
every fifth frame: boxes with a score of the network's threshold or more, an IoU of 0.5 or more. Tracks are those of
files, scored by TrackEval: means of six runs that should not differ (`bench_real_video.py`), with their standard
deviation. Of MOT17, the second halves are used. The 8-bit network is calibrated on the first half of MOT17-11. Times
are for one frame on all cores, with the runtimes in turn; other programs disturb them, and only ratios can be quoted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import torch
from real_video.found import Found, detect
from real_video.runs import PERTURBATIONS, Run, ours, run
from real_video.sequences import LabelledVideo
from rich.console import Console
from rich.table import Table

from outrack.detectors import NetworkDetector, default_weights, load_detector
from outrack.detectors.checkpoint import CheckpointNetwork
from outrack.detectors.input_size import CoverArea
from outrack.export.quantise import quantise_onnx
from outrack.models import bundled_network, load_network
from outrack.models.maps import DenseMaps
from outrack.speed.agreement import agreement
from outrack.structures import Frame
from outrack.video import open_source
from outrack.video.defaults import default_config_for

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"
REFERENCE = "ONNX Runtime, float32"
MIN_SCORE, EVERY, ROUNDS = 0.05, 5, 40


def in_torch(*, bfloat16: bool) -> NetworkDetector:
    """The bundled weights in torch, channels last; convolutions in bfloat16 if asked for, heads' results in float32."""
    network = load_network(bundled_network()).eval().to(memory_format=torch.channels_last)
    forward = network.forward

    def rounded(*inputs: torch.Tensor) -> DenseMaps:
        with torch.autocast("cpu", torch.bfloat16):
            maps = forward(*inputs)
        return DenseMaps(*(None if values is None else values.float() for values in maps))

    if bfloat16:
        network.forward = rounded  # type: ignore[method-assign]
    info = load_detector().info
    width, height = info.size
    run_it: Callable[[Mapping[str, Any]], Mapping[str, Any]] = CheckpointNetwork(network, name="torch")
    return NetworkDetector(run_it, info, min_score=MIN_SCORE, image_size=CoverArea(width * height))


def runtimes(data: Path, folder: Path) -> dict[str, NetworkDetector]:
    """The bundled network in every way that is installed here, the reference first."""
    eight_bits = folder / "default-int8.onnx"
    with open_source(str(data / "video_labelled" / "MOT17-11" / "MOT17-11.mp4")) as video:
        pictures = [frame.pixels for frame in islice(video, 0, 450, 8)]
    quantise_onnx(default_weights(), eight_bits, pictures)
    found = {
        REFERENCE: load_detector(device="cpu", min_score=MIN_SCORE),
        "ONNX Runtime, 8 bits (QDQ)": load_detector(eight_bits, device="cpu", min_score=MIN_SCORE),
        "torch, float32": in_torch(bfloat16=False),
        "torch, bfloat16": in_torch(bfloat16=True),
    }
    try:
        for name, device in (("float32", "openvino"), ("bfloat16", "openvino:bf16")):
            found[f"OpenVINO, {name}"] = load_detector(device=device, min_score=MIN_SCORE)
        found["OpenVINO, 8 bits (the same QDQ)"] = load_detector(eight_bits, device="openvino", min_score=MIN_SCORE)
    except ImportError as error:
        print(f"left out: OpenVINO ({error})")
    return found


def times_ms(detectors: Mapping[str, NetworkDetector], frame: Frame) -> dict[str, float]:
    """The best of many calls, taking turns."""
    best = dict.fromkeys(detectors, float("inf"))
    for _ in range(ROUNDS):
        for name, detector in detectors.items():
            begun = time.perf_counter()
            detector(frame)
            best[name] = min(best[name], 1e3 * (time.perf_counter() - begun))
    return best


def tracked(video: LabelledVideo, found: Found, detector: NetworkDetector) -> list[Run]:
    config = default_config_for(detector)
    maker = ours(config.start_score, **{"low_score": config.low_score, "still.sure_score": config.still.sure_score})
    return [run(video, found, maker, perturbation) for perturbation in PERTURBATIONS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder with video_labelled")
    parser.add_argument("--sequences", nargs="+", default=["MOT17-02", "MOT17-11", "ETH-Sunnyday", "TUD-Stadtmitte"])
    chosen = parser.parse_args()
    videos = [LabelledVideo.open(chosen.data, name) for name in chosen.sequences]
    with tempfile.TemporaryDirectory() as folder:
        detectors = runtimes(chosen.data, Path(folder))
        milliseconds = times_ms(detectors, next(videos[-1].frames()))
        found = {name: [detect(video, one) for video in videos] for name, one in detectors.items()}
    table = Table("runtime", "speed", "boxes found", "false boxes", "scores", "embeddings", "HOTA", "MOTA", "IDF1")
    for name, detector in detectors.items():
        reference, other = (
            [one.detections[frame] for one in found[which] for frame in sorted(one.detections)[::EVERY]]
            for which in (REFERENCE, name)
        )
        agrees = agreement(reference, other, sure=detector.info.score_threshold)
        by_video = [tracked(video, one, detector) for video, one in zip(videos, found[name], strict=True)]
        measures = ("hota", "mota", "idf1")
        means = [
            [float(np.mean([getattr(one, m) for one in same])) for same in zip(*by_video, strict=True)]
            for m in measures
        ]
        table.add_row(
            f"{name}",
            f"{milliseconds[REFERENCE] / milliseconds[name]:.2f}x",
            f"{agrees.found:.1%} of {agrees.boxes}",
            f"{agrees.spurious:.1%}",
            f"{agrees.score:.3f}",
            "" if agrees.degrees is None else f"{agrees.degrees:.1f} degrees",
            *(f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}" for values in means),
        )
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
