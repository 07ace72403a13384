"""Checks that the outputs of a run of `outrack track` are complete, and that nothing written is missing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import av

from outrack.io.coco import read_coco_images
from outrack.io.cvat import read_boxes_cvat_xml

__all__ = ["outputs_of"]

RATE = 25
HELD_FRAMES = 20 + 3 * (os.cpu_count() or 1)
"""Frames that an encoder may hold when a process is killed."""
FRAGMENT_FRAMES = 2 * RATE


def outputs_of(folder: Path, *, killed: bool) -> list[str]:
    """Descriptions of what is broken or missing among `out.*`.

    Args:
        folder: of the outputs.
        killed: the process had no time to close them.
    """
    lost: list[str] = []
    frames = _lines(folder / "out.jsonl", lost, killed=killed)
    for name in ("out.txt", "out.csv"):
        _lines(folder / name, lost, killed=killed)
    if not frames:
        return lost
    _video(folder / "out.mp4", frames, lost, killed=killed)
    for name, count in (("out.xml", _frames_of_xml), ("out.json", _frames_of_json)):
        _labels(folder / name, count, frames, lost, killed=killed)
    if not killed and list(folder.glob("*.partial")):
        lost.append("a partial copy is left although the output is there")
    return lost


def _lines(path: Path, lost: list[str], *, killed: bool) -> int:
    """Number of complete lines of a text; the last one of a killed process may be incomplete."""
    if not path.is_file():
        return 0
    *lines, rest = path.read_bytes().split(b"\n")
    if rest and not killed:
        lost.append(f"{path.name}: its last line is cut")
    for line in lines:
        if path.suffix == ".jsonl" and "tracks" not in json.loads(line):
            lost.append(f"{path.name}: a line is broken")
        if path.suffix != ".jsonl" and line.count(b",") != 9:
            lost.append(f"{path.name}: a line is broken: {line[:80]!r}")
    return len(lines)


def _video(path: Path, frames: int, lost: list[str], *, killed: bool) -> None:
    if not path.is_file():
        return
    least = frames - HELD_FRAMES - FRAGMENT_FRAMES if killed else frames
    if killed and frames < RATE / 4 + HELD_FRAMES:
        return  # nothing but what the encoder holds
    try:
        with av.open(str(path)) as container:
            shown = sum(1 for _ in container.decode(video=0))
    except av.error.FFmpegError as error:
        lost.append(f"{path.name}: does not open after {frames} frames ({error.strerror})")
        return
    if shown < least:
        lost.append(f"{path.name}: {shown} of {frames} frames")


def _labels(path: Path, count: object, frames: int, lost: list[str], *, killed: bool) -> None:
    if not path.is_file() and not path.with_name(f"{path.name}.partial").is_file():
        return
    whole = path if path.is_file() and path.stat().st_size else path.with_name(f"{path.name}.partial")
    if not whole.is_file():
        if frames > 2 * RATE:
            lost.append(f"{path.name}: nothing of {frames} frames")
        return
    found = count(whole)  # type: ignore[operator]
    if not killed and found != frames:
        lost.append(f"{path.name}: {found} of {frames} frames")


def _frames_of_xml(path: Path) -> int:
    frames = read_boxes_cvat_xml(path).labelled_frames
    return 0 if frames is None else len(frames)


def _frames_of_json(path: Path) -> int:
    return len(read_coco_images(path))
