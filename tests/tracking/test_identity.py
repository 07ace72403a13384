"""Identities in difficult cases: people of one size who cross, half-hidden people, missing appearance, classes."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.structures import Detections, Tracks
from outrack.tracking import Tracker
from tests.tracking.scenes import box, seen

FRAME_RATE = 25


def ids_of(tracks: Tracks) -> dict[int, int]:
    """The id of each detection, by row."""
    return dict(zip(tracks.detection_index.tolist(), tracks.ids.tolist(), strict=True))


def switches_when_meeting(other_speed: float, speed: float, feet: float, height: float) -> int:
    """A person at the back is missed while less than 45 px from a person in front; switches and boxes missing."""
    tracker, known, wrong = Tracker(frame_rate=FRAME_RATE), {}, 0
    for t in range(int(700 / speed)):
        front, back = 100 + speed * t, 450 + other_speed * (t - 350 / speed)
        boxes = [box(front, 500 + feet, 0.4 * height, height)]
        if abs(front - back) >= 45:
            boxes.append(box(back, 500, 64, 160))
        ids = ids_of(tracker.update(seen(*boxes)))
        wrong += sum(known.setdefault(row, ids.get(row)) != ids.get(row) for row in range(len(boxes)))
    return wrong


@pytest.mark.parametrize("feet", [2, 4, 8, 12, 25])
@pytest.mark.parametrize("other", ["stands", "comes towards"])
def test_a_visible_track_is_never_dropped_for_a_lost_one(other: str, feet: float) -> None:
    for speed in (3, 4, 6, 8, 12):
        for height in (160, 176, 200):
            towards = 0 if other == "stands" else -speed
            assert switches_when_meeting(towards, speed, feet, height) == 0, (speed, height)


@pytest.mark.parametrize("share", [0.3, 0.4, 0.5, 0.6])
@pytest.mark.parametrize("height", [100, 160, 400])
def test_people_seen_from_the_waist_up_keep_id_and_body(share: float, height: float) -> None:
    for speed in (0, 2, 4, 8):
        tracker = Tracker(frame_rate=FRAME_RATE)
        for t in range(60):
            body = box(200 + speed * t, 600, 0.4 * height, height)
            shown = list(body)
            if 20 <= t < 32:
                shown[3] = body[1] + share * height
            tracks = tracker.update(seen(shown))
            assert tracks.ids.tolist() == [1], (speed, t)
        assert abs(tracks.xyxy[0, 3] - 600) < 0.05 * height


def test_the_upper_part_is_shown_as_detected_and_the_body_is_remembered() -> None:
    tracker = Tracker(predicted_s=1.0, refind="off")
    for t in range(26):
        body = box(200 + 3 * t, 600, 64, 160)
        shown = [*body[:3], body[1] + 60] if t >= 20 else body
        tracks = tracker.update(seen(shown))
    np.testing.assert_allclose(tracks.xyxy[0], shown)
    _, top, _, bottom = tracker.update(seen()).xyxy[0]
    assert bottom - top > 110


def test_a_person_behind_a_counter_becomes_an_upper_part() -> None:
    tracker = Tracker()
    for t in range(150):
        body = box(200, 600, 64, 160)
        tracks = tracker.update(seen([*body[:3], body[1] + 60] if t >= 20 else body))
    assert tracks.ids.tolist() == [1]
    assert tracks.xyxy[0, 3] - tracks.xyxy[0, 1] < 75


LOOKS = np.eye(2, 8, dtype=np.float32)


@pytest.mark.parametrize(
    "without",
    [range(10, 13), range(5), range(1, 40, 2), range(40)],
    ids=["for a moment", "at first", "every second time", "always"],
)
@pytest.mark.parametrize("whole_frame", [False, True], ids=["one row", "no embeddings at all"])
def test_detections_without_appearance_are_matched_by_motion(without: range, whole_frame: bool) -> None:
    tracker = Tracker(frame_rate=FRAME_RATE)
    for t in range(40):
        boxes = np.array([box(300 + 2 * t, 500, 64, 160), box(800 - 2 * t, 520, 64, 160)])
        looks = LOOKS.copy()
        if t in without:
            looks[0] = 0
        given = None if whole_frame and t in without else looks
        assert ids_of(tracker.update(Detections(boxes, [0.9, 0.9], embeddings=given))) == {0: 1, 1: 2}


def test_missing_appearance_says_nothing_for_a_match_either() -> None:
    """Of two people at one place the one who looks alike is taken, and motion decides about the other."""
    tracker = Tracker(frame_rate=FRAME_RATE)
    for _ in range(10):
        tracker.update(Detections([box(300, 500), box(312, 500)], [0.9, 0.9], embeddings=LOOKS))
    swapped = Detections([box(301, 500), box(311, 500)], [0.9, 0.9], embeddings=np.stack([LOOKS[1], 0 * LOOKS[0]]))
    assert ids_of(tracker.update(swapped)) == {0: 2, 1: 1}


def replaced_in_place(tracker: Tracker, *, looks: np.ndarray | None = None) -> list[int]:
    """Ids of one who stands for 30 frames, and of another who walks for 31 frames and stops at the very same place:
    the first's last id, the other's while walking, and the other's at the end. `looks` are their embeddings."""
    ids = []
    for t in range(120):
        who, x = (0, 600) if t < 30 else (1, max(600, 1200 - 20 * (t - 30)))
        seen_now = Detections([box(x, 500, 64, 160)], [0.9], embeddings=None if looks is None else looks[[who]])
        ids.append(tracker.update(seen_now).ids.tolist())
    assert all(len(one) == 1 for t, one in enumerate(ids) if t != 30)  # a new track is shown from its second frame on
    return [ids[t][0] for t in (29, 55, 119)]


def test_who_stops_where_another_was_lost_takes_its_id_by_motion_alone() -> None:
    """A documented limit: motion knows positions only."""
    assert replaced_in_place(Tracker(frame_rate=FRAME_RATE)) == [1, 2, 1]
    alike = np.stack([LOOKS[0], LOOKS[0]])
    assert replaced_in_place(Tracker(frame_rate=FRAME_RATE), looks=alike) == [1, 2, 1]


def test_who_looks_different_or_comes_after_the_track_was_dropped_keeps_the_own_id() -> None:
    assert replaced_in_place(Tracker(frame_rate=FRAME_RATE), looks=LOOKS) == [1, 2, 2]
    assert replaced_in_place(Tracker(frame_rate=FRAME_RATE, max_lost_s=1.0)) == [1, 2, 2]  # 1.2 s later


def flicker(tracker: Tracker) -> list[Tracks]:
    """One object whose class is 2 in a third of the frames and else 7."""
    return [
        tracker.update(Detections([box(200 + 5 * t, 500)], [0.9], class_ids=[2 if t % 6 < 2 else 7])) for t in range(48)
    ]


def test_classes_never_mix_unless_requested() -> None:
    assert {id for tracks in flicker(Tracker()) for id in tracks.ids.tolist()} == {1, 2}


def test_class_agnostic_tracks_keep_their_id_and_take_the_class_of_most_detections() -> None:
    results = flicker(Tracker(class_agnostic=True))
    assert [tracks.ids.tolist() for tracks in results] == [[1]] * 48
    assert [tracks.class_ids.tolist() for tracks in results[6:]] == [[7]] * 42
    assert results[0].class_ids.tolist() == [2]


def test_a_stronger_class_wins_over_a_frequent_one() -> None:
    tracker = Tracker(class_agnostic=True)
    for t in range(30):
        strong = t % 3 == 0
        scores = [0.95] if strong else [0.41]
        tracks = tracker.update(Detections([box(200, 500)], scores, class_ids=[1 if strong else 0]))
    assert tracks.class_ids.tolist() == [1]


def test_other_classes_are_ignored_and_rows_count_all_detections() -> None:
    tracker = Tracker(classes=(0, 3))
    for t in range(5):
        boxes = [box(100 + t, 500), box(300 + t, 500), box(500 + t, 500)]
        tracks = tracker.update(Detections(boxes, [0.9] * 3, class_ids=[1, 0, 3]))
    assert tracks.class_ids.tolist() == [0, 3]
    assert tracks.detection_index.tolist() == [1, 2]
    assert len(tracker.update(Detections([box(105, 500)], [0.9], class_ids=[1]))) == 0
