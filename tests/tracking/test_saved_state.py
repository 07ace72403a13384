"""Saved trackers that are damaged or impossible."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.structures import Detections, Tracks
from outrack.tracking import Tracker


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[Any]]:
    """A tracker of two people after three frames, as it is kept."""
    path = tmp_path_factory.mktemp("saved") / "state.npz"
    tracker = Tracker(frame_rate=10)
    for shift in range(3):
        tracker.update(Detections([(10 + shift, 10, 40, 90), (100, 10, 130, 90)], [0.9, 0.8]))
    tracker.save(path)
    with np.load(path) as saved:
        return dict(saved)


def test_cached_detections_are_reused(arrays: dict[str, NDArray[Any]], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    assert Tracker.load(tmp_path / "a.npz").update(Detections.empty()).ids.tolist() == []


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("clock", [np.inf, 2], "the latest frame was at inf s"),
        ("clock", [np.nan, 2], "the latest frame was at nan s"),
        ("clock", [1e300, 2], "the latest frame was at 1e.300 s"),
        ("clock", [0.2, 1], "1 ids were assigned, but the highest is 2"),
        ("clock", [0.2, np.nan], "nan ids"),
        ("clock", [0.1, 2], "seen_s is after the latest frame"),
        ("clock", [0.2, 2, -0.1], "the latest frame was -0.1 s after the one before"),
        ("clock", [0.2, 2, np.inf], "the latest frame was inf s after the one before"),
        ("ids", [1, 1], "an id is duplicate"),
        ("ids", [-1, 1], "an id is duplicate or negative"),
        ("ids", [1.0, 2.0], "ids is of type float64"),
        ("ids", [1], "different lengths"),
        ("status", [1, 7], "expected a status of 0, 1 or 2"),
        ("states", np.zeros((2, 5)), "states has the shape"),
        ("states", np.full((2, 5, 4), np.nan), "states has a number that is not finite"),
        ("states", np.full((2, 5, 4), 1e20), "a box is far outside any picture"),
        ("states", np.full((2, 5, 4), -1.0), "the variance of a box is not positive"),
        (
            "states",
            np.full((2, 5, 4), [[9.0], [0.0], [2.0], [1e200], [1.0]]),
            "the variance of a box is not positive, or",
        ),
        ("states", np.full((2, 5, 4), 1e-310), "the variance of a box is not positive"),
        ("states", np.full((2, 5, 4), [[9.0], [0.0], [2.0], [30.0], [1.0]]), "the covariance of a box"),
        ("embeddings", np.zeros((2, 4)), "embeddings is of type float64"),
        ("embeddings", np.full((2, 4), 1e30, np.float32), "expected embeddings of length 1 or 0"),
        ("shared_motion", [np.nan, 0], "shared_motion has a number that is not finite"),
        ("shared_motion", [0.0, 0.0, 0.0], r"shared_motion has 3 numbers; expected 2"),
        ("clock", [0.2, 2.0**53], r"9\.0072e\+15 ids"),
    ],
)
def test_a_memory_that_no_video_leads_to_is_refused(
    arrays: dict[str, NDArray[Any]], tmp_path: Path, name: str, value: Any, complaint: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays | {name: np.array(value)})
    with pytest.raises(ValueError, match=rf"a\.npz: not the saved state of a tracker .*{complaint}"):
        Tracker.load(tmp_path / "a.npz")


def approaching(tracker: Tracker, frame: int, *, step_s: float) -> Tracks:
    """One person who comes nearer, at frame times of multiples of `step_s`."""
    return tracker.update(Detections([(10, 10, 40 + frame, 90 + 3 * frame)], [0.9]), timestamp=frame * step_s)


@pytest.mark.parametrize("num_before", [0, 1, 2, 20])
@pytest.mark.parametrize("step_s", [0.04, 0.1, 0.6])
def test_a_loaded_tracker_takes_no_other_steps_for_gaps(tmp_path: Path, num_before: int, step_s: float) -> None:
    """Lost tracks are not kept, so that a missing frame ends a track."""
    tracker = Tracker(frame_rate=30, max_lost_s=0.0)
    for frame in range(num_before):
        approaching(tracker, frame, step_s=step_s)
    tracker.save(tmp_path / "a.npz")
    again = Tracker.load(tmp_path / "a.npz")
    for frame in range(num_before, num_before + 3):
        want, got = (approaching(one, frame, step_s=step_s) for one in (tracker, again))
        assert got.ids.tolist() == want.ids.tolist() == [1]
        np.testing.assert_array_equal(got.xyxy, want.xyxy)


def test_files_without_a_step_continue_at_the_frame_rate(tmp_path: Path) -> None:
    tracker = Tracker(frame_rate=10, max_lost_s=0.0)
    for frame in range(3):
        approaching(tracker, frame, step_s=0.1)
    tracker.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as saved:
        older = dict(saved) | {"clock": saved["clock"][:2]}
    np.savez(tmp_path / "older.npz", **older)
    assert approaching(Tracker.load(tmp_path / "older.npz"), 3, step_s=0.1).ids.tolist() == [1]
    late = Tracker.load(tmp_path / "older.npz")
    assert late.update(Detections([(10, 10, 40, 90)], [0.9]), timestamp=0.4).ids.tolist() == []


@pytest.mark.parametrize("settings", ["[" * 100_000, "9" * 5000, "{}", "[]", '{"classes": 3}'])
def test_settings_that_cannot_be_read_are_refused(
    arrays: dict[str, NDArray[Any]], tmp_path: Path, settings: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays | {"config": np.array(settings)})
    with pytest.raises(ValueError, match=r"a\.npz: not the saved state of a tracker"):
        Tracker.load(tmp_path / "a.npz")


def test_another_way_of_compression_is_refused(arrays: dict[str, NDArray[Any]], tmp_path: Path) -> None:
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    content = bytearray(packed.getvalue())
    content[content.index(b"PK\x01\x02") + 10] = 99
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npz: not the saved state of a tracker.*compression"):
        Tracker.load(tmp_path / "a.npz")
    assert zipfile.is_zipfile(tmp_path / "a.npz")
