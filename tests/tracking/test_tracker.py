"""The tracker as a whole: equal to FairMOT's loop, right on scripted scenes, well-behaved on odd input."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.boxes import iou
from outrack.structures import Detections, TrackState
from outrack.tracking import AppearanceSettings, CameraSettings, RefindPolicy, Tracker, TrackerConfig
from outrack.tracking.config import TrackerPreset
from tests.tracking.fairmot_loop import FairMotLoop
from tests.tracking.scenes import box, crowd, seen


@pytest.mark.parametrize("embedding_dim", [0, 32], ids=["overlap only", "appearance"])
@pytest.mark.parametrize(("num_people", "num_frames"), [(3, 200), (20, 150), (60, 60)])
def test_gives_the_ids_and_boxes_of_fairmots_loop(num_people: int, num_frames: int, embedding_dim: int) -> None:
    fast, slow = Tracker(TrackerConfig.fairmot()), FairMotLoop()
    for detections in crowd(7, num_people=num_people, num_frames=num_frames, embedding_dim=embedding_dim):
        tracks = fast.update(detections)
        expected = slow.update(detections.xyxy, detections.scores, detections.embeddings)
        assert tracks.ids.tolist() == sorted(expected)
        for track_id, xyxy in zip(tracks.ids.tolist(), tracks.xyxy, strict=True):
            np.testing.assert_allclose(xyxy, expected[track_id], atol=1e-6)
    assert slow.num_ids > num_people  # people came and went


def test_rows_point_back_to_the_detections() -> None:
    tracker = Tracker()
    for detections in crowd(3, num_people=15, num_frames=40):
        tracks = tracker.update(detections)
        behind = tracks.detection_index
        assert ((behind >= 0) == (tracks.states == TrackState.DETECTED)).all()
        rows = behind >= 0
        np.testing.assert_array_equal(tracks.scores[rows], detections.scores[behind[rows]])
        assert len(set(behind[rows])) == rows.sum()
        overlap = iou(tracks.xyxy[rows], detections.xyxy[behind[rows]])
        assert np.diag(overlap).min() > 0.3


def test_a_tracklet_is_shown_once_a_second_detection_confirms_it() -> None:
    tracker = Tracker()
    assert tracker.update(seen(box(100, 300))).ids.tolist() == [1]  # the first frame trusts every detection
    assert tracker.update(seen(box(101, 300), box(400, 300))).ids.tolist() == [1]
    assert tracker.update(seen(box(102, 300), box(401, 300))).ids.tolist() == [1, 2]
    assert tracker.update(seen(box(103, 300), box(402, 300), box(700, 300))).ids.tolist() == [1, 2]
    assert tracker.update(seen(box(104, 300), box(403, 300))).ids.tolist() == [1, 2]  # 700 was noise: no id spent
    assert tracker.update(seen(box(105, 300), box(404, 300), box(900, 300))).ids.tolist() == [1, 2]
    assert tracker.update(seen(box(106, 300), box(405, 300), box(901, 300))).ids.tolist() == [1, 2, 3]


def test_an_identity_survives_being_lost_and_ends_after_max_lost_s() -> None:
    for gap, expected in [(20, [1]), (40, [2])]:
        tracker = Tracker(max_lost_s=1.0, frame_rate=30, refind="off")
        for _ in range(10):
            tracker.update(seen(box(100, 300)))
        for _ in range(gap):
            assert len(tracker.update(seen())) == 0
        tracker.update(seen(box(100, 300)))
        assert tracker.update(seen(box(100, 300))).ids.tolist() == expected


@pytest.mark.parametrize("is_lost", [False, True], ids=["tracked", "lost"])
@pytest.mark.parametrize("embeddings", [None, [[1.0, 0.0]]], ids=["overlap", "appearance"])
def test_an_identity_does_not_outlive_max_lost_s_because_frames_are_missing(
    embeddings: list[list[float]] | None, is_lost: bool
) -> None:
    person = Detections([box(100, 300)], [0.9], embeddings=embeddings)
    for gap_s, expected in [(0.9, [1]), (1.2, []), (3600.0, [])]:
        tracker = Tracker(max_lost_s=1.0, frame_rate=10)
        for frame in range(10):
            tracker.update(person, timestamp=frame / 10)
        if is_lost:
            tracker.update(seen(), timestamp=0.95)
        tracks = tracker.update(person, timestamp=0.9 + gap_s)
        assert tracks.ids.tolist() == expected
        again = tracker.update(person, timestamp=1.0 + gap_s)
        assert again.ids.tolist() == (expected or [2])


def test_times_rounded_to_milliseconds_miss_no_frame() -> None:
    tracker = Tracker(max_lost_s=0.0, frame_rate=30)
    times = [round(frame / 30, 3) for frame in range(30)]  # steps of 33 and 34 ms, as in Matroska
    assert {*np.concatenate([tracker.update(seen(box(100, 300)), timestamp=t).ids for t in times]).tolist()} == {1}
    assert tracker.update(seen(box(100, 300)), timestamp=times[-1] + 2 / 30).ids.tolist() != [1]  # one is missing


def test_over_missing_frames_a_box_keeps_its_size() -> None:
    tracker = Tracker(frame_rate=30, predicted_s=2.0, refind="off")
    for frame in range(7):
        height = 120 - 4 * frame
        tracker.update(Detections([[100, 200 - height, 140, 200]], [0.9]), timestamp=frame / 30)
    (x1, y1, x2, y2), *_ = tracker.update(seen(), timestamp=0.2 + 1.9).xyxy
    assert x2 - x1 == pytest.approx(40, abs=4)
    assert 80 < y2 - y1 < 120


def test_a_slow_source_keeps_identities_from_frame_to_frame() -> None:
    tracker = Tracker(max_lost_s=2.0, frame_rate=25)
    for frame in range(5):
        assert tracker.update(seen(box(100, 300)), timestamp=10.0 * frame).ids.tolist() == [1]


def test_refused_embeddings_and_times_leave_the_tracker_unchanged() -> None:
    tracker = Tracker(frame_rate=10)
    tracker.update(seen(box(100, 300)), timestamp=1.0)
    with pytest.raises(ValueError, match="time runs backwards"):
        tracker.update(Detections([box(100, 300)], [0.9], embeddings=[[1.0, 0.0]]), timestamp=0.5)
    other = Detections([box(100, 300)], [0.9], embeddings=[[1.0, 0.0, 0.0]])
    assert tracker.update(other, timestamp=1.1).ids.tolist() == [1]


def test_weak_detections_keep_a_track_but_start_none() -> None:
    tracker = Tracker(high_score=0.5, low_score=0.2, start_score=0.5)
    tracker.update(seen(box(100, 300)))
    weak = Detections(np.array([box(100, 300), box(400, 300)]), np.array([0.3, 0.3]))
    for _ in range(5):
        tracks = tracker.update(weak)
        assert tracks.ids.tolist() == [1]
        assert tracks.states.tolist() == [TrackState.DETECTED]


@pytest.mark.parametrize(("veto", "ids"), [(0.6, [2]), (2.0, [1])])
def test_no_track_takes_the_place_of_one_that_looks_different(veto: float, ids: list[int]) -> None:
    tracker = Tracker(appearance=AppearanceSettings(veto=veto))
    red, blue = np.eye(2, dtype=np.float32)
    here = np.array([box(100, 200)])
    for looks in (red, red, red, blue, blue):
        tracks = tracker.update(Detections(here, np.ones(1), embeddings=looks[None]))
    assert tracks.ids.tolist() == ids


def test_appearance_distinguishes_two_people_who_meet() -> None:
    """Two people walk into each other, stop for a while, and turn back: motion alone would let them pass through."""
    rng = np.random.default_rng(0)
    faces = np.eye(2, 16, dtype=np.float32)
    tracker, ids_by_face = Tracker(), []
    for x in [*np.linspace(100, 250, 40), *np.full(10, 250.0), *np.linspace(250, 100, 40)]:
        order = rng.permutation(2)
        boxes = np.array([box(x, 300), box(515 - x, 300)])[order]
        noisy = (faces + rng.normal(0, 0.02, faces.shape).astype(np.float32))[order]
        tracks = tracker.update(
            Detections(boxes, np.ones(2), embeddings=noisy / np.linalg.norm(noisy, axis=1, keepdims=True))
        )
        ids_by_face.append(tracks.ids[np.argsort(order[tracks.detection_index])].tolist())
    assert len({tuple(ids) for ids in ids_by_face}) == 1


HIDDEN = range(20, 30)


def play_hiding(
    walker_speed: float, occluder: list[float], policy: RefindPolicy, *, points: bool, frames: int = 45
) -> tuple[set[int], list[float]]:
    """A person walks behind a standing one and is missed for ten frames; who was reported, and how well."""
    tracker = Tracker(TrackerConfig.fairmot(refind=policy).with_values({"refinding.geometry.max_age_ratio": 2.0}))
    ids, quality = set(), []
    for t in range(frames):
        walker = box(200 + walker_speed * (t - 25), 295, 36, 110)
        front = np.array(occluder)
        hidden = t in HIDDEN
        centre = (np.maximum(front[:2], walker[:2]) + np.minimum(front[2:], walker[2:])) / 2
        occlusions = [[*centre, 0.8]] if hidden else []
        boxes = [occluder] if hidden else [occluder, walker]
        tracks = tracker.update(seen(*boxes, occlusions=occlusions if points else None))
        others = tracks[tracks.ids != 1]
        ids |= set(others.ids.tolist())
        if hidden:
            quality.append(float(iou(others.xyxy, np.array([walker])).max()) if len(others) else 0.0)
    return ids, quality


@pytest.mark.parametrize(
    ("case", "speed", "occluder"),
    [
        ("inside", 0.6, box(200, 305, 90, 140)),
        ("left", 0.3, box(222, 305, 60, 140)),
        ("right", 0.3, box(178, 305, 60, 140)),
    ],
)
@pytest.mark.parametrize("policy", ["combined", "paper", "geometric"])
def test_a_hidden_person_keeps_the_id_and_the_box(
    case: str, speed: float, occluder: list[float], policy: RefindPolicy
) -> None:
    ids, quality = play_hiding(speed, occluder, policy, points=policy != "geometric")
    assert ids == {2}, case
    assert min(quality) > 0.7, case


def test_without_refinding_the_hidden_person_has_no_box() -> None:
    _, quality = play_hiding(0.6, box(200, 305, 90, 140), "off", points=True)
    assert quality == [0.0] * len(HIDDEN)


def test_predicted_points_say_no_where_geometry_says_yes() -> None:
    """An image cue: the detector predicts occlusions and sees none here, so no track is refound."""
    occluder = box(200, 305, 90, 140)
    tracker = Tracker(TrackerConfig.fairmot(refind="paper"))
    for t in range(20):
        tracker.update(seen(occluder, box(190 + t, 295, 36, 110), occlusions=[]))
    assert tracker.update(seen(occluder, occlusions=[])).ids.tolist() == [1]


def test_combined_goes_by_points_first_and_by_geometry_for_the_rest() -> None:
    """Of two who are hidden the detector sees one occlusion: one box comes from the point, the other from motion."""
    occluders = [box(200, 305, 90, 140), box(600, 305, 90, 140)]
    refound = {}
    for policy in ("paper", "geometric", "combined"):
        tracker = Tracker(TrackerConfig.fairmot(refind=policy).with_values({"refinding.geometry.max_age_ratio": 2.0}))
        for t in range(20):
            walkers = [box(190 + t, 295, 36, 110), box(590 + t, 295, 36, 110)]
            tracker.update(seen(*occluders, *walkers, occlusions=[]))
        left, top, right, bottom = box(211, 295, 36, 110)
        tracks = tracker.update(seen(*occluders, occlusions=[[(left + right) / 2, (top + bottom) / 2, 0.9]]))
        refound[policy] = {id: row for id, row in zip(tracks.ids.tolist(), tracks.xyxy, strict=True) if id > 2}
    assert set(refound["paper"]) == {3}
    assert set(refound["geometric"]) == set(refound["combined"]) == {3, 4}
    np.testing.assert_array_equal(refound["combined"][3], refound["paper"][3])
    np.testing.assert_array_equal(refound["combined"][4], refound["geometric"][4])
    assert not np.array_equal(refound["paper"][3], refound["geometric"][3])


def test_the_official_policy_forgets_after_two_frames() -> None:
    _, quality = play_hiding(0.6, box(200, 305, 90, 140), "official", points=True)
    assert [q > 0.5 for q in quality] == [True, True] + [False] * (len(HIDDEN) - 2)


def test_states_explain_boxes() -> None:
    tracker = Tracker(predicted_s=1.0, refind="off")
    for t in range(10):
        tracker.update(seen(box(100 + 2 * t, 300)))
    tracks = tracker.update(seen())
    assert tracks.states.tolist() == [TrackState.PREDICTED]
    assert tracks.detection_index.tolist() == [-1]
    assert iou(tracks.xyxy, np.array([box(120, 300)]))[0, 0] > 0.8


def test_a_single_match_says_nothing_about_the_camera() -> None:
    tracker = Tracker(camera=CameraSettings(min_matches=1, min_age_s=0))
    ids = [tracker.update(seen(box(100 + 5 * i, 200))).ids.tolist() for i in range(5)]
    assert ids == [[1]] * 5


@pytest.mark.parametrize(("follow", "expected"), [(True, 1), (False, 13)])
def test_a_hidden_person_is_followed_through_a_camera_pan(follow: bool, expected: int) -> None:
    """The camera starts to pan while one person is hidden: only the others' motion tells where that one is."""
    people = np.random.default_rng(5).uniform(100, 900, (12, 2))
    tracker = Tracker(camera=CameraSettings(follow=follow), refind="off")
    for t in range(45):
        pan = np.array([8.0 * max(t - 15, 0), 0])
        boxes = [box(*(person + pan)) for person in people]
        tracks = tracker.update(seen(*(boxes[1:] if 15 <= t < 40 else boxes)))
    (hidden,) = np.flatnonzero(tracks.detection_index == 0)
    assert tracks.ids[hidden] == expected


def test_given_camera_motion_enters_the_prediction() -> None:
    tracker = Tracker(camera=CameraSettings(follow=False), refind="off")
    jump = np.array([[1.0, 0, 150], [0, 1, 0]])
    for t in range(12):
        motion = jump if t == 8 else None
        x = 100 + (150 if t >= 8 else 0)
        tracks = tracker.update(seen(box(x, 300), box(x + 60, 310)), camera_motion=motion)
    assert tracks.ids.tolist() == [1, 2]
    np.testing.assert_array_equal(jump, [[1.0, 0, 150], [0, 1, 0]])


def test_timestamps_stretch_the_motion() -> None:
    """Every second frame dropped, with and without telling the tracker: only the told one expects the double step."""
    tracker = Tracker(frame_rate=30, refind="off", predicted_s=1.0)
    for t in range(10):
        tracker.update(seen(box(100 + 4 * t, 300)), timestamp=t / 30)
    predicted = tracker.update(seen(), timestamp=12 / 30)
    assert 124 < predicted.xyxy[0, 0] < 129  # box(148, 300) starts at 128; one step would end at 120


def test_classes_do_not_mix() -> None:
    tracker = Tracker()
    for _ in range(3):
        tracks = tracker.update(Detections(np.array([box(100, 300)]), np.ones(1), np.array([0])))
    for _ in range(3):
        tracks = tracker.update(Detections(np.array([box(100, 300)]), np.ones(1), np.array([1])))
    assert tracks.class_ids.tolist() == [1]
    assert tracks.ids.tolist() == [2]


def test_embeddings_of_other_classes_alone_come_first() -> None:
    tracker = Tracker(classes=(0,))
    other, person = (Detections([box(100, 300)], [0.9], [number], embeddings=[[1.0, 0.0]]) for number in (2, 0))
    assert len(tracker.update(other)) == 0
    assert [tracker.update(person).ids.tolist() for _ in range(3)][-1] == [1]


def test_two_trackers_and_two_runs_do_not_disturb_each_other() -> None:
    frames = list(crowd(11, num_people=10, num_frames=30))
    alone = [Tracker().update(f).ids.tolist() for f in frames[:1]]
    a, b = Tracker(), Tracker()
    together = []
    for frame in frames:
        together.append(a.update(frame).ids.tolist())
        b.update(frame[np.arange(len(frame)) % 2 == 0])
    a.reset()
    assert [a.update(frame).ids.tolist() for frame in frames] == together
    assert together[0] == alone[0]


def test_saved_state_continues_as_if_nothing_had_happened(tmp_path: Path) -> None:
    frames = list(crowd(12, num_people=10, num_frames=40, embedding_dim=8))
    straight = Tracker(frame_rate=25)
    expected = [straight.update(frame) for frame in frames]
    tracker = Tracker(frame_rate=Fraction(25), classes=tuple(np.array([0, 2])), low_score=np.float32(0.1))
    for frame in frames[:20]:
        tracker.update(frame)
    tracker.save(tmp_path / "state.npz")
    resumed = Tracker.load(tmp_path / "state.npz")
    assert resumed.config == tracker.config
    for frame, want in zip(frames[20:], expected[20:], strict=True):
        got = resumed.update(frame)
        np.testing.assert_array_equal(got.ids, want.ids)
        np.testing.assert_array_equal(got.xyxy, want.xyxy)


def test_a_file_that_is_not_a_state_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    np.savez(other, a=np.zeros(3))
    (tmp_path / "text.npz").write_text("hello")
    Tracker().save(tmp_path / "whole.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:700])
    for path in (other, tmp_path / "text.npz", tmp_path / "cut.npz"):
        with pytest.raises(ValueError, match="not the saved state of a tracker"):
            Tracker.load(path)
    with pytest.raises(FileNotFoundError):
        Tracker.load(tmp_path / "absent.npz")


def test_never_touches_its_input() -> None:
    tracker = Tracker()
    for detections in crowd(13, num_people=8, num_frames=20, embedding_dim=4):
        assert detections.embeddings is not None
        before = detections.xyxy.copy(), detections.scores.copy(), detections.embeddings.copy()
        tracker.update(detections)
        for old, new in zip(before, (detections.xyxy, detections.scores, detections.embeddings), strict=True):
            np.testing.assert_array_equal(old, new)


def test_an_interrupted_save_leaves_the_file_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state.npz"
    Tracker(frame_rate=25).save(state)

    def full_disk(file: BinaryIO, **arrays: object) -> None:
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="no space left"):
        Tracker(frame_rate=5).save(state)
    assert Tracker.load(state).config.frame_rate == 25
    assert list(tmp_path.iterdir()) == [state]


@pytest.mark.parametrize("config", [TrackerConfig(), TrackerConfig.fairmot()], ids=["default", "fairmot"])
def test_empty_frames_and_boxes_of_no_size(config: TrackerConfig) -> None:
    tracker = Tracker(config)
    for _ in range(3):
        assert len(tracker.update(Detections.empty())) == 0
    flat = Detections(np.array([[10.0, 10, 10, 10], [20, 20, 60, 20]]), np.ones(2))
    for _ in range(5):
        tracks = tracker.update(flat)
        assert np.isfinite(tracks.xyxy).all()


@pytest.mark.parametrize("preset", get_args(TrackerPreset))
@pytest.mark.parametrize("flat", [[10, 10, 10, 50], [10, 50, 60, 50], [30, 30, 30, 30]], ids=["w=0", "h=0", "point"])
@pytest.mark.parametrize(("num_whole", "dim"), [(0, 0), (0, 2), (5, 2)])
def test_tracks_without_width_or_height_stay_finite(
    preset: TrackerPreset, flat: list[float], num_whole: int, dim: int, tmp_path: Path
) -> None:
    """Also if the box had a size before, and for so long that a size would shrink below the smallest number."""
    tracker = Tracker(TrackerConfig.preset(preset, refind="combined"))
    looks = np.eye(2, dtype=np.float32)[:1] if dim else None
    for t in range(700):
        xyxy = [[5, 10, 55, 70]] if t < num_whole else [flat]
        tracks = tracker.update(Detections(xyxy, [0.9], embeddings=looks, displacements=[[0.0, 0.0]]))
        assert np.isfinite(tracks.xyxy).all() and np.isfinite(tracker._tracklets.states).all()
    if len(tracks):
        np.testing.assert_allclose(tracks.xyxy, [flat], atol=1e-4)
    tracker.save(tmp_path / "state.npz")
    Tracker.load(tmp_path / "state.npz")


def test_the_length_of_an_embedding_does_not_matter() -> None:
    unit, long = Tracker(), Tracker()
    for detections in crowd(21, num_people=12, num_frames=40, embedding_dim=8):
        assert detections.embeddings is not None
        tracks = long.update(replace(detections, embeddings=20 * detections.embeddings))
        np.testing.assert_array_equal(tracks.ids, unit.update(detections).ids)


def test_no_detections_may_have_embeddings_of_any_size() -> None:
    tracker = Tracker()
    (first, second) = list(crowd(3, num_people=4, num_frames=2, embedding_dim=8))
    tracker.update(first)
    assert len(tracker.update(Detections([], [], embeddings=[]))) == 0
    assert len(tracker.update(second))


def test_other_types_than_detections_are_named() -> None:
    with pytest.raises(TypeError, match=r"expected outrack\.Detections\(.*got builtins\.float"):
        Tracker().update(0.5)
    with pytest.raises(ValueError, match=r"expected outrack\.Detections\(.*got a dictionary of bbox"):
        Tracker().update({"bbox": np.zeros((1, 4))})


@pytest.mark.parametrize(
    ("affine", "message"),
    [
        (np.eye(3), r"shape \(2, 3\), got \(3, 3\)"),
        (np.zeros((2, 3)), "an affine with an inverse"),
        (np.full((2, 3), np.nan), "that of one frame to the next"),
        (np.array([[1e200, 0, 0], [0, 1e200, 0]]), "that of one frame to the next"),
        (np.array([[1e4, 0, 0], [0, 1, 0]]), "that of one frame to the next"),
        (np.array([[1.0, 0, 1e8], [0, 1, 0]]), "that of one frame to the next"),
    ],
)
def test_camera_motion_is_an_affine_with_an_inverse(affine: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tracker().update(seen(box(100, 300)), camera_motion=affine)


@pytest.mark.parametrize("timestamp", [float("nan"), float("inf"), 1e21, -(10**400)])
def test_time_is_a_number(timestamp: float) -> None:
    tracker = Tracker()
    tracker.update(seen(), timestamp=-1e19)
    with pytest.raises(ValueError, match="timestamp: expected seconds, got "):
        tracker.update(seen(), timestamp=timestamp)
    tracker.update(seen(box(100, 300)), timestamp=9e18)  # the longest that a container can say


@pytest.mark.parametrize("timestamp", ["1.5", datetime(2026, 11, 28), np.timedelta64(40, "ms"), [0.0, 1.0]])
def test_other_kinds_of_time_are_refused(timestamp: object) -> None:
    tracker = Tracker()
    with pytest.raises(TypeError, match=f"timestamp: expected seconds as a number, got {type(timestamp).__name__}"):
        tracker.update(seen(), timestamp=timestamp)  # type: ignore[arg-type]
    tracker.update(seen(), timestamp=np.float32(0.04))  # type: ignore[arg-type]


@pytest.mark.parametrize(("step", "warnings"), [(40.0, 1), (0.04, 0), (0.08, 0), (3600.0, 0)])
def test_milliseconds_are_suspected(step: float, warnings: int, caplog: pytest.LogCaptureFixture) -> None:
    tracker = Tracker(frame_rate=25)
    for frame in range(6):
        tracker.update(seen(box(100, 300)), timestamp=frame * step)
    assert [record.message for record in caplog.records] == warnings * [
        "timestamps advance by 40 s per frame, at a frame rate of 25: are they milliseconds? Expected seconds"
    ]


def test_a_tracker_has_one_caller_at_a_time() -> None:
    tracker = Tracker()

    class Interrupting:
        def __array__(self, dtype: object = None, copy: object = None) -> NDArray[np.float64]:
            return tracker.update([]).xyxy  # as another thread would

    with pytest.raises(RuntimeError, match=r"Tracker\.update is in use by another thread: give each stream"):
        tracker.update(Interrupting())  # type: ignore[call-overload]
    assert len(tracker.update([[100, 50, 140, 170, 0.9]])) == 1


def test_a_frame_that_is_refused_changes_nothing() -> None:
    tracker = Tracker()
    tracker.update(seen(box(100, 300)), timestamp=1.0)
    upside_down = Detections([[300, 40, 100, 90]], [0.9])
    with pytest.raises(ValueError, match=r"detection 0 has x2 < x1 or y2 < y1: box \[300.* not x, y, width, height"):
        tracker.update(upside_down, timestamp=9.0)
    assert tracker.update(seen(box(100, 300)), timestamp=1.1).ids.tolist() == [1]


def test_time_must_not_run_backwards() -> None:
    tracker = Tracker()
    tracker.update(seen(), timestamp=5.0)
    with pytest.raises(ValueError, match=r"time runs backwards: 4.0 s after 5.0 s. Call reset\(\)"):
        tracker.update(seen(), timestamp=4.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frame_rate": 0}, "frame_rate must be above 0, got 0"),
        ({"max_lost_s": -1}, "max_lost_s must be 0 or more, got -1"),
        ({"refind": "sometimes"}, "refind must be combined, paper, official, geometric, gsm or off, got 'sometimes'"),
        ({"low_score": 0.9}, "expected low_score <= high_score <= start_score, got 0.9, 0.4 and 0.4"),
        ({"refinding.points.threshold": float("nan")}, "PointsSettings.threshold must be between 0 and 1, got nan"),
        ({"motion.box_shape": "round"}, "MotionSettings.box_shape must be size or aspect, got 'round'"),
        ({"frame_rate": 1e300}, "TrackerConfig.frame_rate must be between 1e-09 and 1e+09, got 1e+300"),
        ({"smoothing.width_s": 1e300}, "SmoothingSettings.width_s must be at most 1e+09, got 1e+300"),
        ({"overlap.limit": float("nan")}, "OverlapSettings.limit must be between -1e+09 and 1e+09, got nan"),
        ({"camera.max_matches": 2.5}, "CameraSettings.max_matches must be a whole number from 1 to 1000000, got 2.5"),
        ({"refinding.graphs.num_candidates": 10**10}, "num_candidates must be a whole number from 0 to 1000000, got"),
        (
            {"refinding.graphs.num_neighbours": 6},
            "GraphSettings.num_neighbours must be a whole number from 1 to 5, got 6",
        ),
        ({"refinding.graphs.num_neighbours": 2.5}, "num_neighbours must be a whole number from 1 to 5, got 2.5"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace("+", r"\+")):
        TrackerConfig().with_values(settings)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="max_lost"):
        Tracker(max_lost=3)


def test_long_run_stays_small_and_ids_stay_unique() -> None:
    """2,000 frames of 50 people who come and go; the benchmark does 20,000."""
    tracker, most = Tracker(), 0
    shown: set[int] = set()
    for detections in crowd(17, num_people=50, num_frames=2000):
        tracks = tracker.update(detections)
        assert len(set(tracks.ids.tolist())) == len(tracks)
        shown |= set(tracks.ids.tolist())
        most = max(most, len(tracker._tracklets))
    assert most < 300
    assert shown == set(range(1, max(shown) + 1))  # ids have no gaps
