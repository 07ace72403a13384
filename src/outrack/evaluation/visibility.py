"""Effect of occlusion handling: recall and identity switches by visibility.

The ground truth of MOT16, MOT17 and MOT20 gives the visible share of every box. The official scores do not distinguish
a person in plain view from a hidden one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outrack.evaluation.comparison import MIN_IOU, Comparison
from outrack.evaluation.matching import clear_matches, identity_of_tracks
from outrack.evaluation.mot import compare
from outrack.io.sequences import Benchmark, LabelledSequence, SequenceResults
from outrack.structures import TrackState

__all__ = ["LEVELS", "StateScores", "VisibilityLevel", "VisibilityScores", "score_by_visibility"]

LEVELS = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0)
"""Borders of the levels; the lower border belongs to a level, and 1 to the last."""


@dataclass(frozen=True, slots=True)
class VisibilityLevel:
    """The people whose visible share is in `low`..`high`.

    Attributes:
        low, high: borders of the level.
        num_boxes: boxes of the ground truth.
        recall: per cent of them that have a box at IoU 0.5; 0 when there are none.
        id_recall: per cent of them that have a box of the track that IDF1 assigns to this person.
        idsw: identity switches. A switch becomes visible when a person is tracked again, mostly in plain view; it
            counts at the person's lowest visibility since they were last tracked, where it happened.
    """

    low: float
    high: float
    num_boxes: int
    recall: float
    id_recall: float
    idsw: int


@dataclass(frozen=True, slots=True)
class StateScores:
    """The boxes that a tracker reported in one state.

    Attributes:
        state: why the boxes were reported.
        num_boxes: how many there are.
        right: per cent of them that lie on a person (IoU 0.5, each person once).
        right_identity: per cent of them that lie on the person that IDF1 assigns to their track.
    """

    state: TrackState
    num_boxes: int
    right: float
    right_identity: float


@dataclass(frozen=True, slots=True)
class VisibilityScores:
    """Scores by visibility, and by state if the results contain it (`.jsonl` and `.csv` do; otherwise empty)."""

    levels: tuple[VisibilityLevel, ...]
    states: tuple[StateScores, ...]


def score_by_visibility(
    pairs: Iterable[tuple[LabelledSequence, SequenceResults]], *, benchmark: Benchmark = "mot17", half: str = "full"
) -> VisibilityScores:
    """Scores of all sequences together, by the official rules; see `outrack.evaluation.evaluate` for the arguments.

    Summed over all levels, the boxes, misses and switches equal those of CLEAR.

    Raises:
        ValueError: the ground truth has no visibility, or a result lies beyond the end of its sequence.
    """
    num_levels = len(LEVELS) - 1
    boxes, found, named, switches = (np.zeros(num_levels, np.int64) for _ in range(4))
    by_state = np.zeros((len(TrackState), 3), np.int64)  # boxes, right, right identity
    for truth, results in pairs:
        if truth.visibility is None:
            raise ValueError(
                f"{truth.name}: the ground truth has no visibility column (the ninth, in 0..1), "
                "so there are no scores by visibility"
            )
        results.check_length(truth)
        results = results.on_labelled_frames(truth)  # before rows are counted
        comparison = compare(truth, results, benchmark=benchmark, half=half, protocol="trackeval")
        events = _Events.of(comparison, truth.visibility)
        boxes += _count(events.visibility)
        found += _count(events.visibility[events.is_found])
        named += _count(events.visibility[events.is_named])
        switches += _count(events.switched_at)
        if results.states is not None:
            states = results.states[events.result_rows]
            for column, chosen in enumerate((states >= 0, events.is_right, events.is_right_identity)):
                by_state[:, column] += np.bincount(states[chosen], minlength=len(TrackState))
    return VisibilityScores(
        levels=tuple(
            VisibilityLevel(
                low=LEVELS[level],
                high=LEVELS[level + 1],
                num_boxes=int(boxes[level]),
                recall=_percent(found[level], boxes[level]),
                id_recall=_percent(named[level], boxes[level]),
                idsw=int(switches[level]),
            )
            for level in range(num_levels)
        ),
        states=tuple(
            StateScores(state, int(total), _percent(right, total), _percent(right_identity, total))
            for state, (total, right, right_identity) in zip(TrackState, by_state, strict=True)
            if total
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Events:
    """What happened to the boxes of one sequence, all frames concatenated.

    Attributes:
        visibility: visibility of each counted box of the ground truth, float64 (G,).
        is_found, is_named: it has a box; it has one of the right identity, bool (G,).
        switched_at: lowest visibility before each switch, float64 (S,).
        result_rows: rows of the counted results, int64 (R,).
        is_right, is_right_identity: the result lies on a person; on the person of its track, bool (R,).
    """

    visibility: NDArray[np.float64]
    is_found: NDArray[np.bool_]
    is_named: NDArray[np.bool_]
    switched_at: NDArray[np.float64]
    result_rows: NDArray[np.int64]
    is_right: NDArray[np.bool_]
    is_right_identity: NDArray[np.bool_]

    @classmethod
    def of(cls, comparison: Comparison, visibility: NDArray[np.float64]) -> _Events:
        identity = identity_of_tracks(comparison)
        matches = clear_matches(comparison)
        followed_by = np.full(comparison.num_truth_ids, -1)
        lowest = np.full(comparison.num_truth_ids, np.inf)  # visibility since each person was last tracked
        found, named, right, right_identity, switched_at = [], [], [], [], []
        for frame, (rows, columns) in enumerate(matches):
            people, tracks = comparison.truth_ids[frame], comparison.result_ids[frame]
            on_own_person = (identity[tracks][None, :] == people[:, None]) & (comparison.similarity[frame] >= MIN_IOU)
            found.append(np.isin(np.arange(len(people)), rows))
            named.append(on_own_person.any(axis=1))
            right.append(np.isin(np.arange(len(tracks)), columns))
            right_identity.append(on_own_person.any(axis=0))
            lowest[people] = np.minimum(lowest[people], visibility[comparison.truth_rows[frame]])
            followed, by = people[rows], tracks[columns]
            switched = (followed_by[followed] >= 0) & (followed_by[followed] != by)
            switched_at.append(lowest[followed[switched]])
            followed_by[followed] = by
            # The next gap starts with the present visibility.
            lowest[followed] = visibility[comparison.truth_rows[frame][rows]]
        none = np.empty(0, bool)
        return cls(
            visibility=visibility[np.concatenate([np.empty(0, np.int64), *comparison.truth_rows])],
            is_found=np.concatenate([none, *found]),
            is_named=np.concatenate([none, *named]),
            switched_at=np.concatenate([np.empty(0), *switched_at]),
            result_rows=np.concatenate([np.empty(0, np.int64), *comparison.result_rows]),
            is_right=np.concatenate([none, *right]),
            is_right_identity=np.concatenate([none, *right_identity]),
        )


def _count(visibility: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of boxes in each level."""
    return np.bincount(np.searchsorted(LEVELS[1:-1], visibility, side="right"), minlength=len(LEVELS) - 1)


def _percent(part: int, total: int) -> float:
    return 100 * float(part) / max(int(total), 1)
