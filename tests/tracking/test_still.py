"""Static objects that never score high, by hand: 10 frames a second, boxes 20 x 50."""

from __future__ import annotations

import numpy as np
import pytest

from outrack import Detections, Tracker
from outrack.tracking import StillSettings

FRAME_RATE = 10


def follow(x: np.ndarray, scores: np.ndarray, settings: StillSettings) -> list[int]:
    """The id shown in each frame for one object at `x`, 0 where none is."""
    tracker = Tracker(frame_rate=FRAME_RATE, still=settings)
    shown = []
    for left, score in zip(x, scores, strict=True):
        tracks = tracker.update(Detections(np.array([[left, 100, left + 20, 150]]), np.array([score])))
        shown.append(int(tracks.ids[0]) if len(tracks) else 0)
    return shown


RULE = StillSettings(sure_score=0.7, after_s=2.0, within=0.25)


def test_what_stands_and_never_scores_high_is_shown_for_so_long_and_no_longer() -> None:
    shown = follow(np.full(50, 30.0), np.full(50, 0.6), RULE)
    assert shown == [1] * 20 + [0] * 30  # frame 20 is 2 s after frame 0


def test_one_high_score_makes_it_a_person_for_good() -> None:
    scores = np.full(60, 0.6)
    scores[40] = 0.75
    assert follow(np.full(60, 30.0), scores, RULE) == [1] * 20 + [0] * 20 + [1] * 20


def test_who_moves_away_is_shown_again_with_the_same_id() -> None:
    x = np.concatenate([np.full(40, 30.0), 30 + 2.0 * np.arange(1, 21)])
    shown = follow(x, np.full(60, 0.6), RULE)
    assert shown[20:40] == [0] * 20
    assert shown[47:] == [1] * 13  # 14 pixels away: more than 0.25 of 50


def test_a_box_that_trembles_stands_and_one_that_walks_does_not() -> None:
    rng = np.random.default_rng(3)
    assert follow(30 + rng.uniform(-5, 5, 60), np.full(60, 0.6), RULE)[30:] == [0] * 30
    assert 0 not in follow(30 + 1.0 * np.arange(60), np.full(60, 0.6), RULE)


def test_the_rule_is_off_unless_requested() -> None:
    assert 0 not in follow(np.full(200, 30.0), np.full(200, 0.5), StillSettings())


def test_a_setting_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="after_s"):
        StillSettings(after_s=-1.0)
