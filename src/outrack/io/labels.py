"""Ground truth of one sequence for evaluation, from a file in any format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from outrack.io.ground_truth import Columns, read_ground_truth
from outrack.io.motchallenge import SequenceInfo
from outrack.io.numbers import unique_identities
from outrack.io.sequences import Benchmark, LabelledSequence
from outrack.io.video_boxes import BOX_READERS, read_truth_coco

__all__ = ["LABEL_SUFFIXES", "read_labels"]

LABEL_SUFFIXES = (".txt", ".xml", ".zip", ".json")
"""Formats of ground truth files."""


def read_labels(path: Path, name: str, *, benchmark: Benchmark = "mot17", info: Path | None = None) -> LabelledSequence:
    """Read a `gt.txt`, an export of CVAT (`.xml`, `.zip`) or a COCO-VID `.json`, of which only people are read.

    Args:
        path: the file.
        name: name of the sequence.
        benchmark: whose columns a `gt.txt` has, see `outrack.io.ground_truth.Columns`.
        info: the sequence's `seqinfo.ini`, which gives its length; None for a plain sequence without one.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a line is malformed, a frame lies outside the sequence, an identity appears twice in a frame;
            names file and line.
    """
    suffix = path.suffix.lower()
    if suffix in LABEL_SUFFIXES and suffix != ".txt":
        boxes = read_truth_coco(path) if suffix == ".json" else BOX_READERS[suffix](path, name)
        return _checked(replace(boxes, name=name, scores=None), path)
    columns: Columns = benchmark if benchmark in ("mot15", "plain") else "mot16"
    num_frames = None if info is None else SequenceInfo.read(info).num_frames
    return read_ground_truth(path, name=name, columns=columns, num_frames=num_frames)


def _checked(boxes: LabelledSequence, path: Path) -> LabelledSequence:
    """The boxes, with identities checked to be unique within each frame."""
    unique_identities(
        boxes.frames.astype(np.float64),
        boxes.ids.astype(np.float64),
        lambda row: f"{path}, frame {boxes.frames[row]}",
        "Ground truth needs an identity for each box.",
    )
    return boxes
