"""The bundled network compared with its initial COCO detector.

    python benchmarks/bench_default_network.py --data runs/default-data
    python benchmarks/bench_default_network.py --data runs/default-data --tables hidden

Detection: AP50 and AP on the held-out images of the recipe `default`, created by `scripts/prepare_default_data.py`.
Hidden: recall (IoU 0.5) of people who are less than half visible, at the score from which each network's file says
that a box is a detection, in real frames, held-out ones and training ones, and in every tenth frame of `cutouts-test`.
The recipe's video, `walking`, is omitted: its labels come from a detector, which misses people.
Occlusions: predicted centres in held-out composed crowds; occlusions of people who are less than 8 % visible do not
count. For recall each overlap needs a separate point, for `marked` any point close enough. Points count from a score of
0.2, and from the score at which precision and `marked` are equal. Tracking: the synthetic benchmark `cutouts-test`,
whose people and backgrounds were not used for training, with the networks' own boxes.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.bench_refinding import Row, Scene, composed_scene, measure
from benchmarks.visibility_recall import recall_by_visibility
from outrack.datasets import LabelledImage
from outrack.detectors import Detector, load_detector
from outrack.detectors.checkpoint import CheckpointNetwork
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.open_network import detector_of
from outrack.evaluation.detection import occlusion_scores
from outrack.evaluation.visibility import LEVELS
from outrack.export.run import export_run
from outrack.models import DenseNetwork, bundled_network, coco_start, load_network
from outrack.structures import Frame
from outrack.synth import ComposedVideo, benchmark_videos
from outrack.tracking import TrackerConfig
from outrack.training.config.config_file import load_config
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.sources import images_of
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.validation import ValidationData
from outrack.video.defaults import default_config_for

WIDE = (960, 544)
"""A size at which the small people of MOT17 can be seen."""
CROWDS = ((512, 320), (768, 480))
NUM_CROWDS = 192
HELD_OUT = "MOT17-13"
HIDDEN_BELOW = 0.5


def detection(data: Path) -> Table:
    networks = {"start": load_network(coco_start()).eval(), "bundled": load_network(bundled_network()).eval()}
    config = load_config("default", overrides={"data.root": str(data)})
    table = Table(title="Detection on held-out images, AP50 / AP", title_justify="left", box=None)
    for name in ("images", *networks):
        table.add_column(name)
    for width, height in ((config.model.width, config.model.height), WIDE):
        held_out = ValidationData.of(config, TargetEncoder(width, height))
        scores = [scores_of(held_out, network) for network in networks.values()]
        for source in scores[0]:
            table.add_row(f"{source}, {width}x{height}", *(found[source] for found in scores))
    return table


def scores_of(held_out: ValidationData, network: DenseNetwork) -> dict[str, str]:
    return {found.source: f"{found.ap50:.1f} / {found.ap:.1f}" for found in held_out.measure(network).sources}


def hidden(data: Path) -> Table:
    networks = {"start": CheckpointNetwork.open(coco_start()), "bundled": CheckpointNetwork.open(bundled_network())}
    shipped = load_detector()
    assert isinstance(shipped, NetworkDetector)
    scores = (networks["start"].info.score_threshold, shipped.info.score_threshold)
    model = load_config("default").model
    small = (model.width, model.height)
    videos = benchmark_videos("cutouts-test", cutouts=data / "ccp", backgrounds=data / "coco")
    held_out, learned = (
        [image.read() for image in images_of(source, data)]
        for source in (SourceConfig(path="mot17", only=(HELD_OUT,)), SourceConfig(path="mot17", without=(HELD_OUT,)))
    )
    composed = [video[frame] for video in videos for frame in range(0, len(video), 10)]
    table = Table(title="Recall of people less than half visible", title_justify="left", box=None)
    for name in ("frames", "images", "people", *networks):
        table.add_column(name, justify="left" if name == "frames" else "right")
    for name, images, size in (
        (f"{HELD_OUT}, held out", held_out, small),
        (f"{HELD_OUT}, held out", held_out, WIDE),
        ("other MOT17, trained on", learned, small),
        ("other MOT17, trained on", learned, WIDE),
        ("cutouts-test, held out", composed, small),
    ):
        rows = [
            recall_of_hidden(images, detector_of(network, min_score=score, image_size=size))
            for network, score in zip(networks.values(), scores, strict=True)
        ]
        shares = (f"{100 * found / total:.1f}" for found, total in rows)
        table.add_row(f"{name}, {size[0]}x{size[1]}", str(len(images)), str(rows[0][1]), *shares)
    return table


def recall_of_hidden(images: Sequence[LabelledImage], detector: NetworkDetector) -> tuple[int, int]:
    """Number of hidden people with a box, and of all hidden people."""
    pairs = [(detector(Frame(image.pixels, 0, 0.0)), image.annotation) for image in images]
    visibility = np.concatenate([people.visibility[~people.ignore] for _, people in pairs])
    counts = np.histogram(visibility, LEVELS)[0]
    recall = recall_by_visibility(pairs, min_score=0)
    levels = [level for level, high in enumerate(LEVELS[1:]) if high <= HIDDEN_BELOW]
    return round(sum(recall[level] / 100 * counts[level] for level in levels)), int(counts[levels].sum())


def occlusions(data: Path) -> Table:
    config = load_config("default", overrides={"data.root": str(data)})
    network = CheckpointNetwork.open(bundled_network())
    table = Table(title="Occlusion centres in held-out crowds", title_justify="left", box=None)
    table.add_column("crowds, from the score")
    for name in ("occlusions", "precision", "recall", "marked"):
        table.add_column(name, justify="right")
    for width, height in CROWDS:
        encoder = TargetEncoder(width, height)
        detector = detector_of(network, min_score=0.1, image_size=(width, height))
        for name in ("easy", "medium", "hard"):
            source = dataclasses.replace(config.validation.sources[0], difficulty=(name,))
            validation = dataclasses.replace(config.validation, sources=(source,), images=NUM_CROWDS)
            crowds = ValidationData.of(dataclasses.replace(config, validation=validation), encoder).sources[0].images
            found = [(points_in(detector, image), image.annotation) for image in crowds]
            at = {
                score: occlusion_scores(found, min_score=score, hidden_below=config.data.hidden_below)
                for score in np.arange(0.1, 0.5, 0.01).round(2).tolist()
            }
            level = min(at, key=lambda score: abs(at[score].precision - at[score].marked))
            for score in (0.2, level):
                right = at[score]
                shares = (f"{share:.1f}" for share in (right.precision, right.recall, right.marked))
                table.add_row(f"{name} {width}x{height}, {score}", str(right.num_true), *shares)
    return table


def points_in(detector: Detector, image: LabelledImage) -> NDArray[np.float64]:
    """Predicted occlusion centres x, y, score (K, 3)."""
    points = detector(Frame(image.pixels, 0, 0.0)).occlusions
    assert points is not None  # it has the heads
    return points


def seen_by(detector: Detector, videos: tuple[ComposedVideo, ...]) -> list[Scene]:
    """The videos with the boxes that a detector finds in them."""
    scenes = []
    for video in videos:
        truth = composed_scene(video, min_visibility=0.0, noise=0.0, seed=0)
        found = [detector(Frame(image.pixels, k, k / video.frame_rate)) for k, image in enumerate(video)]
        scenes.append(dataclasses.replace(truth, detections=found))
    return scenes


def without_appearance(scene: Scene) -> Scene:
    return dataclasses.replace(
        scene, detections=[dataclasses.replace(found, embeddings=None) for found in scene.detections]
    )


def tracking(data: Path) -> Table:
    videos = benchmark_videos("cutouts-test", cutouts=data / "ccp", backgrounds=data / "coco")
    with tempfile.TemporaryDirectory() as folder:
        export_run(Path("coco"), Path(folder) / "coco.onnx", size=(512, 384))
        start = load_detector(Path(folder) / "coco.onnx", min_score=TrackerConfig().low_score)
    ours = load_detector(min_score=TrackerConfig().low_score)
    of_start, of_ours = seen_by(start, videos), seen_by(ours, videos)
    blind = [without_appearance(scene) for scene in of_ours]
    config = default_config_for(ours)
    rows: dict[str, Row] = {
        "start, 512x384, motion only": measure(of_start, default_config_for(start), benchmark="plain"),
        "bundled, motion only": measure(blind, config, benchmark="plain"),
        "bundled": measure(of_ours, config, benchmark="plain"),
        "bundled, refinding off": measure(of_ours, dataclasses.replace(config, refind="off"), benchmark="plain"),
    }
    table = Table(title="Tracking of cutouts-test", title_justify="left", box=None)
    for name in ("network", "HOTA", "MOTA", "IDF1", "FP", "FN", "IDSW"):
        table.add_column(name, justify="left" if name == "network" else "right")
    for name, row in rows.items():
        found = row.scores
        shares = (f"{value:.2f}" for value in (found.hota, found.mota, found.idf1))
        table.add_row(name, *shares, *map(str, (found.fp, found.fn, found.idsw)))
    return table


TABLES = {"detection": detection, "hidden": hidden, "occlusions": occlusions, "tracking": tracking}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("runs/default-data"), help="data of the recipe `default`")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES, help="which tables to print")
    chosen = parser.parse_args()
    for name in chosen.tables:
        Console(width=100).print(TABLES[name](chosen.data))


if __name__ == "__main__":
    main()
