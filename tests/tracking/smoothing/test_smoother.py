"""Tracks corrected by later frames: cases by hand, a slow reference, and properties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import outrack.tracking.smoothing.smoother as module
from outrack.structures import Tracks, TrackState
from outrack.tracking import SmoothingSettings, TrackerConfig, TrackSmoother

DETECTED, REFOUND, INTERPOLATED = TrackState.DETECTED, TrackState.REFOUND, TrackState.INTERPOLATED
RATE = 10.0


def config(**smoothing: float) -> TrackerConfig:
    """Ten frames per second, boxes as they are, unless said otherwise."""
    values = {"delay_s": 1.0, "width_s": 0.0} | smoothing
    return TrackerConfig(frame_rate=RATE, smoothing=SmoothingSettings(**values))


def tracks(*rows: tuple[int, float], state: int = DETECTED, score: float = 0.9) -> Tracks:
    """A box of 20 x 40 for each (id, left)."""
    n = len(rows)
    ids = np.array([row[0] for row in rows], np.int64)
    boxes = np.array([[left, 10.0, left + 20, 50.0] for _, left in rows]).reshape(n, 4)
    index = np.arange(n) if state == DETECTED else np.full(n, -1)
    return Tracks(boxes, ids, np.full(n, score), np.zeros(n, int), np.full(n, state), index)


def smoothed(
    frames: Sequence[Tracks | None], settings: TrackerConfig, motions: list[np.ndarray | None] | None = None
) -> list[Tracks]:
    smoother = TrackSmoother(settings)
    final: list[Tracks] = []
    for place, given_tracks in enumerate(frames):
        final += smoother.add(given_tracks, camera_motion=None if motions is None else motions[place])
    return final + smoother.finish()


def lefts(final: list[Tracks], track_id: int = 1) -> list[float | None]:
    return [float(one.xyxy[one.ids == track_id, 0][0]) if (one.ids == track_id).any() else None for one in final]


def test_a_gap_gets_boxes_on_the_line_between_its_ends() -> None:
    frames = [tracks((1, 0.0))] * 4 + [Tracks.empty()] * 3 + [tracks((1, 8.0))] * 4
    final = smoothed(frames, config())
    assert lefts(final) == [0, 0, 0, 0, 2, 4, 6, 8, 8, 8, 8]
    assert [int(one.states[0]) for one in final] == [DETECTED] * 4 + [INTERPOLATED] * 3 + [DETECTED] * 4
    assert [int(one.detection_index[0]) for one in final[3:6]] == [0, -1, -1]


def test_frames_without_the_detector_are_no_gaps_but_lie_in_one() -> None:
    frames: list[Tracks | None] = [
        tracks((1, 0.0)),
        None,
        tracks((1, 4.0)),
        None,
        Tracks.empty(),
        None,
        tracks((1, 12.0)),
    ]
    final = smoothed(frames, config())
    assert lefts(final) == pytest.approx([0, 2, 4, 6, 8, 10, 12])
    assert [int(one.states[0]) for one in final] == [DETECTED] * 3 + [INTERPOLATED] * 3 + [DETECTED]
    assert [int(one.detection_index[0]) for one in final] == [0, -1, 0, -1, -1, -1, 0]


def test_a_gap_longer_than_the_delay_stays() -> None:
    frames = [tracks((1, 0.0))] * 4 + [Tracks.empty()] * 11 + [tracks((1, 8.0))] * 4
    assert lefts(smoothed(frames, config())).count(None) == 11
    assert lefts(smoothed(frames, config(delay_s=1.2))).count(None) == 0


def test_a_refound_box_keeps_its_state_and_gets_the_place_that_is_known_now() -> None:
    frames = [tracks((1, 0.0))] * 4 + [tracks((1, 90.0), state=REFOUND)] + [tracks((1, 8.0))] * 4
    final = smoothed(frames, config())
    assert final[4].xyxy[0, 0] == 4.0
    assert final[4].states.tolist() == [REFOUND]


def test_unconfirmed_predictions_are_removed() -> None:
    frames = [tracks((1, 0.0))] * 4 + [tracks((1, 0.0), state=REFOUND)] * 5
    assert lefts(smoothed(frames, config())) == [0] * 4 + [None] * 5


def test_the_line_follows_the_camera() -> None:
    """A person who stands still while the camera pans by 5 pixels a frame, and is missed for three frames."""
    pan = np.array([[1.0, 0.0, -5.0], [0.0, 1.0, 0.0]])
    frames = [tracks((1, 100.0 - 5 * k)) if k not in (5, 6, 7) else Tracks.empty() for k in range(12)]
    jump = [None, *[np.array([[1.0, 0, -25.0], [0, 1, 0]]) if k == 6 else np.eye(3)[:2] for k in range(1, 12)]]
    assert lefts(smoothed(frames, config(), [None] + [pan] * 11)) == pytest.approx([100.0 - 5 * k for k in range(12)])
    jumped = [tracks((1, 100.0 if k < 6 else 75.0)) if k not in (5, 6, 7) else Tracks.empty() for k in range(12)]
    assert lefts(smoothed(jumped, config(), jump)) == pytest.approx([100.0] * 6 + [75.0] * 6)


def test_flicker_is_left_out_but_not_who_comes_last() -> None:
    flicker = [tracks((1, 0.0), (2, 50.0))] * 2 + [tracks((1, 0.0))] * 15
    assert lefts(smoothed(flicker, config()), 2) == [None] * 17
    last = [tracks((1, 0.0))] * 15 + [tracks((1, 0.0), (2, 50.0))] * 2
    assert lefts(smoothed(last, config()), 2) == [None] * 15 + [50.0] * 2


@pytest.mark.parametrize("state", [REFOUND, TrackState.PREDICTED])
def test_who_was_hidden_for_long_is_no_flicker_when_seen_again(state: int) -> None:
    hidden = [tracks((1, 0.0), state=state)] * 80
    frames = [tracks((1, 0.0))] * 30 + hidden + [tracks((1, 0.0))] * 3 + [Tracks.empty()] * 60
    assert lefts(smoothed(frames, config())) == [0.0] * 30 + [None] * 80 + [0.0] * 3 + [None] * 60


def test_a_long_video_takes_no_more_memory_for_its_tracks() -> None:
    smoother = TrackSmoother(config())
    for number in range(1, 400):
        smoother.add(tracks((number, 0.0)))
    assert len(smoother._lifetimes.ids) < 60


def test_steady_motion_is_kept_to_its_ends_and_noise_is_not() -> None:
    steady = [tracks((1, 3.0 * k)) for k in range(20)]
    assert lefts(smoothed(steady, config(width_s=0.2))) == pytest.approx([3.0 * k for k in range(20)])
    noise = np.random.default_rng(5).normal(0, 2, 60)
    noisy = [tracks((1, 3.0 * k + noise[k])) for k in range(60)]
    rest = np.array(lefts(smoothed(noisy, config(width_s=0.2)))) - 3.0 * np.arange(60)
    assert rest[5:-5].std() < 0.7 * noise[5:-5].std()


def test_smoothing_follows_a_shaking_camera() -> None:
    """Two people who stand still before a camera that shakes: their boxes shake as the picture does, and no more."""
    at = np.random.default_rng(11).normal(0, 20, 30)
    shakes = [None, *[np.array([[1.0, 0.0, at[k] - at[k - 1]], [0.0, 1.0, 0.0]]) for k in range(1, 30)]]
    final = smoothed([tracks((2, 100 + x), (5, 300 + x)) for x in at], config(width_s=0.2), shakes)
    assert lefts(final, 2) == pytest.approx(list(100 + at))
    assert lefts(final, 5) == pytest.approx(list(300 + at))


@pytest.mark.parametrize("reach", [1.0, 3.0])
def test_smoothed_boxes_are_those_of_a_weighted_fit(reach: float) -> None:
    """NumPy's own weighted least squares, one box side and frame at a time."""
    rng = np.random.default_rng(7)
    places = rng.normal(0, 5, 30).cumsum()
    final = smoothed([tracks((1, left)) for left in places], config(width_s=0.15, reach=reach))
    times = np.arange(30) / RATE
    for k in range(30):
        near = np.abs(times - times[k]) <= reach * 0.15 + 1e-9
        root = np.sqrt(np.exp(-0.5 * ((times[near] - times[k]) / 0.15) ** 2))
        slope, at = np.polyfit(times[near] - times[k], places[near], 1, w=root)
        assert final[k].xyxy[0, 0] == pytest.approx(at, abs=1e-6), slope


def test_who_comes_later_does_not_disturb_the_boxes_before() -> None:
    frames = [tracks((1, 2.0 * k)) if k < 10 else tracks((1, 2.0 * k), (8, 300.0)) for k in range(20)]
    final = smoothed(frames, config(width_s=0.2))
    assert lefts(final, 1) == pytest.approx([2.0 * k for k in range(20)])
    assert lefts(final, 8)[:10] == [None] * 10
    assert lefts(final, 8)[10:] == pytest.approx([300.0] * 10)


def test_products_of_camera_motions_stay_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    motions: list[np.ndarray | None] = [None]
    motions += [np.array([[1 + a, b, c], [-b, 1 + a, d]]) for a, b, c, d in rng.normal(0, 0.02, (59, 4))]
    frames = [tracks((1, 10.0 + k)) if k % 7 else Tracks.empty() for k in range(60)]
    often, never = [], []
    for after, results in ((3, often), (10**9, never)):
        monkeypatch.setattr(module, "_REBASED_AFTER", after)
        results += smoothed(frames, config(width_s=0.15), motions)
    for one, other in zip(often, never, strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        np.testing.assert_allclose(one.xyxy, other.xyxy, atol=1e-6)


@given(st.lists(st.lists(st.integers(1, 6), unique=True, max_size=6), max_size=40), st.sampled_from([0.2, 0.5, 2.0]))
def test_every_frame_comes_once_and_nothing_seen_changes_its_name(seen: list[list[int]], delay_s: float) -> None:
    frames = [tracks(*((number, 30.0 * number) for number in sorted(ids))) for ids in seen]
    final = smoothed(frames, config(delay_s=delay_s, min_age_s=0.0))
    assert len(final) == len(frames)
    for ids, one in zip(seen, final, strict=True):
        assert set(ids) <= set(one.ids.tolist())
        assert one.ids.tolist() == sorted(set(one.ids.tolist()))
        np.testing.assert_allclose(one.xyxy[:, 0], 30.0 * one.ids, atol=1e-9)
        assert {int(number) for number in one.ids[one.states == DETECTED]} == set(ids)


def test_after_the_end_another_video_begins() -> None:
    smoother = TrackSmoother(config())
    for _ in range(5):
        smoother.add(tracks((1, 0.0)), timestamp=100.0)
    assert len(smoother.finish()) == 5
    assert smoother.finish() == []
    assert smoother.add(tracks((1, 0.0)), timestamp=0.0) == []


def test_gaps_are_filled_between_frames_of_equal_time() -> None:
    smoother = TrackSmoother(config(min_age_s=0.0))
    for frame in [tracks((1, 0.0)), Tracks.empty(), tracks((1, 8.0))]:
        assert smoother.add(frame, timestamp=5.0) == []
    assert lefts(smoother.finish()) == [0.0, 0.0, 8.0]


def test_a_delay_of_nothing_passes_every_frame_on() -> None:
    smoother = TrackSmoother(config(delay_s=1e-9, min_age_s=0.0))
    assert [len(smoother.add(tracks((1, 0.0)))) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("width_s", [0.0, 0.15])
def test_an_empty_scene_takes_no_memory(width_s: float) -> None:
    smoother = TrackSmoother(config(width_s=width_s))
    for _ in range(300):
        smoother.add(Tracks.empty())
    assert len(smoother._past) <= 6
    assert len(smoother._waiting) == 10


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"smoothing.delay_s: expected above 0"):
        TrackSmoother(config(delay_s=0.0))
    smoother = TrackSmoother(config())
    smoother.add(tracks((1, 0.0)), timestamp=1.0)
    with pytest.raises(ValueError, match="time runs backwards"):
        smoother.add(tracks((1, 0.0)), timestamp=0.5)
    with pytest.raises(ValueError, match="camera motion: expected an affine"):
        smoother.add(tracks((1, 0.0)), camera_motion=np.zeros((2, 3)))


def test_it_needs_the_configuration_of_the_tracker() -> None:
    with pytest.raises(TypeError, match=r"expected the TrackerConfig of the tracker \(tracker\.config\), got 25"):
        TrackSmoother(25)  # type: ignore[arg-type]


def test_only_tracks_can_be_smoothed() -> None:
    with pytest.raises(TypeError, match=r"tracks: expected outrack.Tracks, got builtins.list"):
        TrackSmoother(TrackerConfig()).add([])  # type: ignore[arg-type]
