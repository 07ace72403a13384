"""Accuracy lost by faster variants of a network: their detections compared with those of the original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from outrack.structures import Detections
from outrack.tracking.assignment import assign
from outrack.tracking.pairs import Pairs, overlapping_pairs

__all__ = ["Agreement", "agreement"]

MIN_IOU = 0.5
"""IoU from which two boxes are of one person."""


class Agreement(NamedTuple):
    """Agreement of detections with those of a reference.

    Attributes:
        boxes: number of confident boxes of the reference.
        found: share of these that the other has as well, at any score; 1 if there are none.
        spurious: share of the other's confident boxes that the reference does not have at any score; 0 if there are
            none.
        score: mean absolute difference of the scores of boxes that both have, at least one of them confident.
        degrees: mean angle between their embeddings; None without embeddings.
    """

    boxes: int
    found: float
    spurious: float
    score: float
    degrees: float | None

    def __str__(self) -> str:
        angle = "" if self.degrees is None else f", embeddings by {self.degrees:.1f} degrees"
        return (
            f"{self.found:.1%} of {self.boxes} boxes found, {self.spurious:.1%} false, "
            f"scores differ by {self.score:.3f}{angle}"
        )


def agreement(reference: Sequence[Detections], other: Sequence[Detections], *, sure: float) -> Agreement:
    """Compare detections frame by frame.

    Args:
        reference: detections of the original network, weak boxes included.
        other: detections in the same frames.
        sure: score from which a box counts as confident.
    """
    num_reference = num_other = missed = spurious = 0
    scores, cosines = [np.empty(0)], [np.empty(0)]
    for ours, theirs in zip(reference, other, strict=True):
        pairs, overlap = overlapping_pairs(ours.xyxy, theirs.xyxy)
        same = assign(Pairs(*pairs), 1 - overlap, 1 - MIN_IOU)
        is_sure, theirs_sure = ours.scores >= sure, theirs.scores >= sure
        num_reference += int(is_sure.sum())
        num_other += int(theirs_sure.sum())
        missed += int(np.delete(is_sure, same.rows).sum())
        spurious += int(np.delete(theirs_sure, same.cols).sum())
        same = same.where(is_sure[same.rows] | theirs_sure[same.cols])
        scores.append(np.abs(ours.scores[same.rows] - theirs.scores[same.cols]))
        if ours.embeddings is not None and theirs.embeddings is not None:
            cosines.append((ours.embeddings[same.rows] * theirs.embeddings[same.cols]).sum(axis=1))
    cosine = np.concatenate(cosines)
    score = np.concatenate(scores)
    return Agreement(
        num_reference,
        1 - missed / max(num_reference, 1),
        spurious / max(num_other, 1),
        float(score.mean()) if len(score) else 0.0,
        float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()) if len(cosine) else None,
    )
