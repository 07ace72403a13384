"""FairMOT's rule for a lost and a detected track at the same place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.classes import may_be_one_class
from outrack.tracking.config import TrackerConfig
from outrack.tracking.pairs import overlapping_pairs
from outrack.tracking.tracklets import LOST, SAME_INSTANT_S, Tracklets

__all__ = ["without_duplicates"]


def without_duplicates(tracklets: Tracklets, boxes: NDArray[np.float64], config: TrackerConfig) -> NDArray[np.bool_]:
    """Mask of the tracklets to keep, (T,): of a lost and a detected one that almost fully overlap and look alike, the
    younger is dropped. With the default of `overlap.duplicate_iou`, 1, all stay, and callers need not ask.
    """
    stay = np.ones(len(tracklets), np.bool_)
    is_lost = tracklets.status == LOST
    lost, seen = is_lost.nonzero()[0], (~is_lost).nonzero()[0]
    pairs, overlap = overlapping_pairs(boxes[lost], boxes[seen])
    same = pairs.where(overlap > config.overlap.duplicate_iou)
    a, b = lost[same.rows], seen[same.cols]
    classes = tracklets.class_ids[a], tracklets.class_ids[b]
    alike = may_be_one_class(*classes, class_agnostic=config.class_agnostic)
    ours, theirs = tracklets.embeddings[a], tracklets.embeddings[b]
    unknown = ~(ours.any(axis=1) & theirs.any(axis=1))
    alike &= unknown | (1 - (ours * theirs).sum(axis=1) <= config.appearance.veto)
    a, b = a[alike], b[alike]
    life = tracklets.seen_s - tracklets.first_seen_s
    stay[np.where(life[b] > life[a] + SAME_INSTANT_S, a, b)] = False
    return stay
