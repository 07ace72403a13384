"""R1 and mAP of appearance by the paper's protocol: ours, colour histograms, and OSNet.

    python benchmarks/bench_reid.py --set drawn-val
    python benchmarks/bench_reid.py --set cutouts-val --cutouts DIR --backgrounds DIR --osnet osnet_x0_25_msmt17.pt
    python benchmarks/bench_reid.py --video street.mp4 --osnet osnet.onnx

On the synthetic benchmark, boxes and identities are the true ones. On a video they come from a tracker that uses motion
alone: the longest run of each id that was detected with confidence in every frame. So a person who was lost may count
as two people, a track that switched to another person as one, and the crops are easy ones: compare only rows of one
table. Pairs of identities that never share a frame might be one person; the title counts them.

`--shrink` gives all extractors pictures with the same longest side, such as the 448 pixels of our network's input;
crops of the full-size video contain more detail.

`--stride` takes every n-th frame, which makes the task harder: neighbouring frames are nearly the same picture.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.tracklets import num_unproven_pairs, sure_tracklets
from outrack.datasets import Annotation, LabelledImage
from outrack.detectors import load_detector
from outrack.evaluation.colour_histogram import hsv_histogram
from outrack.evaluation.extractors import CropNetwork, open_appearance
from outrack.evaluation.reid import Extractor, embed_boxes, tracklet_scores
from outrack.models import bundled_network
from outrack.structures import Tracks
from outrack.synth import BENCHMARKS, benchmark_videos
from outrack.tracking import MotionSettings, Tracker, TrackerConfig
from outrack.video import open_source

SURE = 0.5
"""Score from which a detection is sure."""


def random_embedding(image: NDArray[np.uint8], xyxy: NDArray[np.float64]) -> NDArray[np.float32]:
    """Chance level."""
    return np.random.default_rng(int(image.sum())).normal(size=(len(xyxy), 64)).astype(np.float32)


def of_small_pictures(extract: Extractor, longest: int) -> Extractor:
    """`extract` on pictures whose longest side is scaled down to `longest`."""

    def extract_small(image: NDArray[np.uint8], xyxy: NDArray[np.float64]) -> NDArray[np.float32]:
        height, width = image.shape[:2]
        scale = min(longest / max(height, width), 1.0)
        small = Image.fromarray(image).resize((round(width * scale), round(height * scale)), reducing_gap=2)
        return extract(np.asarray(small), xyxy * scale)

    return extract_small


def followed_by_motion(video: Path, *, stride: int, min_frames: int) -> tuple[list[LabelledImage], str]:
    """Every `stride`-th frame of a video with the people that were tracked, and a note on uncertain identities."""
    detector = load_detector(min_score=TrackerConfig().low_score)
    pictures: dict[int, NDArray[np.uint8]] = {}
    tracks: list[Tracks] = []
    with open_source(str(video)) as frames:
        config = TrackerConfig(refind="off", motion=MotionSettings(boxes="detected"))
        tracker = Tracker(config, frame_rate=frames.frame_rate)
        for place, frame in enumerate(frames):
            found = replace(detector(frame), embeddings=None)
            tracks.append(tracker.update(found, timestamp=frame.timestamp_s))
            if place % stride == 0:
                pictures[place] = frame.pixels
    rows = sure_tracklets(tracks, min_score=SURE, min_frames=min_frames)
    ids = [of_frame.ids[kept] for of_frame, kept in zip(tracks, rows, strict=True)]
    images = [
        LabelledImage(pixels, Annotation.of_people(tracks[place].xyxy[rows[place]], ids[place]), video.stem, place)
        for place, pixels in pictures.items()
        if len(rows[place])
    ]
    return images, f"{num_unproven_pairs(ids)} pairs of people never in one frame"


def synthetic_images(chosen: argparse.Namespace) -> list[LabelledImage]:
    """Every n-th frame of a set of the synthetic benchmark."""
    videos = benchmark_videos(chosen.set, cutouts=chosen.cutouts, backgrounds=chosen.backgrounds)
    return [video[frame] for video in videos for frame in range(0, len(video), chosen.stride)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=BENCHMARKS, default="drawn-val", help="set of the synthetic benchmark")
    parser.add_argument("--cutouts", type=Path, help="folder of people, for the sets with cut-outs")
    parser.add_argument("--backgrounds", type=Path, help="folder of places, for the sets with cut-outs")
    parser.add_argument("--video", type=Path, help="a video, whose identities are the tracker's, instead of a set")
    parser.add_argument("--min-frames", type=int, default=20, help="video: shortest tracklet")
    parser.add_argument("--osnet", type=Path, help="weights of OSNet x0.25, or what benchmarks/osnet.py made of them")
    parser.add_argument("--weights", type=Path, help="our network instead of the bundled one")
    parser.add_argument("--imgsz", type=int, help="longest side at which our network reads; its own when left out")
    parser.add_argument(
        "--shrink", type=int, help="longest side of the pictures that extractors see; all of it if left out"
    )
    parser.add_argument("--stride", type=int, default=5, help="take every n-th frame")
    parser.add_argument("--min-visibility", type=float, default=0.7, help="leave out boxes that show less")
    chosen = parser.parse_args()

    if chosen.video is None:
        images, name = synthetic_images(chosen), chosen.set
    else:
        images, doubt = followed_by_motion(chosen.video, stride=chosen.stride, min_frames=chosen.min_frames)
        name = f"{chosen.video.name} ({doubt})"
    extractors = extractors_of(chosen)
    if chosen.shrink is not None:
        extractors = {key: of_small_pictures(extract, chosen.shrink) for key, extract in extractors.items()}
        name = f"{name} at {chosen.shrink} pixels"
    table = compared(images, extractors, min_visibility=chosen.min_visibility)
    table.title = f"Re-ID on {name}, every {chosen.stride}. frame"
    Console(width=100).print(table)


def extractors_of(chosen: argparse.Namespace) -> dict[str, Extractor]:
    """By name."""
    extractors: dict[str, Extractor] = {"chance": random_embedding, "HSV histograms": hsv_histogram}
    weights = bundled_network() if chosen.weights is None else chosen.weights
    at = "" if chosen.imgsz is None else f" at {chosen.imgsz}"
    extractors[f"ours, {weights.stem}{at}"] = open_appearance(weights, image_size=chosen.imgsz)
    if chosen.osnet is not None and chosen.osnet.suffix == ".onnx":
        extractors[chosen.osnet.stem] = CropNetwork(chosen.osnet)
    elif chosen.osnet is not None:
        from osnet import OSNetExtractor

        extractors[chosen.osnet.stem] = OSNetExtractor(chosen.osnet)
    return extractors


def compared(images: Sequence[LabelledImage], extractors: dict[str, Extractor], *, min_visibility: float) -> Table:
    """One row per extractor."""
    table = Table(title_justify="left", box=None)
    for name in ("extractor", "R1", "mAP", "people", "queries", "gallery", "ms/image"):
        table.add_column(name, justify="left" if name == "extractor" else "right")
    for name, extract in extractors.items():
        start = time.perf_counter()
        boxes = embed_boxes(images, extract, min_visibility=min_visibility)
        milliseconds = 1000 * (time.perf_counter() - start) / len(images)
        scores = tracklet_scores(boxes.embeddings, boxes.ids, boxes.order)
        counts = (scores.num_ids, scores.num_queries, scores.num_gallery)
        table.add_row(name, f"{scores.r1:.1f}", f"{scores.mean_ap:.1f}", *map(str, counts), f"{milliseconds:.1f}")
    return table


if __name__ == "__main__":
    main()
