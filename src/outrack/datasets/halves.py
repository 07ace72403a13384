"""The halves of the training sequences that the papers validate on (notes#halves). Frames are 1-based.

MOT17 has no public validation set, so each sequence is cut in two. The cuts of FairMOT (and OUTrack) and of CenterTrack
differ by one frame, so their scores are on slightly different ground truth.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["HALVES", "MOT20_TRAIN_HALF", "frames_of_half"]

MOT20_TRAIN_HALF = {"MOT20-01": 213, "MOT20-02": 1390, "MOT20-03": 1201, "MOT20-05": 1656}
"""Training frames of FairMOT's list of MOT20 halves: one fewer than half the length."""


def _full(name: str, num_frames: int) -> range:
    return range(1, num_frames + 1)


def _fairmot_train(name: str, num_frames: int) -> range:
    return range(1, MOT20_TRAIN_HALF.get(name, num_frames // 2) + 1)


def _fairmot_val(name: str, num_frames: int) -> range:
    return range(_fairmot_train(name, num_frames).stop, num_frames + 1)


def _centertrack_train(name: str, num_frames: int) -> range:
    return range(1, num_frames // 2 + 2)


def _centertrack_val(name: str, num_frames: int) -> range:
    return range(num_frames // 2 + 2, num_frames + 1)


def _mixed_val(name: str, num_frames: int) -> range:
    return (_fairmot_val if re.match(r"MOT\d\d-", name) else _full)(name, num_frames)


HALVES: dict[str, Callable[[str, int], range]] = {
    "full": _full,
    "fairmot-train": _fairmot_train,
    "fairmot-val": _fairmot_val,
    "centertrack-train": _centertrack_train,
    "centertrack-val": _centertrack_val,
    "mixed-val": _mixed_val,
}
"""Name of a half (or `full`) -> function from sequence name and length to its frames."""


def frames_of_half(half: str, name: str, num_frames: int) -> range:
    """Frames (1-based) of a sequence that belong to `half`.

    `fairmot-*`: training is 1..floor(N/2), for MOT20 the shorter list of FairMOT; result files keep the numbers of the
    full sequence. `centertrack-*`: training is one frame longer. Frames keep the numbers of the full sequence, whereas
    CenterTrack's own files count the validation half from 1. `mixed-val`: `fairmot-val` of MOT16, MOT17 and MOT20, and
    all of the other sequences, which are not used for training.

    Args:
        half: a key of `HALVES`.
        name: the sequence, such as `MOT17-02-SDP`.
        num_frames: its full length.

    Raises:
        ValueError: there is no such half.
    """
    if half not in HALVES:
        raise ValueError(f"unknown half {half!r}; expected one of {', '.join(HALVES)}")
    return HALVES[half](name, num_frames)
