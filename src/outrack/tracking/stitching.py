"""Stitches the tracks of overlapping parts of one video.

In frames that two parts share, tracks with overlapping boxes are merged. Tracks without common frames are joined as by
a tracker, by appearance and motion. Tracks of different classes stay apart, unless the tracker ignores classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import iou
from outrack.tracking.assignment import assign
from outrack.tracking.classes import may_be_one_class
from outrack.tracking.config import TrackerConfig
from outrack.tracking.pairs import Pairs

__all__ = ["PartTracks", "stitched"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FAR_ABOVE = 10.0
"""The limit of the assignment, in multiples of the highest cost of a valid pair, so that it rather joins one more pair
than cheaper ones. No setting: settings decide which pairs are valid."""


@dataclass(frozen=True, slots=True, eq=False)
class PartTracks:
    """Tracks of one part of a video, one row per box, sorted by frame.

    Attributes:
        frames: index of the frame in the whole video, (R,).
        ids: identity within the part, (R,).
        class_ids: class of the track, (R,).
        xyxy: boxes in pixels, (R, 4).
        first_embeddings, last_embeddings: {id: mean embedding of its first, and of its last detections, of length 1}.
    """

    frames: Ints
    ids: Ints
    class_ids: Ints
    xyxy: Floats
    first_embeddings: dict[int, NDArray[np.float32]]
    last_embeddings: dict[int, NDArray[np.float32]]


def stitched(parts: Sequence[PartTracks], first_own_frames: Sequence[int], config: TrackerConfig) -> list[Ints]:
    """Identities in the whole video of all rows of each part, from 1 in the order in which they first appear.

    Args:
        parts: the parts, in order.
        first_own_frames: index of the first frame that belongs to each part alone; its earlier rows are only used for
            matching.
        config: settings of the tracker; `smoothing.seams`, `appearance.limit`, `max_lost_s` and `class_agnostic` define
            when two tracks are one.
    """
    of_part: list[dict[int, int]] = []
    known, number = {0: 0}, 0
    ids = []
    for k, part in enumerate(parts):
        same = _pairs(parts[k - 1], part, first_own_frames[k], config) if k else {}
        mine = {}
        for one in np.unique(part.ids).tolist():
            if one in same:
                mine[one] = of_part[k - 1][same[one]]
            else:
                number += 1
                mine[one] = number
        of_part.append(mine)
        whole = np.array([mine[one] for one in part.ids.tolist()], np.int64)
        for one in whole[part.frames >= first_own_frames[k]].tolist():
            known.setdefault(one, len(known))
        ids.append(whole)
    unseen = len(known)
    return [np.array([known.get(one, unseen) for one in whole.tolist()], np.int64) for whole in ids]


def _pairs(before: PartTracks, after: PartTracks, seam: int, config: TrackerConfig) -> dict[int, int]:
    """{id in the later part: id in the earlier part}."""
    seams = config.smoothing.seams
    same = _by_common_frames(before, after, config)
    firsts, lasts = _first_rows(after), _last_rows(before)
    # Tracks that do not reach beyond the seam need no match.
    shown = set(after.ids[after.frames >= seam].tolist())
    longest = round(config.max_lost_s * config.frame_rate)
    earliest, latest = min(after.frames, default=0) - longest, max(before.frames, default=0) + longest
    free_after = [one for one in firsts if one not in same and one in shown and after.frames[firsts[one]] <= latest]
    taken = set(same.values())
    free_before = [one for one in lasts if one not in taken and before.frames[lasts[one]] >= earliest]
    ends = before.frames[[lasts[one] for one in free_before]].reshape(-1, 1)
    gaps = after.frames[[firsts[one] for one in free_after]] - ends
    costs = np.full(gaps.shape, np.inf)
    for i, j in np.argwhere((gaps > 0) & (gaps <= longest)).tolist():
        costs[i, j] = _cost(before, lasts[free_before[i]], after, firsts[free_after[j]], config)
    highest = max(1.0, config.appearance.limit, seams.distance)
    for i, j in _assigned(costs, limit=_FAR_ABOVE * highest):
        same[free_after[j]] = free_before[i]
    return same


def _by_common_frames(before: PartTracks, after: PartTracks, config: TrackerConfig) -> dict[int, int]:
    seams = config.smoothing.seams
    frames = np.intersect1d(before.frames, after.frames)
    old_ids = np.unique(before.ids[np.isin(before.frames, frames)])
    new_ids = np.unique(after.ids[np.isin(after.frames, frames)])
    both, agree = np.zeros((2, len(old_ids), len(new_ids)))
    for frame in frames.tolist():
        old, new = (np.arange(*np.searchsorted(part.frames, [frame, frame + 1])) for part in (before, after))
        cells = np.ix_(np.searchsorted(old_ids, before.ids[old]), np.searchsorted(new_ids, after.ids[new]))
        both[cells] += 1
        classes = before.class_ids[old][:, None], after.class_ids[new]
        may_agree = may_be_one_class(*classes, class_agnostic=config.class_agnostic)
        agree[cells] += may_agree & (iou(before.xyxy[old], after.xyxy[new]) >= seams.overlap)
    costs = np.where((agree > 0) & (agree >= seams.agreement * both), -agree, np.inf)
    return {int(new_ids[j]): int(old_ids[i]) for i, j in _assigned(costs, limit=0.0)}


def _cost(before: PartTracks, last: int, after: PartTracks, first: int, config: TrackerConfig) -> float:
    """Cost of joining two tracks without common frames, given the rows of their last and first box; infinite if
    impossible."""
    old, new = int(before.ids[last]), int(after.ids[first])
    gap = int(after.frames[first] - before.frames[last])
    seams = config.smoothing.seams
    classes = before.class_ids[last], after.class_ids[first]
    if not may_be_one_class(*classes, class_agnostic=config.class_agnostic):
        return np.inf
    height = before.xyxy[last, 3] - before.xyxy[last, 1]
    expected = before.xyxy[last] + gap * _velocity(before, last, seams.num_velocity_boxes)
    shift = (after.xyxy[first] - expected).reshape(2, 2).mean(axis=0)
    distance = float(np.hypot(*shift) / max(height, 1.0))
    if distance > seams.distance:
        return np.inf
    last_embedding, first_embedding = before.last_embeddings.get(old), after.first_embeddings.get(new)
    if last_embedding is None or first_embedding is None:
        return distance
    unlike = 1 - float(last_embedding @ first_embedding)
    return unlike if unlike <= config.appearance.limit else np.inf


def _velocity(part: PartTracks, last: int, count: int) -> Floats:
    """Mean velocity of a track's corners over its last `count` boxes, in pixels per frame."""
    rows = (part.ids == part.ids[last]).nonzero()[0][-count:]
    frames = part.frames[rows[-1]] - part.frames[rows[0]]
    return np.asarray((part.xyxy[rows[-1]] - part.xyxy[rows[0]]) / max(int(frames), 1), np.float64)


def _first_rows(part: PartTracks) -> dict[int, int]:
    ids, rows = np.unique(part.ids, return_index=True)
    return dict(zip(ids.tolist(), rows.tolist(), strict=True))


def _last_rows(part: PartTracks) -> dict[int, int]:
    ids, rows = np.unique(part.ids[::-1], return_index=True)
    return dict(zip(ids.tolist(), (len(part.ids) - 1 - rows).tolist(), strict=True))


def _assigned(costs: Floats, *, limit: float) -> list[tuple[int, int]]:
    """The best one-to-one choice of pairs with a finite cost, see `assign`."""
    pairs = Pairs(*np.isfinite(costs).nonzero())
    chosen = assign(pairs, costs[pairs], limit)
    return list(zip(chosen.rows.tolist(), chosen.cols.tolist(), strict=True))
