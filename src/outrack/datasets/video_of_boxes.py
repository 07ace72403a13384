"""Finds the video that a boxes file, or a sequence folder without pictures, belongs to.

`street.txt` belongs to the video whose path is in `street.source`, which `outrack track` writes. Without one, a video
called `street` is searched for next to the boxes and one folder above; `outrack track` writes no `.source` for a video
that is found there. Annotated videos are passed over.
"""

from __future__ import annotations

from pathlib import Path

from outrack.datasets.drawn_on import is_drawn_on
from outrack.io.motchallenge import SequenceInfo

__all__ = ["VIDEO_SUFFIXES", "find_source", "note_source", "sequence_video", "video_name", "write_source"]

VIDEO_SUFFIXES = (".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".wmv", ".flv")
_NOTE_SUFFIX = ".source"


def write_source(boxes: Path, source: Path) -> Path:
    """Write next to a boxes file which video it belongs to: one line in `NAME.source`, the absolute path.

    Returns:
        The written file.
    """
    note = boxes.with_suffix(_NOTE_SUFFIX)
    note.write_text(f"{source.resolve()}\n", encoding="utf-8")
    return note


def note_source(boxes: Path, source: Path) -> Path | None:
    """`write_source`, if `find_source` would not find this video; otherwise None."""
    try:
        found = find_source(boxes).resolve()
    except FileNotFoundError:
        found = None
    return None if found == source.resolve() else write_source(boxes, source)


def find_source(boxes: Path, *, videos: Path | None = None) -> Path:
    """The video, folder of pictures or MOTChallenge sequence of a boxes file.

    Searched in this order: `videos` if given (the video itself, or a folder with one named like the boxes file); the
    path in `NAME.source`; a video named like the boxes file, with or without `.tracked`, next to it, then one folder
    above. Videos into which boxes were drawn are passed over.

    Raises:
        FileNotFoundError: it was not found; lists the searched places.
    """
    note = boxes.with_suffix(_NOTE_SUFFIX)
    if videos is not None:
        if videos.is_file():
            return videos
        candidates = _called(videos, boxes.stem)
    else:
        noted = [Path(note.read_text(encoding="utf-8").strip())] if note.is_file() else []
        candidates = noted + _called(boxes.parent, boxes.stem) + _called(boxes.resolve().parent.parent, boxes.stem)
    present = [path for path in candidates if path.exists() and path.resolve() != boxes.resolve()]
    drawn_on: list[Path] = []
    for candidate in present:
        if not is_drawn_on(candidate):
            return candidate
        drawn_on.append(candidate)
    folders = dict.fromkeys(str(candidate.parent) for candidate in candidates)
    spoilt = f" (boxes were drawn into {', '.join(map(str, drawn_on))}, and would be learned)" if drawn_on else ""
    raise FileNotFoundError(
        f"{boxes}: the video of these boxes was not found{spoilt}. Searched for {boxes.stem} with the ending of a "
        f"video in {', '.join(folders)}. Give the folder with the videos, or write the path of the video into "
        f"{note}"
    )


def sequence_video(folder: Path) -> Path | None:
    """The video that stands for the pictures of a MOTChallenge sequence folder: one of its name, in it, next to it, or
    one folder above that. None if the sequence has a folder of pictures, or there is no such video.

    Raises:
        ValueError: `seqinfo.ini` is malformed.
    """
    inifile = folder / "seqinfo.ini"
    if not inifile.is_file() or (folder / SequenceInfo.read(inifile).image_dir).is_dir():
        return None
    place = folder.resolve()
    folders = (place, place.parent, place.parent.parent)
    return next((path for each in folders for path in _called(each, place.name) if path.is_file()), None)


def _called(folder: Path, stem: str) -> list[Path]:
    endings = (*VIDEO_SUFFIXES, *(s.upper() for s in VIDEO_SUFFIXES), "")
    return [folder / f"{name}{ending}" for name in dict.fromkeys((stem, video_name(stem))) for ending in endings]


def video_name(stem: str) -> str:
    """`street` of `street.tracked`, the name of the default outputs of `outrack track`."""
    return stem.removesuffix(".tracked")
