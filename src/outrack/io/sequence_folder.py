"""Sequence folders of MOTChallenge, `SEQ/{seqinfo.ini, img1/000001.jpg ...}`: which pictures are frames, and which
folders are copies of one sequence."""

from __future__ import annotations

import re
from pathlib import Path

from outrack.io.pictures import pictures_in

__all__ = ["PUBLIC_DETECTORS", "numbered_pictures", "split_copy"]

PUBLIC_DETECTORS = ("DPM", "FRCNN", "SDP")
"""MOT17 contains every sequence three times, once for each public detector, with the same pictures and ground truth."""


def split_copy(name: str) -> tuple[str, str]:
    """Name of the sequence and of the public detector: `MOT17-02-SDP` is (`MOT17-02`, `SDP`); the detector of any other
    name is empty."""
    match = re.fullmatch(rf"(MOT\d+-\d+)-({'|'.join(PUBLIC_DETECTORS)})", name)
    return (match[1], match[2]) if match else (name, "")


def numbered_pictures(folder: Path, suffix: str) -> dict[int, Path]:
    """The pictures of a sequence, {frame from 1: file}, in order; empty if there are none. Hidden files are no frames.

    Args:
        folder: the folder of the pictures, which exists.
        suffix: `imExt` of `seqinfo.ini`. Pictures with another ending are frames only if none has this one.

    Raises:
        ValueError: a picture's file name is not its frame number, or two pictures have the same; names the file.
    """
    pictures = pictures_in(folder)
    as_told = [path for path in pictures if path.suffix.lower() == suffix.lower()]
    found: dict[int, Path] = {}
    for path in as_told or pictures:
        if not path.stem.isdecimal() or int(path.stem) < 1:
            raise ValueError(
                f"{path}: expected the frame number, from 1, as the file name, such as 000001{path.suffix}"
            )
        if (other := found.setdefault(int(path.stem), path)) != path:
            raise ValueError(f"{path}: {other.name} is the picture of this frame, too; remove one of them")
    return dict(sorted(found.items()))
