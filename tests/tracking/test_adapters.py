"""`Tracker.update` with the detections of other libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Unpack, get_type_hints

import numpy as np
import pytest

import outrack
from outrack.structures import Detections, Tracks, TrackState
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.adapters import supervised
from outrack.tracking.keywords import SettingsBesidesRate, TrackerSettings

BOXES = np.array([[10.0, 10, 50, 110], [200, 20, 240, 120]])
SCORES = np.array([0.9, 0.8])


def test_arrays_and_lists_are_tracked_as_detections_are() -> None:
    expected = Tracker().update(Detections(BOXES, SCORES))
    with_scores = np.column_stack([BOXES, SCORES])
    for given in (with_scores, with_scores.tolist(), np.column_stack([with_scores, [0, 0]])):
        tracks = Tracker().update(given)
        assert isinstance(tracks, Tracks)
        np.testing.assert_array_equal(tracks.xyxy, expected.xyxy)
        np.testing.assert_array_equal(tracks.scores, expected.scores)
    assert Tracker().update(BOXES).scores.tolist() == [1, 1]
    assert len(Tracker().update(np.empty((0, 5)))) == len(Tracker().update([])) == 0
    assert Tracker().update(np.array([[0, 0, 9, 9, 0.9, 3]])).class_ids.tolist() == [3]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            [[1, 2, 3, 4], [1, 2, 3]],
            ValueError,
            r"array of boxes \(N, 4\).*got something that is not an array of numbers",
        ),
        (np.zeros((2, 3)), ValueError, r"array of boxes \(N, 4\).*got an array of shape \(2, 3\)"),
        (np.zeros(4), ValueError, r"shape \(4,\)"),
        (np.array([[0, 0, 9, 9, 0.9, 1.5]]), ValueError, "sixth column is the class, a whole number; got 1.5"),
        ("det.txt", TypeError, "expected outrack.Detections.*got builtins.str"),
        (None, TypeError, "got builtins.NoneType"),
        (type("Results", (), {"boxes": None})(), ValueError, "these results have no boxes"),
    ],
)
def test_unknown_types_of_detections_get_a_list_of_known_ones(
    given: object, error: type[Exception], message: str
) -> None:
    tracker = Tracker()
    tracker.update(BOXES)
    with pytest.raises(error, match=message):
        tracker.update(given)  # type: ignore[call-overload]
    assert tracker.update(BOXES).ids.tolist() == [1, 2]


def test_supervision_comes_back_with_all_its_data() -> None:
    supervision = pytest.importorskip("supervision")
    masks = np.zeros((3, 4, 6), bool)
    masks[2] = True
    given = supervision.Detections(
        xyxy=np.array([*BOXES, [300, 300, 340, 400]]),
        confidence=np.array([0.9, 0.05, 0.8]),  # the second is too weak to start a track
        class_id=np.array([0, 0, 1]),
        mask=masks,
        data={"class_name": np.array(["person", "person", "cyclist"]), "plate": [None, "x", "B-42"], "speed": SPEEDS},
        metadata={"camera": 7},
    )
    before = {name: list(values) for name, values in given.data.items()}
    tracks = Tracker().update(given)
    assert isinstance(tracks, supervision.Detections)
    assert tracks.tracker_id.tolist() == [1, 2]
    assert tracks.data["class_name"].tolist() == ["person", "cyclist"]
    assert tracks.data["plate"] == [None, "B-42"]
    assert tracks.data["speed"].tolist() == [1.5, 3.5]
    assert tracks.data["detection_index"].tolist() == [0, 2]
    assert tracks.mask.any(axis=(1, 2)).tolist() == [False, True]
    assert tracks.metadata == {"camera": 7}
    assert {name: list(values) for name, values in given.data.items()} == before
    assert given.tracker_id is None
    assert len(Tracker().update(supervision.Detections.empty())) == 0


SPEEDS = np.array([1.5, 2.5, 3.5])


def test_a_refound_person_has_no_data_of_this_frame() -> None:
    supervision = pytest.importorskip("supervision")
    tracker = Tracker(frame_rate=10)

    def frame(number: int, boxes: list[list[float]]) -> object:
        n = len(boxes)
        return tracker.update(
            supervision.Detections(
                xyxy=np.array(boxes, float),
                confidence=np.full(n, 0.9),
                class_id=np.zeros(n, int),
                mask=np.ones((n, 2, 2), bool),
                data={"class_name": np.array(["person"] * n), "depth": np.full(n, 2.0), "frame": np.full(n, number)},
            )
        )

    front, behind = [100.0, 100, 160, 260], [115.0, 95, 165, 240]
    for number in range(1, 8):
        frame(number, [front, behind])
    tracks = frame(8, [front])
    assert tracks.tracker_id.tolist() == [1, 2]
    assert tracks.data["state"].tolist() == ["DETECTED", "REFOUND"]
    assert tracks.data["class_name"].tolist() == ["person", "person"]
    assert tracks.data["frame"].tolist() == [8, 0]
    assert np.isnan(tracks.data["depth"][1])
    assert tracks.mask.any(axis=(1, 2)).tolist() == [True, False]


def test_data_of_detections_are_kept_by_type() -> None:
    """Rows 1 and -1: the second box's data, and those of a person who was refound."""
    supervision = pytest.importorskip("supervision")
    tracks = Tracks(
        BOXES, np.array([7, 8]), np.array([0.5, 0.25]), np.array([3, 0]), np.array([0, 2]), np.array([1, -1])
    )
    data = {
        "text": np.array(["a", "b"]),
        "count": np.array([4, 5]),
        "flag": np.array([True, True]),
        "pair": np.array([[1.0, 2], [3, 4]]),
        "wave": np.array([1j, 2j]),
        "thing": np.array([None, 6], dtype=object),
        "listed": [[1], [2, 3]],
    }
    plain = supervision.Detections(xyxy=BOXES, data=data)
    found = supervised(plain, tracks)
    assert (found.mask, found.confidence, found.class_id) == (None, None, None)
    assert found.tracker_id.tolist() == [7, 8]
    assert found.data["text"].tolist() == ["b", ""]
    assert found.data["count"].tolist() == [5, 0]
    assert found.data["flag"].tolist() == [True, False]
    np.testing.assert_array_equal(found.data["pair"], [[3, 4], [np.nan, np.nan]])
    np.testing.assert_array_equal(found.data["wave"], [2j, np.nan])
    assert found.data["thing"].tolist() == [6, None]
    assert found.data["listed"] == [[2, 3], None]
    assert found.data["state"].tolist() == ["DETECTED", TrackState(2).name]

    scored = supervision.Detections(xyxy=BOXES, confidence=np.array([0.9, 0.8]), class_id=np.array([0, 3]))
    scored.data = {"class_name": np.array(["person", "dog"])}
    found = supervised(scored, tracks)
    assert found.confidence.tolist() == [0.5, 0.25]
    assert found.class_id.tolist() == [3, 0]
    assert found.data["class_name"].tolist() == ["dog", "person"]


def test_supervision_is_not_imported_for_other_detections() -> None:
    program = (
        "import sys, outrack\noutrack.Tracker().update([[0, 0, 9, 9, 0.9]])\nassert 'supervision' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_setting_is_known_to_type_checkers() -> None:
    assert get_type_hints(TrackerSettings) == get_type_hints(TrackerConfig)
    assert get_type_hints(outrack.default_tracker_for)["settings"] == Unpack[SettingsBesidesRate]


def test_a_wrong_setting_names_the_nearest_one() -> None:
    with pytest.raises(TypeError, match="no setting 'framerate'; did you mean 'frame_rate'"):
        Tracker(framerate=25)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"expected a TrackerConfig, got 25.*Tracker\(frame_rate=25\)"):
        Tracker(25)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_strict_type_checker_agrees_with_what_users_write(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(
        "import numpy as np\n"
        "import outrack\n"
        "tracker = outrack.Tracker(frame_rate=25, refind='off')\n"
        "found = outrack.Detections([[0, 0, 9, 9]], [0.9], class_ids=[0])\n"
        "ids: list[int] = tracker.update(found).ids.tolist()\n"
        "tracker.update(np.zeros((0, 5)))\n"
        "detector = outrack.load_detector()\n"
        "print(detector(np.zeros((99, 99, 3), np.uint8)).xyxy.shape)\n"
        "for frame, detections, tracks in outrack.track('street.mp4'):\n"
        "    print(frame.index, tracks.ids)\n"
        "print(outrack.track('street.mp4', 'out.txt').num_people)\n"
        "print([summary.num_people for summary in outrack.track(['a.mp4', 'b.mp4'], 'out/')])\n"
    )
    (tmp_path / "wrong.py").write_text("import outrack\noutrack.Tracker(frame_rat=25)\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", ""]
    right = subprocess.run([*command, "use.py"], cwd=tmp_path, capture_output=True, text=True)
    assert right.returncode == 0, right.stdout
    wrong = subprocess.run([*command, "wrong.py"], cwd=tmp_path, capture_output=True, text=True)
    assert "frame_rat" in wrong.stdout
