"""Levels add up to the official scores; small cases are counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outrack.evaluation import LabelledSequence, SequenceResults, evaluate_sequences
from outrack.evaluation.folders import read_ground_truth_folder, read_results
from outrack.evaluation.visibility import VisibilityScores, score_by_visibility
from outrack.structures import TrackState

Pairs = list[tuple[LabelledSequence, SequenceResults]]


def check_sums(levels: VisibilityScores, pairs: Pairs) -> None:
    whole = evaluate_sequences(pairs).combined
    found = sum(level.recall * level.num_boxes / 100 for level in levels.levels)
    named = sum(level.id_recall * level.num_boxes / 100 for level in levels.levels)
    assert sum(level.num_boxes for level in levels.levels) == whole.num_boxes
    assert found == pytest.approx(whole.num_boxes - whole.fn)
    assert named == pytest.approx(whole.idr * whole.num_boxes / 100)
    assert sum(level.idsw for level in levels.levels) == whole.idsw


def test_levels_add_up_on_random_sequences(
    make_sequence: Callable[..., tuple[list[str], list[str]]],
    add_truth: Callable[..., Path],
    add_results: Callable[..., Path],
) -> None:
    for seed in range(8):
        truth, results = make_sequence(seed)
        ground_truth, folder = add_truth(f"MOT17-{seed}", truth, 25), add_results(f"MOT17-{seed}", results)
    truths = read_ground_truth_folder(ground_truth)
    found = read_results(folder, [truth.name for truth in truths])
    pairs = [(truth, found[truth.name]) for truth in truths]
    check_sums(score_by_visibility(pairs), pairs)


def test_levels_add_up_on_real_sequences(shared: Path) -> None:
    truths = read_ground_truth_folder(shared / "data" / "mot17", sequences=["MOT17-05-FRCNN"])
    results = read_results(shared / "data" / "mot17_results", ["MOT17-05-FRCNN"], strict=False)
    pairs = [(truths[0], results["MOT17-05-FRCNN"])]
    levels = score_by_visibility(pairs)
    check_sums(levels, pairs)
    assert levels.levels[0].recall < levels.levels[-1].recall


def one_person(visibility: list[float], tracks: list[int], states: list[int] | None = None) -> VisibilityScores:
    """Scores of one standing person, seen so much in each frame, under tracks of these ids (0 is no box)."""
    frames = np.arange(1, len(visibility) + 1)
    boxes = np.tile([0.0, 0, 20, 40], (len(frames), 1))
    ones = np.ones(len(frames), np.int64)
    truth = LabelledSequence("MOT17-02", len(frames), frames, ones, boxes, ones == 1, ones, np.array(visibility))
    has_box = np.array(tracks) > 0
    results = SequenceResults(frames[has_box], np.array(tracks)[has_box], boxes[has_box])
    if states is not None:
        results = replace(results, states=np.array(states))
    return score_by_visibility([(truth, results)])


def test_recall_counts_at_the_level_of_the_box() -> None:
    levels = one_person([1.0, 0.7, 0.69, 0.1, 0.0], [1, 1, 1, 0, 0]).levels
    assert [level.num_boxes for level in levels] == [1, 1, 0, 1, 2]
    assert [level.recall for level in levels] == [0, 0, 0, 100, 100]


def test_a_switch_counts_where_the_person_was_hidden() -> None:
    scores = one_person([1.0, 0.4, 0.05, 0.4, 1.0], [1, 1, 0, 0, 2])
    assert [level.idsw for level in scores.levels] == [1, 0, 0, 0, 0]
    scores = one_person([1.0, 0.4, 0.4, 1.0], [1, 1, 2, 2])
    assert [level.idsw for level in scores.levels] == [0, 0, 1, 0, 0]


def test_identity_recall_counts_one_track_a_person() -> None:
    levels = one_person([1.0, 1.0, 1.0, 0.0], [1, 1, 2, 2]).levels
    assert levels[-1].id_recall == pytest.approx(200 / 3) and levels[0].recall == 100 and levels[0].id_recall == 0


def test_states_say_how_many_refound_boxes_were_right() -> None:
    refound, detected = TrackState.REFOUND.value, TrackState.DETECTED.value
    scores = one_person([1.0, 1.0, 0.2, 0.2], [1, 1, 1, 2], [detected, detected, refound, refound])
    by_state = {state.state: state for state in scores.states}
    assert by_state.keys() == {TrackState.DETECTED, TrackState.REFOUND}
    assert by_state[TrackState.REFOUND].num_boxes == 2
    assert (by_state[TrackState.REFOUND].right, by_state[TrackState.REFOUND].right_identity) == (100, 50)
    assert one_person([1.0], [1]).states == ()


def test_ground_truth_without_visibility_is_refused() -> None:
    none, boxes = np.empty(0, np.int64), np.empty((0, 4))
    truth = LabelledSequence("mine", 5, none, none, boxes, none == 1, none)
    with pytest.raises(ValueError, match="mine: the ground truth has no visibility column"):
        score_by_visibility([(truth, SequenceResults(none, none, boxes))], benchmark="plain")
