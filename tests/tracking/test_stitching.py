"""Tracks of overlapping parts, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.tracking import TrackerConfig
from outrack.tracking.stitching import PartTracks, stitched

SETTINGS = TrackerConfig(frame_rate=10)


def part(
    rows: list[tuple[int, int, float]], looks: dict[int, list[float]] | None = None, *, class_id: int = 0
) -> PartTracks:
    """Boxes of 10 x 30 pixels from (frame, id, left edge)."""
    frames, ids, left = (np.array(column) for column in zip(*sorted(rows), strict=True))
    xyxy = np.stack([left, np.zeros(len(left)), left + 10, np.full(len(left), 30.0)], axis=1)
    known = {one: np.array(look, np.float32) for one, look in (looks or {}).items()}
    classes = np.full(len(ids), class_id)
    return PartTracks(frames.astype(np.int64), ids.astype(np.int64), classes, xyxy, known, known)


def test_tracks_that_share_frames_are_one_and_those_of_another_place_are_not() -> None:
    first = part([(t, 1, t) for t in range(10)] + [(t, 2, 200.0) for t in range(10)])
    second = part([(t, 7, 200.0) for t in range(5, 20)] + [(t, 3, t) for t in range(5, 20)] + [(15, 9, 500.0)])
    ids = stitched([first, second], [0, 10], SETTINGS)
    assert set(ids[0].tolist()) == {1, 2}
    by_id = dict(zip(second.ids.tolist(), ids[1].tolist(), strict=True))
    assert by_id == {3: 1, 7: 2, 9: 3}


def test_a_track_that_only_one_part_saw_at_the_seam_is_joined_by_looks_and_motion() -> None:
    first = part([(t, 1, 2.0 * t) for t in range(8)], {1: [1, 0]})

    def joined(left: float, look: list[float]) -> bool:
        second = part([(t, 4, left + 2.0 * (t - 12)) for t in range(12, 20)], {4: look})
        ids = stitched([first, second], [0, 10], SETTINGS)
        return bool(ids[1][0] == ids[0][0])

    assert joined(24.0, [1, 0])
    assert not joined(24.0, [0, 1])  # it looks different
    assert not joined(300.0, [1, 0])  # too far


@pytest.mark.parametrize("looks", [None, {1: [1.0, 0.0]}])
@pytest.mark.parametrize("begins", [5, 12])  # with common frames, and without
@pytest.mark.parametrize(
    ("class_id", "class_agnostic", "are_one"), [(0, False, True), (3, False, False), (3, True, True)]
)
def test_tracks_of_two_classes_are_joined_if_classes_are_ignored(
    looks: dict[int, list[float]] | None, begins: int, class_id: int, class_agnostic: bool, are_one: bool
) -> None:
    first = part([(t, 1, 0.0) for t in range(10)], looks)
    second = part([(t, 1, 0.0) for t in range(begins, 20)], looks, class_id=class_id)
    ids = stitched([first, second], [0, 10], SETTINGS.with_values({"class_agnostic": class_agnostic}))
    assert set(ids[1].tolist()) == ({1} if are_one else {2})


def test_overlap_alone_needs_no_settings() -> None:
    first = part([(t, 1, 0.0) for t in range(10)])
    second = part([(6, 5, 400.0)] + [(t, 8, 0.0) for t in range(6, 20)] + [(14, 9, 700.0)])
    ids = stitched([first, second], [0, 10], SETTINGS)
    by_id = dict(zip(second.ids.tolist(), ids[1].tolist(), strict=True))
    assert (by_id[8], by_id[9]) == (1, 2)


@pytest.mark.parametrize("empty", [0, 1])
def test_a_part_without_anyone_is_stitched(empty: int) -> None:
    none = PartTracks(*(np.empty(0, np.int64) for _ in range(3)), np.empty((0, 4)), {}, {})
    some = part([(12, 3, 0.0)])
    parts = [none, some] if empty == 0 else [some, none]
    ids = stitched(parts, [0, 10] if empty == 0 else [0, 20], SETTINGS)
    assert ids[1 - empty].tolist() == [1] and len(ids[empty]) == 0


def test_boxes_are_compared_frame_by_frame() -> None:
    """Two people who change places in the overlap: over all frames their boxes are the same."""
    places = {t: (0.0, 100.0) if t < 8 else (100.0, 0.0) for t in range(12)}
    first = part([(t, one, places[t][one - 1]) for t in range(10) for one in (1, 2)])
    second = part([(t, one + 5, places[t][one - 1]) for t in range(5, 12) for one in (1, 2)])
    ids = stitched([first, second], [0, 10], SETTINGS)
    by_id = dict(zip(second.ids.tolist(), ids[1].tolist(), strict=True))
    assert by_id == {6: 1, 7: 2}


def test_tracks_that_agree_in_few_of_their_frames_are_two() -> None:
    first = part([(t, 1, 0.0) for t in range(10)])
    second = part([(t, 4, 0.0 if t == 5 else 300.0) for t in range(5, 12)])
    ids = stitched([first, second], [0, 10], SETTINGS)
    assert set(ids[0].tolist()) == {1} and set(ids[1].tolist()) == {2}


def test_how_far_is_measured_in_heights_and_from_the_latest_motion() -> None:
    # It stood at 700 and then moved by 2 pixels a frame for ten frames, to 420.
    first = part([(t, 1, 700.0) for t in range(5)] + [(t, 1, 402.0 + 2 * (t - 5)) for t in range(5, 15)])
    assert first.xyxy[-1, 0] == 420

    def joined(left: float) -> bool:
        second = part([(t, 4, left) for t in range(20, 25)])
        ids = stitched([first, second], [0, 18], SETTINGS)
        return bool(ids[1][0] == ids[0][0])

    # After six frames it is expected at 432; boxes are 30 pixels high.
    assert joined(432 - 29) and joined(432 + 29)
    assert not joined(432 - 31) and not joined(432 + 31)


@pytest.mark.parametrize(
    ("name", "value", "are_one"),
    [
        ("smoothing.seams.overlap", 0.5, True),
        ("smoothing.seams.overlap", 0.6, False),  # their IoU is 9 / 16
        ("smoothing.seams.agreement", 0.8, True),
        ("smoothing.seams.agreement", 0.9, False),  # 4 of 5 frames
    ],
)
def test_common_frames_are_judged_by_the_settings(name: str, value: float, are_one: bool) -> None:
    first = part([(t, 1, 0.0) for t in range(10)])
    second = part([(t, 4, 2.8 if t > 5 else 300.0) for t in range(5, 12)])
    ids = stitched([first, second], [0, 10], SETTINGS.with_values({name: value}))
    assert bool(ids[1][0] == ids[0][0]) is are_one


@pytest.mark.parametrize(
    ("name", "value", "are_one"),
    [
        ("smoothing.seams.distance", 0.9, True),
        ("smoothing.seams.distance", 0.7, False),  # it begins 0.8 heights from where it is expected
        ("smoothing.seams.num_velocity_boxes", 10, False),  # it is expected 11 heights farther on
        ("max_lost_s", 0.6, True),
        ("max_lost_s", 0.5, False),  # it is lost for six frames, at ten per second
        ("appearance.limit", 0.2, False),  # the cosine distance is 0.3
    ],
)
def test_tracks_without_common_frames_are_judged_by_the_settings(name: str, value: float, are_one: bool) -> None:
    first = part([(t, 1, min(72.0 * t, 504.0)) for t in range(10)], {1: [1, 0]})
    second = part([(t, 4, 528.0) for t in range(15, 20)], {4: [0.7, 0.714]})
    config = SETTINGS.with_values({"smoothing.seams.num_velocity_boxes": 3}).with_values({name: value})
    ids = stitched([first, second], [0, 12], config)
    assert bool(ids[1][0] == ids[0][0]) is are_one


def test_three_parts_are_joined_one_after_the_other() -> None:
    frames = [range(10), range(5, 20), range(15, 30)]
    parts = [part([(t, 7 - k, 3.0 * t) for t in frames[k]] + [(t, 20, 500.0 + k) for t in frames[k]]) for k in range(3)]
    ids = stitched(parts, [0, 10, 20], SETTINGS)
    for one, whole in zip(parts, ids, strict=True):
        np.testing.assert_array_equal(whole, np.where(one.ids == 20, 2, 1))


def test_many_tracks_far_from_the_seam_cost_neither_time_nor_memory() -> None:
    """20,000 tracks of two frames each per part: pairs of all of them would take 6 GB."""
    count = 20_000
    places = 100.0 * (np.arange(2 * count) % 50)
    first = part([(t, k, places[k]) for k in range(count) for t in (2 * k, 2 * k + 1)])
    second = part(
        [(t, k, places[count + k - 1]) for k in range(count) for t in (2 * count + 2 * k, 2 * count + 2 * k + 1)]
    )
    ids = stitched([first, second], [0, 2 * count], SETTINGS)
    assert ids[0].tolist() == np.repeat(np.arange(1, count + 1), 2).tolist()
    assert ids[1][0] == count  # the first one continues the last one before the seam, at its place
    assert ids[1][2:].tolist() == np.repeat(np.arange(count + 1, 2 * count), 2).tolist()
