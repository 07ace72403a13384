"""Which boxes of a sequence are compared: the rules of the benchmarks, applied before any metric.

These are the official rules, those of TrackEval's MOTChallenge data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import iou
from outrack.io.sequences import DISTRACTORS, PEDESTRIAN, Benchmark, LabelledSequence, SequenceResults, rows_by_frame
from outrack.linear_assignment import linear_sum_assignment

__all__ = ["Comparison", "compare_officially", "comparison_of", "pairs_by_frame"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NON_MOT_VEHICLE = 6
"""Also a distractor, in MOT20 only."""
MIN_IOU = 0.5
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The boxes of a sequence that count, frame by frame.

    Attributes:
        truth_rows: rows of the `LabelledSequence` that count in each frame.
        result_rows: rows of the `SequenceResults` that count in each frame.
        truth_ids: their identities, renumbered from 0 without gaps.
        result_ids: the same for the results.
        similarity: IoU of every pair in each frame, (G, R).
        num_truth_ids, num_result_ids: number of identities.
    """

    truth_rows: list[Ints]
    result_rows: list[Ints]
    truth_ids: list[Ints]
    result_ids: list[Ints]
    similarity: list[Floats]
    num_truth_ids: int
    num_result_ids: int

    def for_trackeval(self) -> dict[str, Any]:
        """The data in the form that TrackEval's metric classes expect."""
        return {
            "gt_ids": self.truth_ids,
            "tracker_ids": self.result_ids,
            "similarity_scores": self.similarity,
            "num_gt_ids": self.num_truth_ids,
            "num_tracker_ids": self.num_result_ids,
            "num_gt_dets": sum(map(len, self.truth_ids)),
            "num_tracker_dets": sum(map(len, self.result_ids)),
            "num_timesteps": len(self.truth_ids),
        }


def compare_officially(
    truth: LabelledSequence, results: SequenceResults, frames: range, *, benchmark: Benchmark
) -> Comparison:
    """TrackEval's rules, for the given frames (1-based).

    In MOT16, MOT17 and MOT20 the results of a frame are assigned to all boxes of the ground truth, of every class, at
    IoU >= 0.5; results on a distractor are removed. Then only pedestrians whose flag is set are kept. MOT15 and plain
    ground truth have no classes: boxes whose flag is set are kept.
    """
    distractors = (*DISTRACTORS, NON_MOT_VEHICLE) if benchmark == "mot20" else DISTRACTORS
    is_distractor = np.isin(truth.classes, distractors)
    counted = truth.counted & (truth.classes == PEDESTRIAN)
    truth_rows, result_rows, similarity = [], [], []
    for of_truth, of_results in pairs_by_frame(truth, results, frames):
        overlap = iou(truth.xyxy[of_truth], results.xyxy[of_results])
        on_truth, on_results = _assign(overlap)
        kept = np.ones(len(of_results), bool)
        kept[on_results[is_distractor[of_truth[on_truth]]]] = False
        wanted = counted[of_truth]
        truth_rows.append(of_truth[wanted])
        result_rows.append(of_results[kept])
        similarity.append(overlap[wanted][:, kept])
    return comparison_of(truth, results, truth_rows, result_rows, similarity)


def pairs_by_frame(truth: LabelledSequence, results: SequenceResults, frames: range) -> list[tuple[Ints, Ints]]:
    """Rows of the ground truth and of the results of each frame."""
    return list(zip(rows_by_frame(truth.frames, frames), rows_by_frame(results.frames, frames), strict=True))


def _assign(overlap: Floats) -> tuple[Ints, Ints]:
    """Rows and columns of the assignment with the largest sum of IoU, without pairs below `MIN_IOU`."""
    enough = np.where(overlap < MIN_IOU - EPSILON, 0.0, overlap)
    rows, columns = linear_sum_assignment(enough, maximize=True)
    matched = enough[rows, columns] > EPSILON
    return rows[matched], columns[matched]


def comparison_of(
    truth: LabelledSequence,
    results: SequenceResults,
    truth_rows: list[Ints],
    result_rows: list[Ints],
    similarity: list[Floats],
) -> Comparison:
    """The chosen rows of each frame with their IoU, identities renumbered."""
    truth_ids, num_truth_ids = _renumbered(truth.ids, truth_rows)
    result_ids, num_result_ids = _renumbered(results.ids, result_rows)
    return Comparison(truth_rows, result_rows, truth_ids, result_ids, similarity, num_truth_ids, num_result_ids)


def _renumbered(ids: Ints, rows: list[Ints]) -> tuple[list[Ints], int]:
    """The identities of each frame's rows, renumbered in their order from 0, and how many there are."""
    used = np.unique(ids[np.concatenate([np.empty(0, np.int64), *rows])])
    return [np.searchsorted(used, ids[of_frame]) for of_frame in rows], len(used)
