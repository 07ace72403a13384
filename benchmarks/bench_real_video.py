"""The bundled network and tracker on labelled real video, compared with other detectors and trackers.

    python benchmarks/bench_real_video.py --data ../shared/data
    python benchmarks/bench_real_video.py --data ../shared/data --weights other.onnx --speeds balanced

Test data are the second halves of MOT17-02 and MOT17-11, on whose first halves the network was trained, and all of
ETH-Sunnyday and TUD-Stadtmitte, which were not used for training. KITTI-T0016 was used for training: it is shown, but
excluded from the means. Every row is the mean of six runs that should not differ (three start frames, the threshold
0.03 lower and higher, every second frame), with their standard deviation: the IDF1 of a single run can jump by ten
points for no reason.

Besides the presets of `--speed`: YOLOX-nano with the trackers of the package `trackers` at their defaults and at the
best threshold of a grid (chosen on these sequences, which favours them), and these trackers on our boxes. They report
each frame before they see the next one, as ours does with `--online`; one of them is therefore also shown with our
smoothing. Detections and scores are stored below --work, and an interrupted run continues there. Milliseconds are those
of the detector and of the estimation of camera motion; compare them only if nothing else was running.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from real_video.found import Found, detect
from real_video.runs import PERTURBATIONS, Maker, Run, ours, peer, run, spread
from real_video.sequences import JUDGED, TRAINED_ON, LabelledVideo
from rich.console import Console
from rich.table import Table
from visibility_recall import recall_by_visibility
from yolox import YoloxNano

from outrack.detectors import default_weights, load_detector
from outrack.detectors.size_by_need import size_by_need
from outrack.evaluation.detection import detection_scores
from outrack.structures import Detections, Frame
from outrack.tracking import TrackerConfig
from outrack.video.defaults import default_config_for

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"
PEERS = ("bytetrack", "ocsort", "botsort")
DEFAULTS = {"bytetrack": 0.1, "ocsort": 0.1, "botsort": 0.1}
"""Score from which the peers are given boxes at their defaults; they have thresholds of their own above it."""
FILES = "outrack, files"
"""The row of `outrack track` for a file: detected in every second frame, and smoothed by what comes after."""
GRID = (0.2, 0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True)
class Boxes:
    """A detector in this benchmark.

    Attributes:
        name: in the table and of its files.
        threshold: score from which its boxes are detections.
        settings: of our tracker that suit it.
        open: makes the detector.
    """

    name: str
    threshold: float
    settings: Mapping[str, float]
    open: Callable[[], Callable[[Frame], Detections]]


def our_boxes(weights: Path, speed: str) -> Boxes:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:8]
    config = default_config_for(load_detector(weights))
    settings = {"low_score": config.low_score, "still.sure_score": config.still.sure_score}

    def opened() -> Callable[[Frame], Detections]:
        if speed == "auto":
            return size_by_need(load_detector(weights, min_score=0.05))
        return load_detector(weights, min_score=0.05, speed=speed)

    return Boxes(f"{weights.stem}-{digest}-{speed}", config.start_score, settings, opened)


def found_in(video: LabelledVideo, boxes: Boxes, work: Path) -> Found:
    path = work / boxes.name / f"{video.name}.npz"
    if not path.exists():
        detect(video, boxes.open()).save(path)
    return Found.load(path)


def runs_of(video: LabelledVideo, boxes: Boxes, name: str, maker: Maker, work: Path) -> list[Run]:
    path = work / boxes.name / f"{video.name} {name} {maker.threshold:g}.json"
    if path.exists():
        return [Run(**values) for values in json.loads(path.read_text())]
    found = found_in(video, boxes, work)
    runs = [run(video, found, maker, perturbation) for perturbation in PERTURBATIONS]
    path.write_text(json.dumps([dataclasses.asdict(one) for one in runs]))
    return runs


def of_means(runs: dict[str, list[Run]]) -> list[Run]:
    """Runs averaged over the sequences that were not used for training, perturbation by perturbation."""
    judged = [of for name, of in runs.items() if name not in TRAINED_ON]
    fields = [field.name for field in dataclasses.fields(Run)]
    return [
        Run(*(float(np.mean([getattr(one, field) for one in same])) for field in fields))
        for same in zip(*judged, strict=True)
    ]


def cells(runs: list[Run]) -> list[str]:
    texts = [f"{mean:.1f} ± {deviation:.1f}" for mean, deviation in (spread(runs, m) for m in ("hota", "mota", "idf1"))]
    return [*texts, *(f"{spread(runs, measure)[0]:.0f}" for measure in ("idsw", "fp", "fn"))]


def trackers(boxes: Boxes, *, is_ours: bool) -> Iterator[tuple[str, list[Maker]]]:
    """Rows of the table: names, and makers of which the best by HOTA is taken."""
    if is_ours:
        yield FILES, [ours(boxes.threshold, **boxes.settings)]
        yield f"{FILES}, every frame detected", [ours(boxes.threshold, **boxes.settings, every_frame=True)]
        yield "outrack, --online", [ours(boxes.threshold, **boxes.settings, online=True)]
        for name, change in (("--tracker.refind off", {"refind": "off"}), ("motion alone", {"appearance": False})):
            yield f"outrack, --online, {name}", [ours(boxes.threshold, **boxes.settings, **change, online=True)]
        smoothing = TrackerConfig().with_values(boxes.settings)
        yield "botsort, best threshold, smoothed by outrack", [peer("botsort", t, smoothing=smoothing) for t in GRID]
    for name in PEERS:
        yield f"{name}, defaults", [peer(name, DEFAULTS[name])]
        yield f"{name}, best threshold", [peer(name, threshold) for threshold in GRID]


def detection_table(videos: list[LabelledVideo], chosen: list[Boxes], work: Path) -> Table:
    table = Table("boxes", "sequence", "AP50", "AP75", "AP", "recall by visibility", "ms", title="Detection")
    for boxes in chosen:
        judged = []
        for video in videos:
            found = found_in(video, boxes, work)
            pairs = [(found.detections[frame], video.annotation(frame)) for frame in sorted(found.detections)[::3]]
            scores = detection_scores(pairs)
            recall = recall_by_visibility(pairs, min_score=boxes.threshold)
            known = video.truth.visibility is not None and video.name.startswith("MOT17")
            by_visibility = " ".join(f"{value:.0f}" for value in recall) if known else f"{recall[-1]:.0f}"
            row = (scores.ap50, scores.ap75, scores.ap)
            table.add_row(boxes.name, video.name, *map("{:.1f}".format, row), by_visibility, f"{found.ms:.1f}")
            if video.name not in TRAINED_ON:
                judged.append(row)
        if judged:
            table.add_row(boxes.name, "mean", *map("{:.1f}".format, np.mean(judged, axis=0)), "", "", end_section=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder with video_labelled")
    parser.add_argument("--yolox", type=Path, default=SHARED / "weights" / "yolox_nano" / "yolox_nano.onnx")
    parser.add_argument("--weights", type=Path, default=default_weights())
    parser.add_argument("--speeds", nargs="+", default=["fast", "balanced", "accurate", "auto"])
    parser.add_argument("--sequences", nargs="+", default=list(JUDGED))
    parser.add_argument("--work", type=Path, default=Path("runs/real-video"), help="what was found and scored so far")
    chosen = parser.parse_args()
    if not (chosen.data / "video_labelled").is_dir():
        sys.exit(f"{chosen.data / 'video_labelled'}: no labelled video there; this benchmark has nothing to measure")
    console = Console(width=150)
    videos = [LabelledVideo.open(chosen.data, name) for name in chosen.sequences]
    our = [our_boxes(chosen.weights, speed) for speed in chosen.speeds]
    others = [Boxes("yolox-nano", 0.3, {}, lambda: YoloxNano(chosen.yolox))] if chosen.yolox.is_file() else []
    console.print(detection_table(videos, our + others, chosen.work))
    table = Table("boxes", "tracker", "sequence", "HOTA", "MOTA", "IDF1", "IDSW", "FP", "FN", title="Tracking")
    for boxes in our + others:
        for name, makers in trackers(boxes, is_ours=boxes in our):
            candidates = [
                {video.name: runs_of(video, boxes, name, maker, chosen.work) for video in videos} for maker in makers
            ]
            best = max(candidates, key=lambda runs: spread(of_means(runs), "hota")[0])
            if name == FILES:
                for video, runs in best.items():
                    table.add_row(boxes.name, name, video, *cells(runs))
            table.add_row(boxes.name, name, "mean", *cells(of_means(best)), end_section=name == FILES)
    console.print(table)


if __name__ == "__main__":
    main()
