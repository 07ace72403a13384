"""One label file of YOLO, without its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from outrack.io.yolo import read_yolo_labels


def test_boxes_and_polygons_stand_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.4\n3 0.1 0.1 0.3 0.1 0.2 0.5\n")
    labels = read_yolo_labels(tmp_path / "a.txt")
    assert labels.class_ids.tolist() == [0, 3]
    assert labels.cxcywh.tolist() == [pytest.approx([0.5, 0.5, 0.2, 0.4]), pytest.approx([0.2, 0.3, 0.2, 0.4])]
    assert (labels.ids, labels.num_polygons, labels.doubtful) == (None, 1, ())


def test_identities_are_the_second_column_of_jde(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 7 0.5 0.5 0.2 0.4\n0 -1 0.5 0.5 0.2 0.4\n")
    labels = read_yolo_labels(tmp_path / "a.txt", with_ids=True)
    assert labels.ids is not None and labels.ids.tolist() == [7, -1]
    with pytest.raises(ValueError, match=r"a\.txt, line 1: expected 5 columns, got 6.*an id?"):
        read_yolo_labels(tmp_path / "a.txt")


@pytest.mark.parametrize("line", ["0 320 240 64 128", "0 1e308 1e308 1e308 1e308 1e308 1e308"])
def test_pixels_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.txt").write_text(f"0 0.5 0.5 0.2 0.4\n{line}\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 2: \[.*\] is far outside the image"):
        read_yolo_labels(tmp_path / "a.txt")
