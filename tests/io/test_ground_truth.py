"""Parsing of gt.txt: what is accepted, what is refused and where the message points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.io.ground_truth import read_ground_truth, write_ground_truth


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_reads_and_sorts_the_nine_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "gt.txt", "2,1,5,6,7,8,1,1,0.5\n1,3,1,2,3,4,0,7,1\n1,2,0,0,9,9,1,1,0.25\n")
    assert read_ground_truth(path).ids.tolist() == [1, 3, 2]  # of equal rows the first in the file wins an assignment
    truth = read_ground_truth(path).in_order()
    assert truth.frames.tolist() == [1, 1, 2]
    assert truth.ids.tolist() == [2, 3, 1]
    assert truth.xyxy.tolist() == [[0, 0, 9, 9], [1, 2, 4, 6], [5, 6, 12, 14]]
    assert truth.counted.tolist() == [True, False, True]
    assert truth.classes.tolist() == [1, 7, 1]
    assert truth.visibility is not None
    assert truth.visibility.tolist() == [0.25, 1, 0.5]
    assert truth.pedestrians.ids.tolist() == [2, 1]


def test_windows_line_ends_blank_lines_and_float_ids_are_fine(tmp_path: Path) -> None:
    plain = read_ground_truth(write(tmp_path / "a.txt", "1,2,5,6,7,8,1,1,0.5\n2,2,5,6,7,8,1,1,0.5\n"))
    odd = read_ground_truth(write(tmp_path / "b.txt", "1.0,2.0,5,6,7,8,1,1,0.5\r\n\r\n2,2.0,5,6,7,8,1,1,0.5\r\n"))
    assert np.array_equal(plain.frames, odd.frames)
    assert np.array_equal(plain.ids, odd.ids)
    assert np.array_equal(plain.xyxy, odd.xyxy)


def test_mot15_has_world_coordinates_instead_of_class_and_visibility(tmp_path: Path) -> None:
    truth = read_ground_truth(write(tmp_path / "gt.txt", "1,1,1703,385,157,339,1,-1,-1,-1\n1,2,3,4,5,6,0,1.5,-2.5,0\n"))
    assert truth.classes.tolist() == [1, 1]
    assert truth.visibility is None
    assert truth.pedestrians.ids.tolist() == [1]


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert len(read_ground_truth(write(tmp_path / "gt.txt", "\n"))) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,-1,5,6,7,8,0.9\n", r"line 1: expected at least 9 columns, got 7.*Is this a det\.txt\?"),
        ("1,-1,5,6,7,8,0.9,-1,-1,-1\n", r"line 1: expected an identity of 0 or more, got -1.*Is this a det\.txt\?"),
        ("1,1,5,6,7,8,1,1,1\n\n2,1,nan,6,7,8,1,1,1\n", r"line 3: a number is not finite"),
        ("1,1,5,6,7,8,1,1,1\n\n2,1.5,5,6,7,8,1,1,1\n", r"line 3: expected a whole number as identity, got 1\.5"),
        ("1.5,1,5,6,7,8,1,1,1\n", r"line 1: expected a whole number as frame, got 1\.5"),
        ("1,1e30,5,6,7,8,1,1,1\n", r"line 1: expected a whole number as identity, got 1"),
        ("1,1,5,6,7,8,1,1,1\n1,2,5,6,7,8,1,-1,-1,-1\n", r"line 2: 10 columns, but line 1 has 9"),
        ("1,0,5,6,7,8,1,1,0,0\n\n1,1,5,6,7,8,1,4,0,1\n", r"line 3: columns 8 to 10 look like VisDrone's"),
        ("1,1,5,6,-7,8,1,1,1\n", r"line 1: expected a width and height of 0 or more, got"),
        ("0,1,5,6,7,8,1,1,1\n", r"line 1: expected a frame from 1, got 0"),
        (
            "1,1,5,6,7,8,1,1,1\n9,1,5,6,7,8,1,1,1\n",
            r"line 2: expected a frame from 1 to 8, the length of the seq.*got 9",
        ),
        ("1,1,5,6,7,8,1,-1,-1\n", r"line 1: expected a class from 1 to 13, got -1"),
        (
            "1,4,5,6,7,8,1,1,1\n\n2,4,5,6,7,8,1,1,1\n1,4,5,6,7,8,1,1,1\n",
            r"line 4: identity 4 appears twice in frame 1",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"gt\.txt, " + message):
        read_ground_truth(write(tmp_path / "gt.txt", text), num_frames=8)


def test_written_rows_are_read_back_equal(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    text = "".join(
        f"{frame},{identity},{rng.uniform(1, 99):.3f},2,33.25,44.5,{frame % 2},{1 + identity % 12},0.125\n"
        for frame in range(1, 6)
        for identity in range(1, 4)
    )
    truth = read_ground_truth(write(tmp_path / "gt.txt", text))
    write_ground_truth(tmp_path / "new" / "gt.txt", truth)
    again = read_ground_truth(tmp_path / "new" / "gt.txt")
    for name in ("frames", "ids", "xyxy", "counted", "classes", "visibility"):
        assert np.array_equal(getattr(truth, name), getattr(again, name)), name


def test_within_keeps_frame_numbers(tmp_path: Path) -> None:
    truth = read_ground_truth(write(tmp_path / "gt.txt", "".join(f"{f},1,1,1,5,5,1,1,1\n" for f in range(1, 7))))
    half = truth.within(range(4, 7))
    assert half.frames.tolist() == [4, 5, 6]
