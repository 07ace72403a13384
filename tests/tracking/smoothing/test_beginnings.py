"""Tracks begin earlier, with weak detections that belong to no track: cases by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from outrack.structures import Detections, Tracks, TrackState
from outrack.tracking import BeginningSettings, SmoothingSettings, Tracker, TrackerConfig, TrackSmoother

RATE = 10.0
Box = tuple[float, float]
"""Left side and score; all boxes are 20 x 40."""


def config(**beginnings: float) -> TrackerConfig:
    """Ten frames per second, boxes as they are."""
    values = BeginningSettings(**({"longest_s": 0.5} | beginnings))
    smoothing = SmoothingSettings(delay_s=1.0, width_s=0.0, beginnings=values)
    return TrackerConfig(frame_rate=RATE, low_score=0.3, smoothing=smoothing)


def found(*boxes: Box, class_id: int = 0) -> Detections:
    xyxy = np.array([[left, 10.0, left + 20, 50.0] for left, _ in boxes]).reshape(-1, 4)
    return Detections(xyxy, np.array([score for _, score in boxes]), class_ids=np.full(len(boxes), class_id))


def tracked(detections: Detections, *rows: tuple[int, int]) -> Tracks:
    """Tracks (id, row of its detection)."""
    ids, index = (np.array(column, np.int64) for column in zip(*rows, strict=True)) if rows else (np.empty(0, int),) * 2
    states = np.full(len(ids), TrackState.DETECTED)
    return Tracks(detections.xyxy[index], ids, detections.scores[index], detections.class_ids[index], states, index)


Given = tuple[Tracks | None, Detections | None]


def smoothed(given: Sequence[Given], settings: TrackerConfig, pan: float = 0.0) -> list[Tracks]:
    """The final tracks of all frames; the camera moves by `pan` pixels a frame."""
    smoother, motion = TrackSmoother(settings), np.array([[1.0, 0.0, pan], [0.0, 1.0, 0.0]])
    final: list[Tracks] = []
    for tracks, detections in given:
        final += smoother.add(tracks, detections, camera_motion=motion)
    return final + smoother.finish()


def appearing(weak: Sequence[Box], strong: Sequence[Box]) -> list[Given]:
    """One box per frame, which is a track in the later part."""
    before = [(Tracks.empty(), found(box)) for box in weak]
    return before + [(tracked(found(box), (1, 0)), found(box)) for box in strong]


def lefts(final: Sequence[Tracks], track_id: int = 1) -> list[float | None]:
    return [float(one.xyxy[one.ids == track_id, 0][0]) if track_id in one.ids else None for one in final]


WEAK = [(float(k), 0.4) for k in range(4)]
STRONG = [(float(k), 0.8) for k in range(4, 12)]


def test_a_strong_track_begins_with_the_weak_detections_before_it() -> None:
    final = smoothed(appearing(WEAK, STRONG), config())
    assert lefts(final) == list(range(12))
    assert [float(one.scores[0]) for one in final] == [0.4] * 4 + [0.8] * 8
    assert all(one.states.tolist() == [TrackState.DETECTED] and one.detection_index.tolist() == [0] for one in final)


def test_a_weak_track_begins_where_it_began() -> None:
    weaker = [(left, 0.6) for left, _ in STRONG]
    assert lefts(smoothed(appearing(WEAK, weaker), config())) == [None] * 4 + list(range(4, 12))
    assert lefts(smoothed(appearing(WEAK, weaker), config(score=0.6))) == list(range(12))
    late = [*weaker[:6], (10.0, 0.8), (11.0, 0.8)]
    assert lefts(smoothed(appearing(WEAK, late), config())) == list(range(12))


def test_flicker_is_not_extended() -> None:
    given = [*appearing(WEAK, STRONG[:2]), *[(Tracks.empty(), found())] * 12]
    assert lefts(smoothed(given, config())) == [None] * 18


@pytest.mark.parametrize(("longest_s", "num_added"), [(0.0, 0), (0.1, 1), (0.3, 3), (9.0, 4)])
def test_it_begins_at_most_this_much_earlier(longest_s: float, num_added: int) -> None:
    final = smoothed(appearing(WEAK, STRONG), config(longest_s=longest_s))
    assert lefts(final) == [None] * (4 - num_added) + list(range(4 - num_added, 12))


def test_a_start_that_has_already_left_stays() -> None:
    late = [(float(k), 0.6) for k in range(4, 16)] + [(16.0, 0.8)]
    assert lefts(smoothed(appearing(WEAK, late), config())) == [None] * 4 + list(range(4, 17))


@pytest.mark.parametrize(
    "before",
    [
        found((4.0, 0.29)),  # below low_score
        found((4.0, 0.4), class_id=1),  # of another class
        found((15.0, 0.4)),  # elsewhere
    ],
)
def test_other_detections_are_not_taken(before: Detections) -> None:
    given = [(Tracks.empty(), before), *appearing([], STRONG)]
    assert lefts(smoothed(given, config())) == [None, *range(4, 12)]


@pytest.mark.parametrize(("class_agnostic", "first"), [(False, None), (True, 4.0)])
def test_a_detection_of_another_class_is_taken_if_classes_are_ignored(
    class_agnostic: bool, first: float | None
) -> None:
    given = [(Tracks.empty(), found((4.0, 0.4), class_id=1)), *appearing([], STRONG)]
    final = smoothed(given, replace(config(), class_agnostic=class_agnostic))
    assert lefts(final) == [first, *range(4, 12)]
    assert all(one.class_ids.tolist() == [0] * len(one) for one in final)


def test_the_detection_that_overlaps_most_is_taken_once() -> None:
    early, both = found((9.0, 0.5), (5.0, 0.5)), found((4.0, 0.9), (5.0, 0.9))
    given = [(Tracks.empty(), early)] + [(tracked(both, (1, 0), (2, 1)), both)] * 8
    final = smoothed(given, config())
    assert final[0].ids.tolist() == [1, 2]
    assert final[0].detection_index.tolist() == [1, 0]
    others = [(tracked(early, (7, 1)), early)] * 4 + [(tracked(both, (1, 0)), both)] * 8
    assert lefts(smoothed(others, config(iou=0.7)))[:5] == [None] * 4 + [4.0]


def test_missed_frames_between_are_filled() -> None:
    nothing: Given = (Tracks.empty(), found())
    given = [*appearing(WEAK[:1], []), nothing, (None, None), *appearing(WEAK[3:], STRONG)]
    final = smoothed(given, config())
    assert lefts(final) == pytest.approx(list(range(12)))
    assert [int(one.states[0]) for one in final[:4]] == [0, TrackState.INTERPOLATED, TrackState.INTERPOLATED, 0]
    unseen = [*appearing(WEAK[:1], []), (None, None), *appearing(WEAK[2:], STRONG)]
    assert [int(one.states[0]) for one in smoothed(unseen, config())] == [TrackState.DETECTED] * 12


def test_what_was_before_is_looked_for_where_the_camera_showed_it() -> None:
    """The camera moves by a box's width a frame."""
    weak, strong = ([(left + 20 * left, score) for left, score in boxes] for boxes in (WEAK, STRONG))
    assert lefts(smoothed(appearing(weak, strong), config(), pan=20.0)) == [21.0 * k for k in range(12)]
    assert lefts(smoothed(appearing(weak, strong), config()))[:4] == [None] * 4


def test_without_detections_tracks_begin_where_they_began() -> None:
    given = [(tracks, None) for tracks, _ in appearing(WEAK, STRONG)]
    assert lefts(smoothed(given, config())) == [None] * 4 + list(range(4, 12))


def test_tracks_of_other_detections_are_refused_and_change_nothing() -> None:
    smoother = TrackSmoother(config())
    with pytest.raises(ValueError, match="expected the detections of these tracks, got 1, and a track of detection 1"):
        smoother.add(tracked(found((0.0, 0.9), (5.0, 0.9)), (1, 1)), found((0.0, 0.9)), timestamp=5.0)
    assert smoother.add(Tracks.empty(), timestamp=0.0) == []


@settings(deadline=None)
@drawn(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.5, 0.7]))
def test_tracks_only_gain_boxes_and_share_no_detection(seed: int, score: float) -> None:
    """Walkers whose scores rise and fall, some of them equal in time, through the real tracker."""
    rng = np.random.default_rng(seed)
    starts, steps = rng.uniform(0, 200, 6), rng.uniform(-4, 4, 6)
    times = np.cumsum(rng.choice([0.0, 0.1, 0.3], 40))
    frames = []
    for k in range(40):
        seen = rng.random(6) < 0.8
        frames.append(found(*zip((starts + k * steps)[seen], rng.uniform(0.2, 1.0, seen.sum()), strict=True)))
    plain, longer = (
        _tracked_through(frames, times, config(longest_s=longest_s, score=score)) for longest_s in (0.0, 0.5)
    )
    for detections, before, after in zip(frames, plain, longer, strict=True):
        assert set(before.ids) <= set(after.ids)
        kept = np.isin(after.ids, before.ids)
        np.testing.assert_array_equal(after.xyxy[kept], before.xyxy)
        assert after.ids.tolist() == sorted(set(after.ids))
        rows = after.detection_index[after.detection_index >= 0]
        assert len(rows) == len(set(rows))
        own = after.detection_index >= 0
        np.testing.assert_array_equal(after.xyxy[own & ~kept], detections.xyxy[after.detection_index[own & ~kept]])


def _tracked_through(frames: Sequence[Detections], times: np.ndarray, settings: TrackerConfig) -> list[Tracks]:
    tracker, smoother = Tracker(settings), TrackSmoother(settings)
    final: list[Tracks] = []
    for detections, time_s in zip(frames, times, strict=True):
        final += smoother.add(tracker.update(detections, timestamp=time_s), detections, timestamp=time_s)
    return final + smoother.finish()


def test_a_track_that_is_shown_at_once_begins_earlier_too() -> None:
    settings = config()
    at_once = replace(settings, smoothing=replace(settings.smoothing, min_age_s=0.0))
    assert lefts(smoothed(appearing(WEAK, STRONG), at_once)) == list(range(12))
