"""Every format: how it is recognised, read and written, what it can represent, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from outrack.conversion import coco, crowdhuman, cvat, mot_folder, mot_tables, tables, yolo
from outrack.conversion.content import Content
from outrack.conversion.labels import Labels
from outrack.conversion.picture_files import Placing

__all__ = ["FORMATS", "Content", "Format", "FormatName", "Layout", "format_named"]

FormatName = Literal[
    "mot",
    "mot-gt",
    "mot-det",
    "mot-results",
    "mot-zip",
    "coco",
    "coco-folder",
    "yolo",
    "jde",
    "crowdhuman",
    "cvat",
    "cvat-mot",
    "csv",
    "jsonl",
]


class Layout(Enum):
    """How a format stores its videos or pictures."""

    FILE_A_VIDEO = "one file per video"
    FILE = "one file"
    FOLDER = "a folder"


@dataclass(frozen=True, slots=True)
class Format:
    """A label format.

    Attributes:
        name: as on the command line.
        what: description for help and messages.
        suffix: ending of its files; empty for folders.
        layout: how videos or pictures are stored.
        read: reader; takes a path and the folder of the pictures, if given.
        write: writer; takes a path and how pictures are placed; returns what was written.
        represents: what it can represent.
        needs_identities: every box must have one.
        needs_sizes: every picture must have a known width and height.
        of_videos: it contains only frames of videos, no stills.
        mot_classes: besides people it represents only the classes of MOTChallenge.
        class_of_track: all boxes of a track have one class.
        read_zipped: each of its files may also be a `.zip`, when read.
    """

    name: FormatName
    what: str
    suffix: str
    layout: Layout
    read: Callable[[Path, Path | None], Labels]
    write: Callable[[Path, Labels, Placing], list[Path]]
    represents: frozenset[Content]
    needs_identities: bool = False
    needs_sizes: bool = False
    of_videos: bool = False
    mot_classes: bool = False
    class_of_track: bool = False
    read_zipped: bool = False


_C = Content
_TRACKS = frozenset({_C.IDENTITIES, _C.OUTSIDE})
_CLASSES = frozenset({_C.CLASSES, _C.NAMES})
_LABELS = frozenset({_C.IDENTITIES, _C.OUTSIDE, _C.VISIBILITY, _C.IGNORED}) | _CLASSES
_COCO = _LABELS | {_C.SCORES, _C.STATES, _C.RATE, _C.LENGTH, _C.LABELLED}

_ALL = (
    Format(
        "mot",
        "MOTChallenge sequence folders: SEQ/{seqinfo.ini, gt/gt.txt, img1/}",
        "",
        Layout.FOLDER,
        lambda path, _: mot_folder.read(path),
        mot_folder.write,
        _LABELS | {_C.RATE, _C.LENGTH},
        needs_identities=True,
        of_videos=True,
        mot_classes=True,
    ),
    Format(
        "mot-gt",
        "MOTChallenge ground truth, a gt.txt of nine columns (of ten in MOT15)",
        ".txt",
        Layout.FILE_A_VIDEO,
        lambda path, _: mot_tables.read_gt(path),
        lambda path, labels, _: mot_tables.write_gt(path, labels),
        _LABELS,
        needs_identities=True,
        of_videos=True,
        mot_classes=True,
    ),
    Format(
        "mot-det",
        "MOTChallenge detections, a det.txt",
        ".txt",
        Layout.FILE_A_VIDEO,
        lambda path, _: mot_tables.read_det(path),
        lambda path, labels, _: mot_tables.write_rows(path, labels),
        frozenset({_C.SCORES, _C.OUTSIDE}),
        of_videos=True,
    ),
    Format(
        "mot-results",
        "MOTChallenge results, a SEQ.txt of ten columns",
        ".txt",
        Layout.FILE_A_VIDEO,
        lambda path, _: mot_tables.read_results(path),
        lambda path, labels, _: mot_tables.write_rows(path, labels),
        _TRACKS | {_C.SCORES},
        needs_identities=True,
        of_videos=True,
    ),
    Format(
        "mot-zip",
        "the zip of results that MOTChallenge's test server takes",
        ".zip",
        Layout.FILE,
        lambda path, _: mot_tables.read_zip(path),
        lambda path, labels, _: mot_tables.write_zip(path, labels),
        _TRACKS | {_C.SCORES},
        needs_identities=True,
        of_videos=True,
    ),
    Format(
        "coco",
        "COCO and COCO-VID json (track_id and instance_id)",
        ".json",
        Layout.FILE,
        coco.read,
        lambda path, labels, _: coco.write(path, labels),
        _COCO,
    ),
    Format(
        "coco-folder",
        "a folder of images/ and annotations/ (COCO json), as FiftyOne and Datumaro take it",
        "",
        Layout.FOLDER,
        coco.read_folder,
        coco.write_folder,
        _COCO,
    ),
    Format(
        "yolo",
        "a YOLO folder: images/, labels/ and data.yaml",
        "",
        Layout.FOLDER,
        lambda path, _: yolo.read(path),
        yolo.write,
        _CLASSES | {_C.LABELLED, _C.LENGTH},
        needs_sizes=True,
    ),
    Format(
        "jde",
        "a YOLO folder with identities: images/ and labels_with_ids/ (JDE, FairMOT)",
        "",
        Layout.FOLDER,
        lambda path, _: yolo.read_with_ids(path),
        yolo.write_with_ids,
        _CLASSES | {_C.IDENTITIES, _C.LABELLED, _C.LENGTH},
        needs_sizes=True,
    ),
    Format(
        "crowdhuman",
        "CrowdHuman's .odgt",
        ".odgt",
        Layout.FILE,
        crowdhuman.read,
        lambda path, labels, _: crowdhuman.write(path, labels),
        frozenset({_C.IGNORED, _C.VISIBLE_BOXES, _C.LABELLED, _C.LENGTH, _C.OUTSIDE}),
    ),
    Format(
        "cvat",
        '"CVAT for video 1.1": its XML, or the zip that CVAT exports',
        ".xml",
        Layout.FILE_A_VIDEO,
        lambda path, _: cvat.read(path),
        lambda path, labels, _: cvat.write(path, labels),
        _TRACKS | _CLASSES | {_C.LENGTH},
        needs_identities=True,
        of_videos=True,
        class_of_track=True,
        read_zipped=True,
    ),
    Format(
        "cvat-mot",
        'CVAT\'s "MOT 1.1": a zip with gt/gt.txt and gt/labels.txt',
        ".zip",
        Layout.FILE_A_VIDEO,
        lambda path, _: cvat.read_mot(path),
        lambda path, labels, _: cvat.write_mot(path, labels),
        _LABELS,
        needs_identities=True,
        of_videos=True,
    ),
    Format(
        "csv",
        "the table of outrack track, .csv",
        ".csv",
        Layout.FILE_A_VIDEO,
        lambda path, _: tables.read_csv_file(path),
        lambda path, labels, _: tables.write_csv_file(path, labels),
        _TRACKS | {_C.SCORES, _C.STATES, _C.CLASSES, _C.TIMES},
        of_videos=True,
    ),
    Format(
        "jsonl",
        "the JSON Lines of outrack track, .jsonl",
        ".jsonl",
        Layout.FILE_A_VIDEO,
        lambda path, _: tables.read_jsonl_file(path),
        lambda path, labels, _: tables.write_jsonl_file(path, labels),
        _TRACKS | {_C.SCORES, _C.STATES, _C.CLASSES, _C.TIMES, _C.OCCLUSIONS, _C.LENGTH, _C.LABELLED},
        of_videos=True,
    ),
)

FORMATS: Mapping[str, Format] = MappingProxyType({each.name: each for each in _ALL})
assert tuple(FORMATS) == get_args(FormatName)


def format_named(name: str) -> Format:
    """The format with this name.

    Raises:
        ValueError: there is no such format; lists the names.
    """
    if name not in FORMATS:
        raise ValueError(f"expected a format of {', '.join(FORMATS)}, got {name!r}")
    return FORMATS[name]
