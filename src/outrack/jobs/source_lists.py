"""Expands patterns and lists among the sources of a command line."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from outrack.datasets.video_of_boxes import VIDEO_SUFFIXES, video_name
from outrack.io.pictures import is_picture, natural_order
from outrack.io.wording import counted_noun
from outrack.jobs.console import UsageError
from outrack.jobs.object_store import in_object_store, objects_of_pattern
from outrack.video.address import is_address, shown_address
from outrack.video.source_names import files_of_pattern, is_camera, is_pattern

__all__ = ["is_live", "listed_sources", "shown"]

logger = logging.getLogger(__name__)

RECORDED = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
"""Endings of video files at http addresses, without those of live streams, such as `.ts` and `.m3u8`."""


def shown(source: str) -> str:
    """A source as messages may show it: addresses without their password."""
    return shown_address(source) if is_address(source) else source


def is_live(source: str) -> bool:
    """Whether frames are lost while a source waits: it is a camera, or an address that does not name a video file."""
    if is_camera(source):
        return True
    is_recording = urlsplit(source).path.lower().endswith(RECORDED) and source.lower().startswith("http")
    return is_address(source) and not in_object_store(source) and not is_recording


def listed_sources(sources: Sequence[str]) -> list[str]:
    """Every source: those listed in a `.txt` file, the videos and folders that match a pattern, and the videos of a
    folder without pictures. A pattern or folder of pictures is one video.

    Raises:
        UsageError: a source is empty, a pattern matches both pictures and videos, or a list is malformed.
    """
    found: list[str] = []
    for source in sources:
        if not source.strip():
            raise UsageError("a source is empty: expected a file, a folder, a camera or an address")
        path = Path(source)
        if not is_address(source) and path.suffix.lower() == ".txt" and path.is_file():
            for line in _lines(path):
                found += _fitting(line)
        else:
            found += _fitting(source)
    return found


def _fitting(source: str) -> list[str]:
    if in_object_store(source) and any(sign in source for sign in "*?["):
        with suppress(FileNotFoundError):  # as for a pattern of files, below
            return objects_of_pattern(source)
    if not is_pattern(source):
        return [str(path) for path in _videos_in(Path(source))] or [source]
    try:
        paths = files_of_pattern(source)
    except FileNotFoundError:
        return [source]  # opening it reports that, and the remaining sources are still tracked
    num_pictures = sum(is_picture(path) for path in paths)
    if 0 < num_pictures < len(paths):
        raise UsageError(
            f"{source}: {num_pictures} pictures and {len(paths) - num_pictures} other files match this "
            "pattern. Pictures together are one video, other files are separate sources: match one kind "
            "only, such as *.jpg"
        )
    return [source] if num_pictures else [str(path) for path in _without_outputs(paths)]


def _videos_in(folder: Path) -> list[Path]:
    """The videos of a folder without pictures; empty for anything else. If it has both, a warning says so."""
    if not folder.is_dir() or (folder / "seqinfo.ini").is_file():
        return []
    files = [path for path in folder.iterdir() if path.is_file()]
    videos = sorted((path for path in files if path.suffix.lower() in VIDEO_SUFFIXES), key=natural_order)
    num_pictures = sum(map(is_picture, files))
    if num_pictures and videos:
        logger.warning(
            "%s: its %s will be tracked as one video, and its %s will not; for those give '%s'",
            folder,
            counted_noun(num_pictures, "picture"),
            counted_noun(len(videos), "video"),
            folder / f"*{videos[0].suffix}",
        )
    return [] if num_pictures else _without_outputs(videos)


def _without_outputs(videos: Sequence[Path]) -> list[Path]:
    """All but the annotated videos that an earlier run wrote beside their sources; a warning names them."""
    sources = {video.with_suffix("") for video in videos}
    written = [v for v in videos if v.stem.endswith(".tracked") and v.with_name(video_name(v.stem)) in sources]
    for video in written:
        logger.warning(
            "%s: not tracked, since it is the annotated video of another one here; name it to track it", video
        )
    return [video for video in videos if video not in written]


def _lines(path: Path) -> list[str]:
    """The sources in a list, one per line; paths are relative to the list's folder, and `#` starts a comment."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: expected a list of sources, one per line, as UTF-8 text ({error.reason})") from error
    sources = [line for line in lines if line and not line.startswith("#")]
    if not sources:
        raise UsageError(f"{path}: expected a list of sources, one per line, but it is empty")
    for number, line in enumerate(lines, start=1):
        if line.count(",") >= 5 and line.replace(",", "").replace(".", "").replace("-", "").replace(" ", "").isdigit():
            raise UsageError(
                f"{path}, line {number}: expected the name of a source, got numbers. Give boxes as --detections"
            )
    return [line if is_address(line) or line.isdecimal() else str(path.parent / line) for line in sources]
