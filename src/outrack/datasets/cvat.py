"""What CVAT exports after tracks were corrected by hand: "CVAT for video 1.1" (XML) and "MOT 1.1" (zip).

The way there: `outrack track video.mp4 -o boxes.xml` writes the XML with few key frames, and CVAT imports it. MOT 1.1
cannot say which frames are key frames, so every box becomes one: it is for data that needs no more correction.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from outrack.datasets.ground_truth import read_ground_truth
from outrack.datasets.video_boxes import VideoBoxes

__all__ = ["PERSON_LABELS", "read_boxes_cvat_xml", "read_boxes_cvat_zip"]

PERSON_LABELS = ("person", "pedestrian", "people", "human")
"""CVAT labels that count as people, in any case of letters."""


def read_boxes_cvat_xml(path: Path, *, labels: Sequence[str] = PERSON_LABELS) -> VideoBoxes:
    """Tracks of a "CVAT for video 1.1" file. Between key frames boxes move in straight lines; a box stays from its
    last key frame to the end of the video unless it is marked outside, as in CVAT.

    Args:
        path: the XML file.
        labels: labels that count as people; other tracks are left out.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a file, a number is malformed, or no track has one of the labels.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"{path}: not a well-formed XML file ({error})") from error
    if root.tag != "annotations" or root.find("image") is not None:
        raise ValueError(f'{path}: expected an export in the format "CVAT for video 1.1". Is it "CVAT for images"?')
    tracks = root.findall("track")
    people = [track for track in tracks if track.get("label", "").lower() in labels]
    if tracks and not people:
        found = sorted({track.get("label", "") for track in tracks})
        raise ValueError(f"{path}: no track is labelled {' or '.join(labels)}; the labels are {', '.join(found)}")
    rows: list[tuple[float, ...]] = []
    try:
        looked_at = _frames_of_task(root)
        last_frame = looked_at[-1] if looked_at else 0
        for number, track in enumerate(people):
            track_id = int(track.get("id", number))
            rows += [(frame, track_id, *box, 1.0) for frame, box in _filled(track, last_frame)]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: a number is missing or malformed ({error})") from error
    if looked_at is not None:
        rows = [row for row in rows if row[0] in looked_at]
    return VideoBoxes.from_rows(rows, looked_at)


def read_boxes_cvat_zip(path: Path, *, labels: Sequence[str] = PERSON_LABELS) -> VideoBoxes:
    """Boxes of an export as CVAT hands it out: a zip with `annotations.xml` ("CVAT for video 1.1"), or with `gt/gt.txt`
    and `gt/labels.txt` ("MOT 1.1").

    Args:
        path: the zip file.
        labels: labels that count as people. Without a `labels.txt`, class 1 does.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a zip, no such label, or what is in it is malformed.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            members = {"annotations.xml", "gt/gt.txt", "gt/labels.txt"}.intersection(archive.namelist())
            for member in members:
                archive.extract(member, folder)
            try:
                if "annotations.xml" in members:
                    return read_boxes_cvat_xml(Path(folder) / "annotations.xml", labels=labels)
                if "gt/gt.txt" in members:
                    return _read_mot(Path(folder) / "gt", labels)
            except ValueError as error:
                raise ValueError(str(error).replace(folder, str(path))) from error
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: not a zip file ({error})") from error
    raise ValueError(
        f'{path}: no annotations.xml and no gt/gt.txt in it. Was it exported as "CVAT for video 1.1" or "MOT 1.1"?'
    )


def _read_mot(folder: Path, labels: Sequence[str]) -> VideoBoxes:
    truth = read_ground_truth(folder / "gt.txt")
    listing = folder / "labels.txt"
    names = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else [labels[0]]
    classes = [number for number, name in enumerate(names, start=1) if name.strip().lower() in labels]
    if not classes:
        raise ValueError(f"{listing}: no label is {' or '.join(labels)}; there are {', '.join(names)}")
    truth = truth[truth.considered & np.isin(truth.class_ids, classes)]
    rows = np.column_stack([truth.frames - 1, truth.ids, truth.xyxy, np.ones(len(truth))])
    return VideoBoxes.from_rows(map(tuple, rows))


def _frames_of_task(root: Element) -> range | None:
    """Frames that the task covers, in the numbers of the video; None where the file does not say."""
    task = next((found for name in ("task", "job") if (found := root.find(f"meta/{name}")) is not None), None)
    if task is None or task.findtext("size") is None:
        return None
    size, start = int(task.findtext("size", "0")), int(task.findtext("start_frame") or 0)
    step = int((task.findtext("frame_filter") or "").replace(" ", "").removeprefix("step=") or 1)
    return range(start, start + size * step, step) if size > 0 else None


def _filled(track: Element, last_frame: int) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Frame and box of a track wherever it is visible, with the boxes between key frames filled in."""
    keys = [
        (
            int(box.get("frame", "")),
            np.array([float(box.get(side, "")) for side in ("xtl", "ytl", "xbr", "ybr")]),
            box.get("outside") == "1",
        )
        for box in track.findall("box")
    ]
    keys.sort(key=lambda key: key[0])
    for (frame, box, outside), (next_frame, next_box, _) in pairwise(keys):
        if not outside:
            for between in range(frame, next_frame):
                share = (between - frame) / (next_frame - frame)
                yield between, tuple(box + share * (next_box - box))
    if keys and not keys[-1][2]:
        frame, box, _ = keys[-1]
        for held in range(frame, max(frame, last_frame) + 1):
            yield held, tuple(box)
