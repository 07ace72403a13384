"""Exports of CVAT after manual correction of tracks: "CVAT for video 1.1" (XML) and "MOT 1.1" (zip).

To correct tracks: `outrack track video.mp4 -o boxes.xml` writes the XML with few key frames, and CVAT imports it. MOT
1.1 cannot mark key frames, so every box becomes one: use it for data that need no further correction.
"""

from __future__ import annotations

import logging
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from outrack.io.archives import check_unpacked
from outrack.io.cvat_tracks import read_cvat_tracks
from outrack.io.damaged import reading
from outrack.io.ground_truth import read_ground_truth
from outrack.io.person_names import PERSON_NAMES
from outrack.io.sequences import LabelledSequence

__all__ = ["extracted_labels", "read_boxes_cvat_xml", "read_boxes_cvat_zip"]

logger = logging.getLogger(__name__)


def read_boxes_cvat_xml(
    path: Path, *, labels: Sequence[str] = PERSON_NAMES, video: str | None = None
) -> LabelledSequence:
    """Tracks of a "CVAT for video 1.1" file. Between key frames boxes move in straight lines; a box stays from its
    last key frame to the end of the video unless it is marked outside, as in CVAT. A rotated box, a polygon, an ellipse
    or a mask becomes the smallest upright box around it.

    Args:
        path: the XML file.
        labels: labels that count as people, in lower case; other tracks are left out.
        video: name of the video, with or without its ending, which selects the task of a project; by default the name
            of the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a file, a number is malformed, no track has one of the labels, or none of several tasks has
            the name of the video.
    """
    content = read_cvat_tracks(path, video=video, labels=labels)
    if content.labels and not content.known.intersection(labels):
        raise ValueError(
            f"{path}: no track is labelled {' or '.join(labels)}; the labels are {', '.join(content.labels)}"
        )
    if content.boxless:
        count = sum(content.boxless.values())
        kinds = ", ".join(sorted(content.boxless))
        total = count + len(content.tracks)
        logger.warning("%s: %d of %d tracks have no boxes and are skipped (%s)", path, count, total, kinds)
    rows = [np.empty((0, 7))]
    for track in content.tracks:
        ones = np.ones((len(track.rows), 1))
        rows.append(np.hstack([track.rows[:, :1], track.identity * ones, track.rows[:, 1:], ones]))
    return LabelledSequence.from_rows(np.concatenate(rows), content.labelled)


def read_boxes_cvat_zip(
    path: Path, *, labels: Sequence[str] = PERSON_NAMES, video: str | None = None
) -> LabelledSequence:
    """Boxes of a CVAT export: a zip with `annotations.xml` ("CVAT for video 1.1"), or with `gt/gt.txt`
    and `gt/labels.txt` ("MOT 1.1").

    Args:
        path: the zip file.
        labels: labels that count as people, in lower case. Without a `labels.txt`, class 1 does.
        video: as for `read_boxes_cvat_xml`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a zip, no such label, or what is in it is malformed.
    """
    with tempfile.TemporaryDirectory() as folder:
        members = extracted_labels(path, Path(folder))
        try:
            if "annotations.xml" in members:
                return read_boxes_cvat_xml(Path(folder) / "annotations.xml", labels=labels, video=video or path.name)
            if "gt/gt.txt" in members:
                return _read_mot(Path(folder) / "gt", labels)
        except ValueError as error:
            raise ValueError(str(error).replace(folder, str(path))) from error
    raise ValueError(
        f"{path}: it contains neither annotations.xml nor gt/gt.txt. "
        'Was it exported as "CVAT for video 1.1" or "MOT 1.1"?'
    )


def extracted_labels(path: Path, folder: Path) -> set[str]:
    """The names of the label files in an export, extracted to `folder`; other files are ignored."""
    with reading(path, "not a readable zip file"), zipfile.ZipFile(path) as archive:
        members = {"annotations.xml", "gt/gt.txt", "gt/labels.txt"}.intersection(archive.namelist())
        for member in members:
            check_unpacked(path, archive.getinfo(member))
            archive.extract(member, folder)
    return members


def _read_mot(folder: Path, labels: Sequence[str]) -> LabelledSequence:
    truth = read_ground_truth(folder / "gt.txt")
    listing = folder / "labels.txt"
    names = listing.read_text(encoding="utf-8-sig", errors="replace").splitlines() if listing.is_file() else [labels[0]]
    classes = [number for number, name in enumerate(names, start=1) if name.strip().lower() in labels]
    if not classes:
        raise ValueError(f"{listing}: no label is {' or '.join(labels)}; the labels are {', '.join(names)}")
    truth = truth[truth.counted & np.isin(truth.classes, classes)].in_order()
    rows = np.column_stack([truth.frames, truth.ids, truth.xyxy, np.ones(len(truth))])
    return LabelledSequence.from_rows(map(tuple, rows))
