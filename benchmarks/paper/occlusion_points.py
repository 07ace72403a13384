"""Accuracy of predicted occlusion points on real video, by the visibility of the hidden person.

    python benchmarks/paper/occlusion_points.py ROOT STUDY

ROOT is the data of `outrack reproduce --budget real`, STUDY its folder of results (`runs/reproduce/real`) after
`table5/utrack-occe`: the points are those that the row stored, and no network is run. A true point is the centre of an
overlap of more than 0.7 of the smaller box (paper Eq. 9) in the ground truth of all people; a predicted one is correct
within a quarter of the overlap's width and height. Visibility is known for MOT17 only.

* chance: recall of the same number of random points inside the detected boxes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from outrack.annotation import Annotation
from outrack.boxes import occlusion_pairs
from outrack.datasets import AMODAL
from outrack.datasets.mot import read_sequence
from outrack.detectors.cached import cached_detections
from outrack.evaluation.detection import match_points, occlusion_scores
from outrack.evaluation.visibility import LEVELS
from outrack.experiments import RealBudget, choose
from outrack.experiments.results import FIRST_SEED
from outrack.experiments.store import Store
from outrack.structures import Detections

SCORES = (0.2, 0.3, 0.4, 0.5)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """One frame: predicted points `x, y, score` (K, 3), points at random, and the true people."""

    points: Floats
    random: Floats
    people: Annotation


def seen_in(study: Path, root: Path, row: str) -> dict[str, list[Seen]]:
    """The frames of each test sequence."""
    (table,) = choose([row])
    recipe = table.rows[0].recipe
    assert recipe is not None
    plan = RealBudget(root).plan(recipe, seed=FIRST_SEED)
    kept, rng = Store(study).detections(plan), np.random.default_rng(0)
    found = {}
    for name in plan.test.sequences:
        images = read_sequence(plan.test.folder / name, rule=AMODAL, half=plan.test.half)
        frames = cached_detections(kept / f"{name}.npz", not_run)
        found[name] = [
            Seen(points_of(frame), at_random(frame, rng), image.annotation)
            for frame, image in zip(frames, images, strict=True)
        ]
    return found


def not_run() -> Sequence[Detections]:
    raise SystemExit("the row was not run with this data and these recipes: run it with outrack reproduce first")


def points_of(frame: Detections) -> Floats:
    assert frame.occlusions is not None  # the row has the heads
    return frame.occlusions


def at_random(frame: Detections, rng: np.random.Generator) -> Floats:
    """As many points as were predicted, with their scores, anywhere in the detected boxes."""
    points = points_of(frame).copy()
    if not len(frame):
        return points[:0]
    boxes = frame.xyxy[rng.integers(len(frame), size=len(points))]
    points[:, :2] = boxes[:, :2] + rng.random((len(points), 2)) * (boxes[:, 2:] - boxes[:, :2])
    return points


def recall_by_level(frames: Sequence[Seen], min_score: float) -> list[tuple[int, float]]:
    """Of the occlusions by the visibility of the person who is seen less: how many, and recall in per cent."""
    total, found = np.zeros((2, len(LEVELS) - 1))
    for seen in frames:
        people = seen.people[~seen.people.ignore]
        assert people.visibility is not None
        pairs, overlaps = occlusion_pairs(people.xyxy, 0.7)
        least = people.visibility[pairs].min(axis=1) if len(pairs) else np.empty(0)
        level = np.searchsorted(LEVELS[1:-1], least, side="right")
        points = seen.points[seen.points[:, 2] >= min_score, :2]
        for number in np.unique(level):
            asked = overlaps[level == number]
            total[number] += len(asked)
            found[number] += len(match_points(points, asked))
    return [(int(whole), 100 * part / max(whole, 1)) for whole, part in zip(total, found, strict=True)]


def main(root: Path, study: Path, row: str) -> None:
    """See the head of this file."""
    sequences = seen_in(study, root, row)
    shown = Table("sequence", "from score", "true", "predicted", "precision", "recall", "marked", "chance", title=row)
    everything = [one for of_sequence in sequences.values() for one in of_sequence]
    for name, frames in {**sequences, "all": everything}.items():
        for score in SCORES:
            right = occlusion_scores([(seen.points, seen.people) for seen in frames], min_score=score)
            chance = occlusion_scores([(seen.random, seen.people) for seen in frames], min_score=score)
            shares = (right.precision, right.recall, right.marked, chance.recall)
            shown.add_row(
                name, f"{score}", f"{right.num_true}", f"{right.num_predicted}", *(f"{share:.1f}" for share in shares)
            )
    levels = Table("sequence", "from score", *(f"visible {a}-{b}" for a, b in pairwise(LEVELS)))
    for name in (name for name in sequences if name.startswith("MOT17")):
        for score in SCORES:
            cells = (f"{share:.1f} of {total}" for total, share in recall_by_level(sequences[name], score))
            levels.add_row(name, f"{score}", *cells)
    console = Console(width=120)
    console.print(shown)
    console.print("Recall by the visibility of the person who is seen less:", levels)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("study", type=Path)
    parser.add_argument("--row", default="table5/utrack-occe", help="TABLE/ROW with occlusion heads")
    given = parser.parse_args()
    main(given.root, given.study, given.row)
