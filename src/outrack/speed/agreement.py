"""What a faster way to run a network loses: its detections beside those of the network as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from outrack.structures import Detections
from outrack.tracking.assignment import Pairs, assign, overlapping_pairs

__all__ = ["Agreement", "agreement"]

MIN_IOU = 0.5
"""Overlap from which two boxes are of one person."""


class Agreement(NamedTuple):
    """How far detections agree with those of a reference.

    Attributes:
        boxes: how many sure ones the reference has.
        found: share of these that the other has as well, sure or not. 1 where there are none.
        made_up: share of the other's sure boxes that the reference does not have at all. 0 where there are none.
        score: mean absolute difference of the scores of boxes that both have, one of them sure.
        degrees: mean angle between their embeddings; None without.
    """

    boxes: int
    found: float
    made_up: float
    score: float
    degrees: float | None

    def __str__(self) -> str:
        angle = "" if self.degrees is None else f", embeddings by {self.degrees:.1f} degrees"
        return (
            f"{self.found:.1%} of {self.boxes} boxes found, {self.made_up:.1%} made up, "
            f"scores differ by {self.score:.3f}{angle}"
        )


def agreement(reference: Sequence[Detections], other: Sequence[Detections], *, sure: float) -> Agreement:
    """Compare detections frame by frame.

    Args:
        reference: of the network as it is, weak boxes included.
        other: of the same frames.
        sure: score from which a box counts as sure.
    """
    num_reference = num_other = missed = made_up = 0
    scores, cosines = [np.empty(0)], [np.empty(0)]
    for ours, theirs in zip(reference, other, strict=True):
        pairs, overlap = overlapping_pairs(ours.xyxy, theirs.xyxy)
        same = assign(Pairs(*pairs), 1 - overlap, 1 - MIN_IOU)
        is_sure, theirs_sure = ours.scores >= sure, theirs.scores >= sure
        num_reference += int(is_sure.sum())
        num_other += int(theirs_sure.sum())
        missed += int(np.delete(is_sure, same.rows).sum())
        made_up += int(np.delete(theirs_sure, same.cols).sum())
        same = same.where(is_sure[same.rows] | theirs_sure[same.cols])
        scores.append(np.abs(ours.scores[same.rows] - theirs.scores[same.cols]))
        if ours.embeddings is not None and theirs.embeddings is not None:
            cosines.append((ours.embeddings[same.rows] * theirs.embeddings[same.cols]).sum(axis=1))
    cosine = np.concatenate(cosines)
    score = np.concatenate(scores)
    return Agreement(
        num_reference,
        1 - missed / max(num_reference, 1),
        made_up / max(num_other, 1),
        float(score.mean()) if len(score) else 0.0,
        float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()) if len(cosine) else None,
    )
