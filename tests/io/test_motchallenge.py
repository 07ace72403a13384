"""MOTChallenge's text files: contents and error messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.io.motchallenge import SequenceInfo, read_camera_motion, result_line
from outrack.io.numbers import read_first_columns, read_rows

SEQINFO = """[Sequence]
name=MOT17-02-FRCNN
imDir=img1
frameRate=30
seqLength=600
imWidth=1920
imHeight=1080
imExt=.jpg
"""


def test_reads_seqinfo(tmp_path: Path) -> None:
    path = tmp_path / "seqinfo.ini"
    path.write_bytes(b"\xef\xbb\xbf" + SEQINFO.replace("\n", "\r\n").encode())
    assert SequenceInfo.read(path) == SequenceInfo("MOT17-02-FRCNN", "img1", 30.0, 600, 1920, 1080, ".jpg")


def test_a_seqinfo_needs_its_length_alone(tmp_path: Path) -> None:
    path = tmp_path / "cam-A" / "seqinfo.ini"
    path.parent.mkdir()
    path.write_text("[Sequence]\nname=100%\nseqLength=20\n")
    assert SequenceInfo.read(path) == SequenceInfo("100%", "img1", None, 20, None, None, ".jpg")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "hello",
        SEQINFO.replace("600", "many"),
        SEQINFO.replace("600", "-1"),
        SEQINFO.replace("600", "1.5"),
        SEQINFO.replace("=30", "=0"),
        SEQINFO.replace("=30", "=nan"),
        SEQINFO.replace("=1080", "="),
        SEQINFO.replace("seqLength", "length"),
        SEQINFO + "imExt=.png\n",
    ],
)
def test_a_broken_seqinfo_names_the_file(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "seqinfo.ini"
    path.write_text(broken)
    with pytest.raises(ValueError, match=r"seqinfo\.ini: expected a \[Sequence\] section"):
        SequenceInfo.read(path)


def test_reads_rows_with_windows_ends_blank_lines_and_trailing_commas(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_bytes(b"1,-1,10,20,30,40,0.9,\r\n\r\n2,-1,11,21,31,41,0.8,-1,-1,-1\r\n")
    rows = read_first_columns(path, 7, hint="")
    assert rows.tolist() == [[1, -1, 10, 20, 30, 40, 0.9], [2, -1, 11, 21, 31, 41, 0.8]]


def test_a_line_of_another_length_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("\n1,1,10,20,30,40,1,1,1\n2,1,11,21,31,41,1,1,1,1\n")
    with pytest.raises(ValueError, match=r"gt\.txt, line 3: 10 columns, but line 2 has 9\. .*Look here"):
        read_rows(path, min_columns=7, hint="Look here.")


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "det.txt").touch()
    assert read_rows(tmp_path / "det.txt", min_columns=7, hint="").shape == (0, 7)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,2,3", r"det\.txt, line 2: expected at least 7 columns, got 3\. Look here\."),
        ("1,-1,a,2,3,4,5", r"det\.txt, line 2: expected numbers, got '1,-1,a"),
        ("1,-1,nan,2,3,4,5", r"det\.txt, line 2: a number is not finite"),
        ("1,-1,1e999,2,3,4,5", r"det\.txt, line 2: a number is not finite"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,-1,10,20,30,40,0.9\n" + line + "\n")
    with pytest.raises(ValueError, match=message):
        read_rows(path, min_columns=7, hint="Look here.")


def test_reads_camera_motion_of_the_published_layout(tmp_path: Path) -> None:
    path = tmp_path / "GMC.txt"
    path.write_text("0\t1.0\t0.0\t0.0\t0.0\t1.0\t0.0\t\n1\t1.1\t0.2\t3\t-0.2\t1.1\t4\t\n")
    motion = read_camera_motion(path)
    np.testing.assert_array_equal(motion[1], [[1.1, 0.2, 3], [-0.2, 1.1, 4]])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0.5 1 0 0 0 1 0", r"line 2: expected a whole number as frame, got 0\.5"),
        ("0 1 0 0 0 1 0", "line 2: frame 0 appears twice"),
        ("1 0 0 0 0 1 0", "line 2: camera motion: expected an affine with an inverse"),
    ],
)
def test_a_broken_camera_motion_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "GMC.txt"
    path.write_text(f"0 1 0 0 0 1 0\n{line}\n")
    with pytest.raises(ValueError, match=rf"GMC\.txt, {message}"):
        read_camera_motion(path)


def test_a_result_line_has_two_decimals_and_ten_columns() -> None:
    line = result_line(7, 3, np.array([1.234, 5, 10.999, 20]), 0.98765)
    assert line == "7,3,1.23,5.00,11.00,20.00,0.9877,-1,-1,-1\n"
    assert len(line.split(",")) == 10


def test_detections_are_not_mistaken_for_camera_motion(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,-1,11,10,30,60,0.9\n2,-1,12,10,30,60,0.9\n")
    with pytest.raises(ValueError, match=r"det\.txt, line 1: a, b, c, d are far from 1, 0, 0, 1 in most lines"):
        read_camera_motion(path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,-1,11,10,30,60,0.9\n", encoding="utf-16")
    with pytest.raises(ValueError, match=r"det\.txt, line 1: expected text as UTF-8"):
        read_rows(path, min_columns=7, hint="")


@pytest.mark.parametrize(
    "line",
    [
        "seqLength=99999999999",
        "seqLength=10000001",
        "seqLength=nan",
        "seqLength=1e400",
        "imWidth=9007199254740991",
        "imHeight=0.5",
        "frameRate=1e-320",
        "frameRate=1e300",
        "frameRate=%(frameRate)s",
    ],
)
def test_a_seqinfo_of_more_than_is_ever_filmed_is_refused(tmp_path: Path, line: str) -> None:
    key = line.partition("=")[0]
    values = {"seqLength": "20", "frameRate": "25", "imWidth": "640", "imHeight": "480"} | {key: line.partition("=")[2]}
    path = tmp_path / "seqinfo.ini"
    path.write_text("[Sequence]\n" + "".join(f"{name}={value}\n" for name, value in values.items()))
    with pytest.raises(
        ValueError, match=rf"seqinfo\.ini: expected a \[Sequence\] section.*{key}|seqinfo\.ini.*could not"
    ):
        SequenceInfo.read(path)


def test_names_in_a_seqinfo_are_not_interpolated(tmp_path: Path) -> None:
    path = tmp_path / "seqinfo.ini"
    path.write_text("[Sequence]\nseqLength=2\na=" + "%(b)s" * 50 + "\nname=%(a)s%(a)s\n")
    assert SequenceInfo.read(path).name == "%(a)s%(a)s"
