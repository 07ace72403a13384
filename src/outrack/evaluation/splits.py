"""The frames of the half splits that the field trains and validates on."""

from __future__ import annotations

__all__ = ["SPLITS", "frames_of_split"]

SPLITS = ("full", "fairmot-train", "fairmot-val", "centertrack-train", "centertrack-val")


def frames_of_split(split: str, num_frames: int) -> tuple[int, int]:
    """First and last frame, from 1 and both included, of a split of a sequence of `num_frames`.

    FairMOT (and OUTrack) train on frames 1..floor(N / 2), CenterTrack on one frame more; the rest is for validation.

    Raises:
        ValueError: there is no such split.
    """
    half = num_frames // 2
    ranges = {
        "full": (1, num_frames),
        "fairmot-train": (1, half),
        "fairmot-val": (half + 1, num_frames),
        "centertrack-train": (1, half + 1),
        "centertrack-val": (half + 2, num_frames),
    }
    if split not in ranges:
        raise ValueError(f"unknown split {split!r}; choose from {', '.join(SPLITS)}")
    return ranges[split]
