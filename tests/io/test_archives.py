"""Archives whose declared sizes are too large or wrong."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from outrack.io.archives import MAX_UNPACKED, check_arrays, check_unpacked, read_arrays


def test_arrays_come_back_as_they_were_kept(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", boxes=np.arange(8.0).reshape(2, 4), names=np.array(["a", "bc"]))
    arrays = read_arrays(tmp_path / "a.npz", "broken")
    assert arrays["boxes"].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert arrays["names"].tolist() == ["a", "bc"]


def test_an_array_that_is_larger_than_the_file_is_refused(tmp_path: Path) -> None:
    kept = io.BytesIO()
    np.save(kept, np.zeros(2))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", kept.getvalue().replace(b"(2,)", b"(9999999999999,)"[: len(b"(2,)") + 12]))
    with pytest.raises(ValueError, match=r"a\.npz: broken"):
        read_arrays(tmp_path / "a.npz", "broken")


def test_an_array_of_objects_runs_no_code(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match=r"a\.npz: broken \(Object arrays cannot be loaded"):
        read_arrays(tmp_path / "a.npz", "broken")


def test_what_unpacks_to_more_than_a_disk_has_is_refused() -> None:
    member = zipfile.ZipInfo("annotations.xml")
    member.file_size = MAX_UNPACKED
    check_unpacked(Path("a.zip"), member)
    member.file_size = 10**12
    with pytest.raises(ValueError, match=r"a\.zip: annotations.xml in it would unpack to 1000000 MB"):
        check_unpacked(Path("a.zip"), member)


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.zeros((2, 4), np.float32), "type float32; expected float64"),
        (np.zeros((2, 3)), r"shape \(2, 3\)"),
        (np.zeros(4), r"shape \(4,\)"),
        (np.full((2, 4), np.inf), "not finite"),
    ],
)
def test_arrays_unlike_their_example_are_refused(array: np.ndarray, complaint: str) -> None:
    check_arrays({"a": np.zeros((3, 4)), "b": np.zeros((2, 7))}, {"a": np.zeros((0, 4)), "b": np.zeros((0, 0))})
    with pytest.raises(ValueError, match=f"a (is|has).*{complaint}"):
        check_arrays({"a": array}, {"a": np.zeros((0, 4))})
    with pytest.raises(ValueError, match="a is missing"):
        check_arrays({}, {"a": np.zeros((0, 4))})


def test_text_of_characters_that_there_are_not_is_refused() -> None:
    broken = np.array([0x7FFFFFFF], np.uint32).view("<U1")
    with pytest.raises(ValueError, match="names is not text"):
        check_arrays({"names": broken}, {"names": np.array([], np.str_)})
