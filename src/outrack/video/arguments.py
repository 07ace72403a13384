"""What `outrack.track` may be given, and what it says to everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from outrack.video.naming import NAME, is_folder
from outrack.video.sources import VideoSource
from outrack.video.spelling import name_key, source_name

__all__ = ["Source", "Sources", "check_names", "check_parts", "checked_sources"]

Source = str | Path | int | VideoSource
Sources = list[str] | list[Path] | list[int] | list[Source] | tuple[Source, ...]


def checked_sources(source: object) -> list[Source]:
    """The sources, of known types, and files that exist.

    Raises:
        TypeError: one is nothing that can be opened.
        FileNotFoundError: there is no such file.
        ValueError: the list is empty.
    """
    sources: list[Any] = list(source) if isinstance(source, list | tuple) else [source]
    if not sources:
        raise ValueError("source: the list is empty; expected a video, or a list of videos")
    for one in sources:
        if not isinstance(one, str | Path | int | VideoSource) or isinstance(one, bool):
            hint = "; detections of a frame go to outrack.Tracker().update(detections)" if _is_array(one) else ""
            raise TypeError(
                "source: expected a video file, folder, camera number, address or open source, or a list of these, "
                f"got {type(one).__name__}{hint}"
            )
        if len(sources) > 1 and isinstance(one, Path) and not one.exists():
            raise FileNotFoundError(f"{one}: there is no such file. Is the path right?")
    return sources


def check_parts(detector: object, tracker: object) -> None:
    """Refuse a file name in the place of a detector, and settings in that of a tracker.

    Raises:
        TypeError: says what is expected.
    """
    if detector is not None and not callable(detector):
        raise TypeError(f"detector: expected one of outrack.load_detector(weights), got {type(detector).__name__}")
    if tracker is not None and not hasattr(tracker, "update"):
        raise TypeError(f"tracker: expected an outrack.Tracker(config), got {type(tracker).__name__}")


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__")


def check_names(sources: Sequence[Source], outputs: Sequence[str | Path], crops: str | Path | None) -> None:
    """Refuse outputs that several sources would write.

    Raises:
        ValueError: an output is neither a folder nor has `{name}`, or two sources are called alike.
    """
    for output in outputs:
        if NAME not in str(output) and not is_folder(output):
            raise ValueError(
                f"outputs: with several sources, name a folder ('boxes/') or write {NAME} where the source's name goes "
                f"('out/{NAME}.mp4'), got {str(output)!r}"
            )
    if crops is not None and NAME not in str(crops):
        raise ValueError(f"crops: with several sources, write {NAME} where the source's name goes, got {str(crops)!r}")
    names = {name_key(name): name for name in map(_name_of, sources)}
    key, count = Counter(name_key(_name_of(source)) for source in sources).most_common(1)[0]
    if count > 1:
        name = names[key]
        raise ValueError(f"{count} sources are called {name!r} and would write the same files; track them apart")


def _name_of(source: Source) -> str:
    if isinstance(source, VideoSource):
        return source.name
    return source_name(source)
