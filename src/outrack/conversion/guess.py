"""Recognises the format of a path, if its name or its content is unambiguous."""

from __future__ import annotations

import zipfile
from pathlib import Path

from outrack.conversion.coco import annotations_in
from outrack.conversion.cvat import is_cvat_mot
from outrack.conversion.formats import FORMATS, Format
from outrack.datasets.mot import sequences_below
from outrack.io.damaged import reading
from outrack.io.numbers import numbered_rows

__all__ = ["format_of_input", "format_of_output"]

_BY_SUFFIX = {".json": "coco", ".jsonl": "jsonl", ".csv": "csv", ".xml": "cvat", ".odgt": "crowdhuman"}
_BY_NAME = {"gt.txt": "mot-gt", "det.txt": "mot-det"}


def format_of_input(path: Path) -> Format:
    """The format of the file or folder at `path`.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it may have several formats, or none of them; lists the format names.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    name = _of_folder(path) if path.is_dir() else _of_file(path)
    if name is None:
        raise ValueError(f"{path}: cannot recognise the format; give --from {'|'.join(FORMATS)}")
    return FORMATS[name]


def format_of_output(path: Path) -> Format:
    """The format that the name of an output implies.

    Raises:
        ValueError: it implies none; lists the format names.
    """
    name = _BY_NAME.get(path.name) or _BY_SUFFIX.get(path.suffix.lower())
    if name is None and path.suffix.lower() == ".txt":
        name = "mot-results"
    if name is None:
        raise ValueError(f"{path}: cannot tell which format to write; give --to {'|'.join(FORMATS)}")
    return FORMATS[name]


def _of_file(path: Path) -> str | None:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _of_zip(path)
    if suffix == ".txt":
        return _BY_NAME.get(path.name) or _of_rows(path)
    return _BY_SUFFIX.get(suffix)


def _of_rows(path: Path) -> str | None:
    rows = [row for _, row in numbered_rows(path, min_columns=6, hint="Give --from if it is not a MOTChallenge file.")]
    if rows and all(len(row) == 9 for row in rows):
        return "mot-gt"
    if rows and all(row[1] < 0 for row in rows):
        return "mot-det"
    return "mot-results" if rows and all(len(row) >= 7 and row[1] >= 0 for row in rows) else None


def _of_zip(path: Path) -> str | None:
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path}: not a zip file")
    if is_cvat_mot(path):
        return "cvat-mot"
    with reading(path, "not a zip file that can be read"), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if "annotations.xml" in names:
        return "cvat"
    return "mot-zip" if names and all(name.endswith(".txt") and "/" not in name for name in names) else None


def _of_folder(path: Path) -> str | None:
    if (path / "images").is_dir() and (path / "labels_with_ids").is_dir():
        return None if (path / "labels").is_dir() else "jde"
    if (path / "images").is_dir() and (path / "labels").is_dir():
        return "yolo"
    if annotations_in(path):
        return "coco-folder"
    if sequences_below(path):
        return "mot"
    kinds = {_of_file(file) for file in path.iterdir() if file.is_file() and file.suffix.lower() in _VIDEO_FILES}
    return kinds.pop() if len(kinds) == 1 else None


_VIDEO_FILES = tuple({each.suffix for each in FORMATS.values() if each.suffix not in ("", ".json", ".odgt")})
"""Endings of formats with one file per video, of which a folder is a dataset."""
