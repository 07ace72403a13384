"""People close to the camera: found by a second run of the network at a smaller size.

A network misses people who fill its input, above all if the edge of the picture cuts them off. At a quarter of the
pixels they are as tall as the people that it was trained on, and a run takes a quarter of the time. It is made only for
pictures in which the first run sees a hint of such a person.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import clip_xyxy, iou
from outrack.structures import Detections

__all__ = ["may_show_close_people", "with_close_people"]

HINT_SCORE, HINT_TALL = 0.2, 0.7
"""Score, and share of the picture's height, from which a box of the first run is a hint of close people. Boxes from 0.4
of the height on would find hardly more, and cost a second run in three times as many frames of street video."""
TALL = 0.4
"""Share of the picture's height from which people are taken from the second run."""
SAME = 0.5
"""IoU, within the picture, from which boxes of both runs are one person."""


def may_show_close_people(boxes: NDArray[np.floating], scores: NDArray[np.floating], *, height: float) -> bool:
    """Whether a second run is worth its time: close people whom the first run does not see at all are few.

    Args:
        boxes: what the first run found, whatever the score, (N, 4).
        scores: (N,).
        height: of the picture, in pixels of the boxes.
    """
    return bool(np.any((scores >= HINT_SCORE) & (boxes[:, 3] - boxes[:, 1] >= HINT_TALL * height)))


def with_close_people(found: Detections, again: Detections, picture: tuple[int, int]) -> Detections:
    """The detections of the first run, with the close people of the second one.

    A person whom both found keeps the box of the first run, and has the higher score of both.

    Args:
        found: of the first run, in pixels of the picture.
        again: of the second one.
        picture: width and height of the picture.

    Returns:
        best first.
    """
    again = again[again.xyxy[:, 3] - again.xyxy[:, 1] >= TALL * picture[1]]
    if not len(again):
        return found
    overlap = iou(clip_xyxy(again.xyxy, *picture), clip_xyxy(found.xyxy, *picture))
    overlap[again.class_ids[:, None] != found.class_ids] = 0.0
    is_new = overlap.max(axis=1, initial=0.0) < SAME
    scores = found.scores.copy()
    if not is_new.all():
        np.maximum.at(scores, overlap[~is_new].argmax(axis=1), again.scores[~is_new])
    new = again[is_new]
    first, second = found.embeddings, new.embeddings
    joined = Detections(
        xyxy=np.vstack((found.xyxy, new.xyxy)),
        scores=np.concatenate((scores, new.scores)),
        class_ids=np.concatenate((found.class_ids, new.class_ids)),
        embeddings=None if first is None or second is None else np.vstack((first, second)),
        occlusions=found.occlusions,
    )
    return joined[np.argsort(-joined.scores, kind="stable")]
