"""Simulated detections of a moderately good detector in a synthetic picture, for tests of trackers and `det.txt`
files."""

from __future__ import annotations

import numpy as np

from outrack.annotation import LabelledImage
from outrack.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from outrack.structures import Detections

__all__ = ["imperfect_detections"]

_NEVER_SEEN, _ALWAYS_SEEN = 0.15, 0.65  # visibility


def imperfect_detections(
    image: LabelledImage,
    rng: np.random.Generator,
    *,
    recall: float = 0.97,
    jitter: float = 0.03,
    false_alarms: float = 0.3,
) -> Detections:
    """The labelled boxes as an imperfect detector would find them, best first.

    Args:
        image: a picture with visibility.
        rng: for all random choices.
        recall: probability of detecting a person with a visibility of 0.65 or more; it falls to 0 at a visibility of
            0.15.
        jitter: standard deviation of centre and size, relative to the box.
        false_alarms: mean number of false boxes per picture.

    Raises:
        ValueError: the picture's labels have no visibility.
    """
    found = image.annotation
    if found.visibility is None:
        raise ValueError(f"{image.scene}, frame {image.frame}: imperfect detections need the visibility of each box")
    chance = recall * np.clip((found.visibility - _NEVER_SEEN) / (_ALWAYS_SEEN - _NEVER_SEEN), 0, 1)
    kept = rng.random(len(found)) < chance
    boxes = xyxy_to_cxcywh(found.xyxy[kept])
    size = boxes[:, [2, 3, 2, 3]]
    boxes = boxes + rng.normal(0, jitter, boxes.shape) * size
    scores = 0.3 + 0.62 * found.visibility[kept] + rng.normal(0, 0.06, len(boxes))
    height, width = image.pixels.shape[:2]
    wrong = int(rng.poisson(false_alarms))
    tall = rng.uniform(0.15, 0.6, wrong) * height
    alarms = np.stack([rng.uniform(0, width, wrong), rng.uniform(0.4, 0.8, wrong) * height, 0.4 * tall, tall], 1)
    all_scores = np.clip(np.concatenate([scores, rng.uniform(0.1, 0.55, wrong)]), 0.05, 0.99)
    order = np.argsort(-all_scores, kind="stable")
    return Detections(cxcywh_to_xyxy(np.concatenate([boxes, alarms]))[order], all_scores[order])
