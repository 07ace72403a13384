"""A person walks behind a standing one, stops there unseen for ten frames, and comes back: a scene for every case of
Eq. 16. The motion model expects no stop, so that its prediction alone is wrong by half a body."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from outrack.boxes import iou
from outrack.structures import Detections, Tracks, TrackState
from outrack.tracking import Tracker, TrackerConfig
from tests.tracking.scenes import box

HIDDEN = range(20, 30)
LENGTH = 45


class Scene(NamedTuple):
    """The occluder's box, and the walker's: where he stops, and the way he comes in pixels a frame."""

    occluder: list[float]
    stop: list[float]
    step: tuple[float, float]

    def walker(self, t: int) -> np.ndarray:
        """Box of the walker: he stops when he is hidden and goes on when he is seen again."""
        frames = min(t - HIDDEN.start + 1, 0) + max(t - HIDDEN.stop + 1, 0)
        return np.array(self.stop) + frames * np.tile(self.step, 2)


SOLVABLE = {
    # Along x the walker's box begins and ends left of the occluder's, right of it, or within; likewise along y.
    "left, inside": Scene(box(222, 305, 60, 140), box(200, 295, 36, 110), (1.5, 0)),
    "right, inside": Scene(box(178, 305, 60, 140), box(200, 295, 36, 110), (-1.5, 0)),
    "inside, inside": Scene(box(200, 305, 90, 140), box(200, 295, 36, 110), (1.5, 0)),
    "left, above": Scene(box(218, 305, 60, 100), box(200, 290, 36, 110), (1.2, 0.3)),
    "right, above": Scene(box(182, 305, 60, 100), box(200, 290, 36, 110), (-1.2, 0.3)),
    "inside, above": Scene(box(200, 305, 90, 100), box(200, 290, 36, 110), (1.2, 0.3)),
}
WIDE = Scene(box(200, 305, 30, 140), box(200, 295, 80, 110), (1.0, 0))  # stands out on both sides: no solution along x

CONFIGS = {
    "default": TrackerConfig(refind="paper"),
    "FairMOT": TrackerConfig.fairmot(refind="paper").with_values(
        {"overlap.finds_lost": True}
    ),  # there is no appearance
    "CenterTrack": TrackerConfig.centertrack(refind="paper"),
}


def play(scene: Scene, config: TrackerConfig) -> list[Tracks]:
    """The tracks of all frames; while the walker is hidden there is an occlusion point instead of a detection."""
    tracker, results = Tracker(config), []
    front = np.array(scene.occluder)
    for t in range(LENGTH):
        walker = scene.walker(t)
        points = np.empty((0, 3))
        boxes, moves = [front, walker], [(0.0, 0.0), tuple((scene.walker(t - 1) - walker)[:2])]
        if t in HIDDEN:
            centre = (np.maximum(front[:2], walker[:2]) + np.minimum(front[2:], walker[2:])) / 2
            boxes, moves, points = boxes[:1], moves[:1], np.array([[*centre, 0.8]])
        detections = Detections(
            np.array(boxes), np.full(len(boxes), 0.9), occlusions=points, displacements=np.array(moves)
        )
        results.append(tracker.update(detections))
    return results


def while_hidden(results: list[Tracks]) -> np.ndarray:
    """The boxes of person 2 in the hidden frames, (10, 4)."""
    return np.concatenate([results[t].xyxy[results[t].ids == 2] for t in HIDDEN])


def quality(scene: Scene, boxes: np.ndarray) -> float:
    """The worst IoU of the boxes with the truth."""
    truth = np.array([scene.walker(t) for t in HIDDEN])
    assert len(boxes) == len(HIDDEN)
    return float(np.diag(iou(boxes, truth)).min())


@pytest.mark.parametrize("scene", SOLVABLE.values(), ids=SOLVABLE)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_the_hidden_person_keeps_the_id_and_the_box(scene: Scene, config: TrackerConfig) -> None:
    results = play(scene, config)
    assert quality(scene, while_hidden(results)) > 0.7
    assert [results[t].states.tolist() for t in HIDDEN] == [[TrackState.DETECTED, TrackState.REFOUND]] * len(HIDDEN)
    for t in (HIDDEN.start - 1, *HIDDEN, HIDDEN.stop, LENGTH - 1):
        assert results[t].ids.tolist() == [1, 2]
    assert results[-1].states.tolist() == [TrackState.DETECTED] * 2


@pytest.mark.parametrize("scene", SOLVABLE.values(), ids=SOLVABLE)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_the_prediction_alone_would_not_do(scene: Scene, config: TrackerConfig) -> None:
    results = play(scene, replace(config, refind="off", predicted_s=1.0, max_lost_s=1.0))
    assert quality(scene, while_hidden(results)) < 0.6


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_where_eq_16_has_no_solution_the_prediction_stays(config: TrackerConfig) -> None:
    """Along x the overlap is the whole occluder and tells nothing; along y it tells the truth."""
    recovered = while_hidden(play(WIDE, config))
    predicted = while_hidden(play(WIDE, replace(config, refind="off", predicted_s=1.0, max_lost_s=1.0)))
    np.testing.assert_allclose(recovered[:, ::2], predicted[:, ::2], atol=1e-9)
    np.testing.assert_allclose(recovered[:, 1], WIDE.stop[1], atol=0.5)


@pytest.mark.parametrize("scene", SOLVABLE.values(), ids=SOLVABLE)
def test_without_refinding_the_boxes_are_lost(scene: Scene) -> None:
    results = play(scene, TrackerConfig(refind="off"))
    assert [results[t].ids.tolist() for t in HIDDEN] == [[1]] * len(HIDDEN)
