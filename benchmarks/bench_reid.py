"""R1 and mAP of appearance by the paper's protocol on the made benchmark: ours, colour histograms, and OSNet.

    python benchmarks/bench_reid.py --set drawn-val
    python benchmarks/bench_reid.py --set cutouts-val --cutouts DIR --backgrounds DIR --osnet osnet_x0_25_msmt17.pt

The boxes are the true ones. `--stride` takes every n-th frame, which makes the task harder: neighbouring frames are
nearly the same picture.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from outrack.datasets import LabelledImage
from outrack.datasets.synth import BENCHMARKS, benchmark_videos
from outrack.evaluation.colour_histogram import hsv_histogram
from outrack.evaluation.extractors import open_appearance
from outrack.evaluation.reid import Extractor, embed_boxes, tracklet_scores
from outrack.models import shipped_network


def random_embedding(image: NDArray[np.uint8], xyxy: NDArray[np.float64]) -> NDArray[np.float32]:
    """What chance reaches."""
    return np.random.default_rng(int(image.sum())).normal(size=(len(xyxy), 64)).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=BENCHMARKS, default="drawn-val", help="set of the made benchmark")
    parser.add_argument("--cutouts", type=Path, help="folder of people, for the sets with cut-outs")
    parser.add_argument("--backgrounds", type=Path, help="folder of places, for the sets with cut-outs")
    parser.add_argument("--osnet", type=Path, help="weights of OSNet x0.25")
    parser.add_argument("--weights", type=Path, help="our network instead of the one that comes along")
    parser.add_argument("--stride", type=int, default=5, help="take every n-th frame")
    parser.add_argument("--min-visibility", type=float, default=0.7, help="leave out boxes that show less")
    chosen = parser.parse_args()

    videos = benchmark_videos(chosen.set, cutouts=chosen.cutouts, backgrounds=chosen.backgrounds)
    images: list[LabelledImage] = [video[frame] for video in videos for frame in range(0, len(video), chosen.stride)]
    extractors: dict[str, Extractor] = {"chance": random_embedding, "HSV histograms": hsv_histogram}
    weights = shipped_network() if chosen.weights is None else chosen.weights
    extractors[f"ours, {weights.stem}"] = open_appearance(weights)
    if chosen.osnet is not None:
        from osnet import OSNetExtractor

        extractors[chosen.osnet.stem] = OSNetExtractor(chosen.osnet)
    table = Table(title=f"Re-ID on {chosen.set}, every {chosen.stride}. frame", title_justify="left", box=None)
    for name in ("extractor", "R1", "mAP", "people", "queries", "gallery", "ms/image"):
        table.add_column(name, justify="left" if name == "extractor" else "right")
    for name, extract in extractors.items():
        start = time.perf_counter()
        boxes = embed_boxes(images, extract, min_visibility=chosen.min_visibility)
        milliseconds = 1000 * (time.perf_counter() - start) / len(images)
        scores = tracklet_scores(boxes.embeddings, boxes.ids, boxes.order)
        counts = (scores.num_ids, scores.num_queries, scores.num_gallery)
        table.add_row(name, f"{scores.r1:.1f}", f"{scores.mean_ap:.1f}", *map(str, counts), f"{milliseconds:.1f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
