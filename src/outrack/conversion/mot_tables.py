"""MOTChallenge's text files: `gt.txt`, `det.txt`, results, and the zip of results that the test server takes."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from outrack.boxes import xywh_to_xyxy
from outrack.conversion.frames import write_frames
from outrack.conversion.labels import Labels, Picture, by_video
from outrack.conversion.mot_rows import ground_truth, labels_of_sequence, mot_numbers
from outrack.io.archives import check_unpacked
from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading
from outrack.io.ground_truth import read_ground_truth, write_ground_truth
from outrack.io.mot_detections import read_detections
from outrack.io.numbers import numbered_rows
from outrack.io.sequence_folder import PUBLIC_DETECTORS, split_copy
from outrack.io.sequences import LabelledSequence
from outrack.io.video_boxes import read_boxes_mot
from outrack.video.writers.tables import MotWriter

__all__ = [
    "read_det",
    "read_gt",
    "read_results",
    "read_zip",
    "write_gt",
    "write_rows",
    "write_zip",
]


def read_gt(path: Path) -> Labels:
    """A `gt.txt` of MOT15, of MOT16 and later, or as written by TrackEval and outrack: named after its sequence."""
    return labels_of_sequence(read_ground_truth(path, name=_name(path, "gt")), path)


def read_det(path: Path) -> Labels:
    """A `det.txt`; ids in the file are ignored."""
    rows = read_detections(path, None)
    sequence = LabelledSequence.from_rows(
        map(tuple, np.column_stack([rows[:, :2], xywh_to_xyxy(rows[:, 2:6]), rows[:, 6]]))
    )
    return labels_of_sequence(replace(sequence, name=_name(path, "det"), ids=np.full(len(sequence), -1)), path)


def read_results(path: Path) -> Labels:
    """Results of a tracker, `frame,id,x,y,w,h,score,-1,-1,-1`.

    Raises:
        ValueError: nine columns, which are ground truth, or ids of -1, which are detections; names the file.
    """
    rows = numbered_rows(path, min_columns=6, hint="A result line is: frame, id, x, y, w, h, score, -1, -1, -1.")
    if rows and all(len(row) == 9 for _, row in rows):
        raise ValueError(f"{path}: nine columns are ground truth: use --from mot-gt")
    sequence = read_boxes_mot(path)
    if len(sequence) and (sequence.ids < 0).all():
        raise ValueError(f"{path}: every id is below 0, as in detection files: use --from mot-det")
    return labels_of_sequence(replace(sequence, name=path.stem), path)


def read_zip(path: Path) -> Labels:
    """The test server's zip: a result file for each sequence, at the top level. Copies for public detectors are
    merged."""
    pictures: list[Picture] = []
    copies: Counter[str] = Counter()
    seen: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for stem, content in _members(path):
            name, _ = split_copy(stem)
            if seen.get(name) == content:
                copies["copies for public detectors"] += 1
                continue
            name = stem if name in seen else name
            seen[name] = content
            file = Path(folder) / f"{name}.txt"
            file.write_bytes(content)
            try:
                pictures += read_results(file).pictures
            except ValueError as error:
                raise ValueError(str(error).replace(str(file), f"{path}: {stem}.txt")) from error
    return Labels(tuple(pictures), unread=copies)


def _members(path: Path) -> list[tuple[str, bytes]]:
    """The result files in a zip: name of the sequence, and content."""
    with reading(path, "not a zip file that can be read"), zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".txt") and "/" not in name)
        if not names:
            raise ValueError(
                f"{path}: it contains no SEQ.txt; the server's zip has one for each sequence, at the top level"
            )
        for name in names:
            check_unpacked(path, archive.getinfo(name))
        return [(name.removesuffix(".txt"), archive.read(name)) for name in names]


def write_gt(path: Path, labels: Labels) -> list[Path]:
    """A `gt.txt` of one video, as TrackEval takes it."""
    with atomic_write(path) as unfinished:
        write_ground_truth(unfinished, ground_truth(labels, mot_numbers(labels.class_names)))
    return [path]


def write_rows(path: Path, labels: Labels) -> list[Path]:
    """Results of one video, or detections if no box has an identity."""
    return write_frames(path, labels, MotWriter)


def write_zip(path: Path, labels: Labels) -> list[Path]:
    """The zip for the test server, which expects each sequence of MOT17 once per public detector."""
    with (
        atomic_write(path) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
        tempfile.TemporaryDirectory() as folder,
    ):
        for name, pictures in by_video(labels).items():
            (file,) = write_rows(Path(folder) / "rows.txt", replace(labels, pictures=tuple(pictures)))
            copied = re.fullmatch(r"MOT17-\d\d", name)
            for member in [f"{name}-{detector}" for detector in PUBLIC_DETECTORS] if copied else [name]:
                archive.write(file, f"{member}.txt")
    return [path]


def _name(path: Path, file: str) -> str:
    """Name of a sequence from the path of one of its files: `SEQ/gt/gt.txt`, or `SEQ.txt`."""
    full = path.resolve()
    return full.parents[1].name if full.stem == file and full.parent.name == file else path.stem
