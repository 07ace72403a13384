"""Rows of MOTChallenge's ground truth as labels, and labels as such rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from outrack.conversion.frames import check_classes, check_length, frame_name, one_video
from outrack.conversion.labels import Box, Labels, Picture
from outrack.io.person_names import PERSON, is_person
from outrack.io.sequences import LabelledSequence

__all__ = ["MOT_CLASSES", "ground_truth", "labels_of_sequence", "mot_class", "mot_numbers"]

MOT_CLASSES = (
    PERSON,
    "person on vehicle",
    "car",
    "bicycle",
    "motorbike",
    "non motorized vehicle",
    "static person",
    "distractor",
    "occluder",
    "occluder on the ground",
    "occluder full",
    "reflection",
    "crowd",
)
"""Classes of MOT16 and later, by their number less one."""


def mot_class(name: str) -> int | None:
    """Number of a class in MOTChallenge; None if it has none."""
    if is_person(name):
        return 1
    return MOT_CLASSES.index(name.lower()) + 1 if name.lower() in MOT_CLASSES else None


def mot_numbers(names: Sequence[str]) -> dict[int, int]:
    """MOTChallenge's numbers by class id, of the classes that have one."""
    numbers = {class_id: mot_class(name) for class_id, name in enumerate(names)}
    return {class_id: number for class_id, number in numbers.items() if number is not None}


def labels_of_sequence(sequence: LabelledSequence, place: Path, names: Sequence[str] = MOT_CLASSES) -> Labels:
    """The rows of one video as labels.

    Args:
        sequence: the rows; a sequence of known length yields all its frames, otherwise those up to its last box.
        place: where they were read, for messages.
        names: names of the classes, by their number less one.
    """
    boxes: dict[int, list[Box]] = defaultdict(list)
    columns = (
        sequence.frames.tolist(),
        sequence.ids.tolist(),
        sequence.xyxy.tolist(),
        sequence.counted.tolist(),
        sequence.classes.tolist(),
        [None] * len(sequence) if sequence.visibility is None else sequence.visibility.tolist(),
        [None] * len(sequence) if sequence.scores is None else sequence.scores.tolist(),
    )
    for frame, identity, (x1, y1, x2, y2), counted, number, visibility, score in zip(*columns, strict=True):
        boxes[frame].append(Box((x1, y1, x2, y2), number - 1, identity, score, visibility, not counted))
    name, last = sequence.name, sequence.num_frames or max(boxes, default=0)
    check_length(place, last)
    frames = range(1, last + 1)
    pictures = (Picture(frame_name(name, frame - 1), tuple(boxes[frame]), name, frame - 1) for frame in frames)
    highest = max((box.class_id for row in boxes.values() for box in row), default=0)
    check_classes(place, highest)
    named = (*names, *(f"class-{number}" for number in range(len(names), highest + 1)))
    return Labels(tuple(pictures), named[: highest + 1])


def ground_truth(labels: Labels, numbers: Mapping[int, int]) -> LabelledSequence:
    """The boxes of the only video of `labels` as rows, without classes that have no number.

    Args:
        labels: labels of one video, every box with an identity.
        numbers: numbers of the classes in the file, by class id.
    """
    name, pictures = one_video(labels)
    rows = [(frame.frame + 1, box) for frame in pictures for box in frame.boxes if box.class_id in numbers]
    boxes = [box for _, box in rows]
    return LabelledSequence(
        name=name,
        num_frames=pictures[-1].frame + 1 if pictures else 0,
        frames=np.array([frame for frame, _ in rows], np.int64),
        ids=np.array([box.identity for box in boxes], np.int64),
        xyxy=np.array([box.xyxy for box in boxes], np.float64).reshape(-1, 4),
        counted=np.array([not box.ignored for box in boxes], bool),
        classes=np.array([numbers[box.class_id] for box in boxes], np.int64),
        visibility=np.array([1.0 if box.visibility is None else box.visibility for box in boxes], np.float64),
    )
