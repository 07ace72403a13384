"""Boxes that each refinding rule recovers and invents.

    python benchmarks/bench_refinding.py --data ../shared/data

A refound box is recovered if it covers (IoU 0.5) the person that IDF1 assigns to its track, and invented if it covers
no person; the others cover another person. In both parts, only the refinding rule differs from row to row:

- Five real MOT17 sequences with their public boxes (`mot17/SEQ/` in the data folder; omitted without it). They have no
  predicted occlusion points, so "paper", "combined" and "official" are omitted: they would fall back on "geometric".
- Composed crowds (`outrack.synth.BENCHMARKS`). The detections are simulated from the exact ground truth: people who are
  less visible than a threshold are missed, boxes get noise, and there are no false positives. The occlusion points are
  the true ones (paper Eq. 9), with the same noise, so these three rules show their best case.

There is no appearance: association uses motion and overlap, and "gsm" only relations.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.bench_motion_only import DATA, read_sequences
from outrack.annotation import Annotation
from outrack.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from outrack.evaluation import LabelledSequence, Scores, SequenceResults, evaluate_sequences
from outrack.evaluation.visibility import VisibilityScores, score_by_visibility
from outrack.io.sequences import Benchmark
from outrack.structures import Detections, TrackState
from outrack.synth import BENCHMARKS, ComposedVideo, benchmark_videos, occlusion_points
from outrack.tracking import RefindPolicy, Tracker, TrackerConfig

WITHOUT_POINTS: tuple[RefindPolicy, ...] = ("off", "geometric", "gsm")
HIDDEN_BELOW = 0.3
"""Recall is given for people less visible than this."""
TRACKERS: dict[str, Callable[..., TrackerConfig]] = {
    "default": TrackerConfig,
    "fairmot": TrackerConfig.fairmot,
}


@dataclass(frozen=True)
class Scene:
    """One sequence: what is detected in it, and the truth."""

    truth: LabelledSequence
    frame_rate: float
    detections: list[Detections]


@dataclass(frozen=True)
class Row:
    """Scores of one rule on all scenes of a part."""

    policy: RefindPolicy
    scores: Scores
    by_visibility: VisibilityScores
    milliseconds: float


def real_scenes(data: Path) -> list[Scene]:
    return [Scene(sequence.truth, sequence.frame_rate, sequence.detections) for sequence in read_sequences(data)]


def composed_scene(video: ComposedVideo, *, min_visibility: float, noise: float, seed: int) -> Scene:
    """People who are visible enough are detected; the points are those of all the truth."""
    rng = np.random.default_rng(seed)
    annotations = [image.annotation for image in video]
    frames = np.repeat(np.arange(1, len(annotations) + 1), [len(annotation) for annotation in annotations])
    visibility = np.concatenate([annotation.visibility for annotation in annotations])
    truth = LabelledSequence(
        name=video.name,
        num_frames=len(annotations),
        frames=frames,
        ids=np.concatenate([annotation.ids for annotation in annotations]),
        xyxy=np.concatenate([annotation.xyxy for annotation in annotations]),
        counted=np.ones(len(frames), np.bool_),
        classes=np.ones(len(frames), np.int64),
        visibility=visibility,
    )
    detections = [detected(annotation, rng, min_visibility=min_visibility, noise=noise) for annotation in annotations]
    return Scene(truth, video.frame_rate, detections)


def detected(annotation: Annotation, rng: np.random.Generator, *, min_visibility: float, noise: float) -> Detections:
    """Noise is in shares of the box; for points, of the frame's mean box."""
    seen = annotation.visibility >= min_visibility
    boxes = xyxy_to_cxcywh(annotation.xyxy)
    noisy = boxes + rng.normal(0, noise, boxes.shape) * boxes[:, [2, 3, 2, 3]]
    points = occlusion_points(annotation)
    if len(points):
        points = points + rng.normal(0, noise, points.shape) * boxes[:, 2:].mean(axis=0)
    return Detections(
        cxcywh_to_xyxy(noisy[seen]),
        0.5 + 0.5 * annotation.visibility[seen],
        occlusions=np.column_stack([points, np.ones(len(points))]),
    )


def measure(scenes: Iterable[Scene], config: TrackerConfig, *, benchmark: Benchmark) -> Row:
    pairs, seconds, num_frames = [], 0.0, 0
    for scene in scenes:
        tracker = Tracker(dataclasses.replace(config, frame_rate=scene.frame_rate))
        start = time.perf_counter()
        tracks = [
            tracker.update(detections, timestamp=frame / scene.frame_rate)
            for frame, detections in enumerate(scene.detections)
        ]
        seconds += time.perf_counter() - start
        num_frames += len(tracks)
        pairs.append((scene.truth, SequenceResults.from_tracks(tracks)))
    return Row(
        config.refind,
        evaluate_sequences(pairs, benchmark=benchmark).combined,
        score_by_visibility(pairs, benchmark=benchmark),
        1000 * seconds / num_frames,
    )


def table_of(title: str, rows: list[Row]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("refind", no_wrap=True)
    columns = ("refound", "recovered", "on another", "invented", "FN", "FP", "IDSW", "MOTA", "IDF1", "HOTA")
    for name in (*columns, f"recall <{HIDDEN_BELOW:g}", "ms/frame"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        refound, recovered, on_another, invented = counts(row.by_visibility)
        scores = row.scores
        table.add_row(
            row.policy,
            *map(str, (refound, recovered, on_another, invented, scores.fn, scores.fp, scores.idsw)),
            *(f"{value:.2f}" for value in (scores.mota, scores.idf1, scores.hota)),
            f"{hidden_recall(row.by_visibility):.1f}",
            f"{row.milliseconds:.2f}",
        )
    return table


def counts(scores: VisibilityScores) -> tuple[int, int, int, int]:
    """Refound boxes: all, recovered, on another person, invented."""
    for state in scores.states:
        if state.state == TrackState.REFOUND:
            recovered = round(state.num_boxes * state.right_identity / 100)
            on_no_person = round(state.num_boxes * (100 - state.right) / 100)
            # A box on its own person counts as recovered, also where another box of the frame is matched with that one.
            invented = min(on_no_person, state.num_boxes - recovered)
            return state.num_boxes, recovered, state.num_boxes - recovered - invented, invented
    return 0, 0, 0, 0


def hidden_recall(scores: VisibilityScores) -> float:
    levels = [level for level in scores.levels if level.high <= HIDDEN_BELOW]
    return sum(level.recall * level.num_boxes for level in levels) / max(sum(level.num_boxes for level in levels), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mot17")
    drawn = [name for name, benchmark in BENCHMARKS.items() if not benchmark.needs_folders]
    parser.add_argument("--crowds", choices=drawn, default="drawn-test", help="which composed crowds")
    parser.add_argument(
        "--min-visibility", type=float, default=0.3, help="people with a lower visibility are not detected"
    )
    parser.add_argument("--noise", type=float, default=0.03, help="standard deviation of boxes and points, in shares")
    parser.add_argument("--tracker", choices=TRACKERS, default="default", help="settings of the tracker")
    chosen = parser.parse_args()
    make = TRACKERS[chosen.tracker]
    tables = []
    if (chosen.data / "mot17").is_dir():
        real = real_scenes(chosen.data)
        rows = [measure(real, make(refind=policy), benchmark="mot17") for policy in WITHOUT_POINTS]
        tables.append(table_of("MOT17, public FRCNN boxes, five sequences", rows))
    else:
        print(f"{chosen.data}/mot17: no such folder, so the part with real boxes is left out; give one with --data")
    videos = benchmark_videos(chosen.crowds)
    crowds = [
        composed_scene(video, min_visibility=chosen.min_visibility, noise=chosen.noise, seed=k)
        for k, video in enumerate(videos)
    ]
    policies = sorted(get_args(RefindPolicy), key=["off", "geometric", "paper", "combined", "official", "gsm"].index)
    rows = [measure(crowds, make(refind=policy), benchmark="plain") for policy in policies]
    tables.append(
        table_of(
            f"Composed crowds {chosen.crowds}, no person below {chosen.min_visibility:g} visibility detected", rows
        )
    )
    for table in tables:
        Console(width=130).print(table)


if __name__ == "__main__":
    main()
