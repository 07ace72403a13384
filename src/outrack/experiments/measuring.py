"""From a trained network to scores: export it, track the test sequences, rank the embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.datasets import LabelledImage
from outrack.datasets.halves import frames_of_half
from outrack.datasets.mot import read_sequence
from outrack.detectors import Detector
from outrack.detectors.cached import Replay, cached_detections
from outrack.detectors.open_network import detector_of, open_network
from outrack.evaluation.extractors import open_appearance
from outrack.evaluation.folders import read_ground_truth_folder
from outrack.evaluation.mot import evaluate_sequences
from outrack.evaluation.reid import embed_boxes, tracklet_scores
from outrack.evaluation.track_sequence import WithoutAppearance, track_sequence
from outrack.evaluation.visibility import VisibilityScores, score_by_visibility
from outrack.experiments.plan import Plan, TestSet
from outrack.experiments.tables.definition import Measure
from outrack.io.motchallenge import SequenceInfo
from outrack.io.sequences import LabelledSequence, SequenceResults
from outrack.structures import Detections
from outrack.tracking import Tracker
from outrack.video.sequence import SequenceFolder, SequenceFrames

__all__ = ["EmbeddingScores", "hidden_recall", "mean_likeness", "measure_embeddings", "measure_tracks"]

COLLAPSED = 0.98
"""Mean cosine between different people above which embeddings are useless: all point in the same direction."""


@dataclass(frozen=True, slots=True)
class EmbeddingScores:
    """How well embeddings distinguish people.

    Attributes:
        r1, mean_ap: in per cent, by the paper's protocol (Tables 7 and 8).
        likeness: mean cosine between boxes of different people.
    """

    r1: float
    mean_ap: float
    likeness: float

    @property
    def collapsed(self) -> bool:
        """Whether all embeddings point in the same direction, so nothing was learned."""
        return self.likeness > COLLAPSED


def measure_tracks(weights: Path, size: tuple[int, int], plan: Plan, kept: Path) -> dict[Measure, float]:
    """Track the test sequences and score the tracks.

    Args:
        weights: weights file of the network; an exported file would give the same boxes.
        size: width and height of the network's input.
        plan: tracker and test set.
        kept: folder in which detections are kept, for other trackers with the same network.

    Raises:
        FileNotFoundError, ValueError: a sequence is missing or damaged.
    """
    test = plan.test
    truths = read_ground_truth_folder(test.folder, benchmark=test.benchmark, sequences=test.sequences)
    detector = detector_of(open_network(weights), min_score=plan.tracker.low_score, image_size=size)
    pairs = [(truth, _track(detector, plan, truth, kept / f"{truth.name}.npz")) for truth in truths]
    scores = evaluate_sequences(pairs, benchmark=test.benchmark, half=test.half, protocol=test.counting).combined
    visibility = score_by_visibility(pairs, benchmark=test.benchmark, half=test.half)
    return {
        "mota": scores.mota,
        "idf1": scores.idf1,
        "mt": scores.mt,
        "ml": scores.ml,
        "fp": scores.fp,
        "fn": scores.fn,
        "recall": scores.recall,
        "idsw": scores.idsw,
        "frag": scores.frag,
        "hidden_recall": hidden_recall(visibility),
    }


def _track(detector: Detector, plan: Plan, truth: LabelledSequence, kept: Path) -> SequenceResults:
    """The tracks of one sequence; tracking starts at the first frame of the half (notes#halves)."""
    folder = plan.test.folder / truth.name
    info = SequenceInfo.read(folder / "seqinfo.ini")
    wanted = frames_of_half(plan.test.half, truth.name, info.num_frames)
    found = cached_detections(kept, lambda: _detect(detector, folder, wanted))
    if len(found) != len(wanted):
        raise ValueError(f"{kept}: expected detections of {len(wanted)} frames, got {len(found)}; delete the file")
    replay = Replay(found, first=wanted.start - 1)
    with SequenceFrames(info) as frames:
        results = track_sequence(
            (frame for frame in frames if frame.index + 1 in wanted),
            replay if plan.uses_embeddings else WithoutAppearance(replay),
            Tracker(plan.tracker, frame_rate=frames.frame_rate),
        )
    return replace(results, frames=results.frames + wanted.start - 1)


def _detect(detector: Detector, folder: Path, wanted: range) -> list[Detections]:
    """The detections of the wanted frames (1-based) of a sequence."""
    detector.reset()
    with SequenceFolder(folder) as video:
        found = [detector(frame) for frame in video if frame.index + 1 in wanted]
    if len(found) != len(wanted):
        raise ValueError(
            f"{folder}: expected pictures of {len(wanted)} frames from {wanted.start} on, got {len(found)}"
        )
    return found


def hidden_recall(scores: VisibilityScores) -> float:
    """Percentage of people with a visibility below 0.3 who have a box."""
    hidden = [level for level in scores.levels if level.high <= 0.3]
    boxes = sum(level.num_boxes for level in hidden)
    return sum(level.recall * level.num_boxes for level in hidden) / max(boxes, 1)


def measure_embeddings(weights: Path, size: tuple[int, int], test: TestSet) -> EmbeddingScores:
    """Rank the embeddings at the labelled boxes.

    Args:
        weights: weights file of the network.
        size: width and height of the network's input.
        test: the test set.

    Raises:
        FileNotFoundError, ValueError: a sequence is missing or damaged.
    """
    boxes = embed_boxes(_images(test), open_appearance(weights, image_size=size))
    scores = tracklet_scores(boxes.embeddings, boxes.ids, boxes.order)
    return EmbeddingScores(scores.r1, scores.mean_ap, mean_likeness(boxes.embeddings, boxes.ids))


def _images(test: TestSet) -> Iterator[LabelledImage]:
    for name in test.sequences:
        for image in read_sequence(test.folder / name, half=test.reid_half)[:: test.reid_stride]:
            yield image.read()


def mean_likeness(embeddings: NDArray[np.float32], ids: NDArray[np.int64]) -> float:
    """Mean cosine between boxes of different people, computed from sums without the matrix of all pairs."""
    length = np.linalg.norm(embeddings, axis=1, keepdims=True)
    unit = (embeddings / np.where(length > 0, length, 1)).astype(np.float64)
    people, rows = np.unique(ids, return_inverse=True)
    if len(people) < 2:
        return 0.0
    sums = np.zeros((len(people), unit.shape[1]))
    np.add.at(sums, rows, unit)
    counts = np.bincount(rows)
    pairs = len(ids) ** 2 - (counts**2).sum()
    return float(((sums.sum(0) ** 2).sum() - (sums**2).sum()) / pairs)
