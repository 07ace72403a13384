"""Counts as FairMOT's own script does, on which the paper's FairMOT rows are based (notes#evaluation).

That script prepares the boxes itself and leaves the counting to py-motmetrics, whose CLEAR numbers differ from the
official code's in small ways. Both parts are reimplemented here; the Identity numbers of both agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import iou
from outrack.evaluation.comparison import Comparison, comparison_of, pairs_by_frame
from outrack.io.sequences import DISTRACTORS, PEDESTRIAN, LabelledSequence, SequenceResults
from outrack.linear_assignment import linear_sum_assignment

__all__ = ["FairmotClear", "compare_as_fairmot"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_DISTANCE = 0.5
"""Largest 1 - IoU of a match."""


def compare_as_fairmot(truth: LabelledSequence, results: SequenceResults, frames: range) -> Comparison:
    """The boxes that FairMOT's script counts, for the given frames (1-based) of a MOT16 or MOT17 sequence.

    Only frames with at least one result are visited, so people missed in a frame without any result are not counted.
    Results are assigned to the distractors alone, before pedestrians are considered.
    """
    is_distractor = np.isin(truth.classes, DISTRACTORS)
    counted = truth.counted & (truth.classes == PEDESTRIAN)
    truth_rows, result_rows, similarity = [], [], []
    for of_truth, of_results in pairs_by_frame(truth, results, frames):
        if len(of_results) == 0:
            continue
        distracting = of_truth[is_distractor[of_truth]]
        _, on_results = _assign(1 - iou(truth.xyxy[distracting], results.xyxy[of_results]))
        kept = np.delete(of_results, on_results)
        wanted = of_truth[counted[of_truth]]
        truth_rows.append(wanted)
        result_rows.append(kept)
        similarity.append(iou(truth.xyxy[wanted], results.xyxy[kept]))
    return comparison_of(truth, results, truth_rows, result_rows, similarity)


class FairmotClear:
    """CLEAR as py-motmetrics counts it, behind the interface of TrackEval's metrics.

    Differences from the official evaluation code: a person keeps the track last assigned to them, no matter how long
    ago; the others are assigned for as many matches as possible, then for the smallest distance; a person counts as
    mostly tracked from 80 % on, not only above; and an interruption is an unmatched frame of the person between two
    matched ones.

    Args:
        official: TrackEval's CLEAR, which turns counts into shares.
    """

    def __init__(self, official: Any) -> None:
        self._official = official

    def eval_sequence(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Counts and shares of one sequence, named as TrackEval's."""
        followed_by = np.full(data["num_gt_ids"], -1)  # the track last assigned to each person
        was_followed: list[list[bool]] = [[] for _ in range(data["num_gt_ids"])]
        num_matches, switches, overlap = 0, 0, 0.0
        frames = zip(data["gt_ids"], data["tracker_ids"], data["similarity_scores"], strict=True)
        for people, tracks, similarity in frames:
            rows, columns = _match(1 - similarity, followed_by[people], tracks)
            before = followed_by[people[rows]]
            switches += int(((before >= 0) & (before != tracks[columns])).sum())
            followed_by[people[rows]] = tracks[columns]
            num_matches += len(rows)
            overlap += float(similarity[rows, columns].sum())
            matched = np.zeros(len(people), bool)
            matched[rows] = True
            for person, followed in zip(people.tolist(), matched.tolist(), strict=True):
                was_followed[person].append(followed)
        shares = np.array([np.mean(frames) for frames in was_followed])
        counts = {
            "CLR_TP": num_matches,
            "CLR_FN": data["num_gt_dets"] - num_matches,
            "CLR_FP": data["num_tracker_dets"] - num_matches,
            "IDSW": switches,
            "MT": int((shares >= 0.8).sum()),
            "PT": int(((shares >= 0.2) & (shares < 0.8)).sum()),
            "ML": int((shares < 0.2).sum()),
            "Frag": sum(_interruptions(frames) for frames in was_followed),
            "MOTP_sum": overlap,
            "CLR_Frames": data["num_timesteps"],
        }
        return {**counts, **self.combine_sequences({"this": counts})}

    def combine_sequences(self, of_sequences: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Counts of all sequences summed, and the shares that follow."""
        combined: dict[str, Any] = self._official.combine_sequences(of_sequences)
        return combined


def _match(distances: Floats, followed_by: Ints, tracks: Ints) -> tuple[Ints, Ints]:
    """Rows and columns of the matches: first people with the track that they had last, then the best assignment."""
    kept_rows, kept_columns = np.nonzero((followed_by[:, None] == tracks[None, :]) & (distances <= MAX_DISTANCE))
    # One track may have been last assigned to two people: the first of them keeps it.
    kept_columns, first = np.unique(kept_columns, return_index=True)
    kept_rows = kept_rows[first]
    open_rows = np.setdiff1d(np.arange(len(followed_by)), kept_rows)
    open_columns = np.setdiff1d(np.arange(len(tracks)), kept_columns)
    rows, columns = _assign(distances[np.ix_(open_rows, open_columns)])
    return np.concatenate([kept_rows, open_rows[rows]]), np.concatenate([kept_columns, open_columns[columns]])


def _assign(distances: Floats) -> tuple[Ints, Ints]:
    """The assignment with the most pairs within `MAX_DISTANCE`, and among those the smallest sum."""
    allowed = distances <= MAX_DISTANCE
    rows, columns = linear_sum_assignment(np.where(allowed, distances, 4.0 * (min(distances.shape) + 1)))
    matched = allowed[rows, columns]
    return rows[matched], columns[matched]


def _interruptions(followed: list[bool]) -> int:
    """How often a person was lost between the first and the last frame in which it was tracked."""
    times = np.flatnonzero(followed)
    return int((np.diff(times) > 1).sum())
