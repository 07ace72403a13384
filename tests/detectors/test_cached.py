"""Detections that are kept: they are restored unchanged, and a damaged file is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.detectors.cached import Replay, cached_detections
from outrack.structures import Detections, Frame

FIELDS = ("xyxy", "scores", "class_ids", "embeddings", "occlusions", "displacements")


def frames(*, full: bool) -> list[Detections]:
    rng = np.random.default_rng(4)
    made = []
    for count, points in ((3, 2), (0, 0), (5, 1)):
        corner = rng.random((count, 2)) * 100
        more = {
            "embeddings": rng.normal(size=(count, 8)),
            "occlusions": rng.random((points, 3)),
            "displacements": rng.normal(size=(count, 2)),
        }
        made.append(Detections(np.hstack([corner, corner + 9]), rng.random(count), **(more if full else {})))
    return made


def not_asked() -> list[Detections]:
    raise AssertionError("nothing should be detected")


@pytest.mark.parametrize("full", [True, False])
def test_they_come_back_to_the_last_bit(full: bool, tmp_path: Path) -> None:
    given = frames(full=full)
    path = tmp_path / "new" / "sequence.npz"
    assert cached_detections(path, lambda: given) == given
    found = cached_detections(path, not_asked)
    assert len(found) == len(given)
    for one, other in zip(found, given, strict=True):
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
            assert (getattr(one, name) is None) == (getattr(other, name) is None)


def test_the_reference_repeats_the_options() -> None:
    given = frames(full=False)
    replay = Replay(given, first=5)
    assert [replay(Frame(None, index, 0.0)) for index in (6, 5, 6)] == [given[1], given[0], given[1]]


def test_a_frame_without_boxes_has_the_fields_of_the_others(tmp_path: Path) -> None:
    one = Detections([[0, 0, 1, 1]], [0.5], embeddings=[[1.0, 0.0]])
    path = tmp_path / "sequence.npz"
    cached_detections(path, lambda: [Detections.empty(), one])
    empty, found = cached_detections(path, not_asked)
    assert len(empty) == 0
    assert found.embeddings is not None
    assert found.embeddings.tolist() == [[1.0, 0.0]]
    without = Detections([[0, 0, 1, 1]], [0.5])
    with pytest.raises(ValueError, match="some frames have embeddings, and others do not"):
        cached_detections(tmp_path / "other.npz", lambda: [without, one])


def test_no_frames(tmp_path: Path) -> None:
    assert cached_detections(tmp_path / "none.npz", list) == []
    assert cached_detections(tmp_path / "none.npz", not_asked) == []


def test_interrupted_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        cached_detections(tmp_path / "sequence.npz", not_asked)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_file_is_reported(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "sequence.npz"
    cached_detections(path, lambda: frames(full=True))
    path.write_bytes(path.read_bytes()[:200] if content is None else content)
    with pytest.raises(ValueError, match=r"sequence\.npz: not a detections file of outrack; delete it"):
        cached_detections(path, not_asked)
