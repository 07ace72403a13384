"""Damaged CVAT archives, for `outrack convert`."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from outrack.conversion.cvat import read_mot
from outrack.conversion.guess import format_of_input


def test_names_in_another_encoding_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gt/gt.txt", "1,1,1,2,3,4,1,2,1\n")
        archive.writestr("gt/labels.txt", b"person\ngar\xe7on\n")
    labels = read_mot(path)
    assert labels.class_names[0] == "person"
    assert [len(picture.boxes) for picture in labels.pictures] == [1]


def test_a_zip_whose_list_of_files_is_broken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("annotations.xml", "<annotations/>")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 3] = 0  # no entry begins here any more
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.zip: not a readable zip file"):
        format_of_input(path)
