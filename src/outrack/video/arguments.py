"""Checks of the arguments of `outrack.track`."""

from __future__ import annotations

import inspect
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from outrack.detectors.appearance import Appearance
from outrack.detectors.input_size import SPEEDS
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.video.address import is_address, shown_address
from outrack.video.output_files import NAME, files_for, is_folder
from outrack.video.painter import Painter
from outrack.video.source_names import distinct_source_names, name_key, source_name
from outrack.video.sources import VideoSource

__all__ = [
    "Source",
    "Sources",
    "check_callbacks",
    "check_open_sources",
    "check_speed",
    "check_types",
    "checked_sources",
    "names_of",
    "refuse_clashes",
    "refuse_without_outputs",
]

logger = logging.getLogger(__name__)

Source = str | Path | int | VideoSource
Sources = list[str] | list[Path] | list[int] | list[Source] | tuple[Source, ...]


def checked_sources(source: object) -> list[Source]:
    """The sources, of known types, and files that exist.

    Raises:
        TypeError: one is not a source.
        FileNotFoundError: there is no such file.
        ValueError: the list is empty.
    """
    sources: list[Any] = list(source) if isinstance(source, list | tuple) else [source]
    if not sources:
        raise ValueError("source: the list is empty; expected a video, or a list of videos")
    for one in sources:
        if not isinstance(one, str | Path | int | VideoSource) or isinstance(one, bool):
            hint = (
                "; to track the detections of a frame, use outrack.Tracker().update(detections)"
                if _is_array(one)
                else ""
            )
            raise TypeError(
                "source: expected a video file, folder, camera number, address or open source, or a list of these, "
                f"got {type(one).__name__}{hint}"
            )
        if len(sources) > 1 and isinstance(one, Path) and not one.exists():
            raise FileNotFoundError(f"{one}: no such file. Is the path correct?")
    return sources


def check_types(detector: object, tracker: object, appearance: object = None) -> None:
    """Refuse a file name as a detector, settings as a tracker, and invalid sources of appearance.

    Raises:
        TypeError: says what is expected.
    """
    if inspect.iscoroutinefunction(detector) or inspect.iscoroutinefunction(getattr(detector, "__call__", None)):  # noqa: B004
        raise TypeError("detector: expected a function that returns detections, got a coroutine function (async def)")
    for name, value in (("detector", detector), ("tracker", tracker)):
        if isinstance(value, type):
            raise TypeError(f"{name}: expected an object, got its class; write {value.__name__}(...)")
    if detector is not None and not callable(detector):
        raise TypeError(
            "detector: expected a function of a frame, or one of outrack.load_detector(weights), got "
            f"{type(detector).__name__}"
        )
    if appearance is not None and appearance != "bundled" and not isinstance(appearance, Appearance):
        raise TypeError(f'appearance: expected "bundled" or an outrack.Appearance(weights), got {appearance!r:.60}')
    if tracker is not None and not hasattr(tracker, "update"):
        raise TypeError(f"tracker: expected an outrack.Tracker(config), got {type(tracker).__name__}")


def check_callbacks(painter: object, on_frame: object) -> None:
    """Refuse other painters and callbacks.

    Raises:
        TypeError: says what is expected.
    """
    if painter is not None and not isinstance(painter, Painter):
        raise TypeError(f"painter: expected an outrack.video.Painter(...), got {painter!r:.60}")
    if on_frame is not None and not callable(on_frame):
        raise TypeError(f"on_frame: expected a function of a FrameResult, got {on_frame!r:.60}")


def check_open_sources(sources: Sequence[Source], stride: int, max_frames: int | None) -> None:
    """Refuse settings that an open source has itself.

    Raises:
        TypeError: there is one, and settings for it.
    """
    if any(isinstance(source, VideoSource) for source in sources) and (stride != 1 or max_frames is not None):
        raise TypeError(
            "stride and max_frames have no effect on an open source: give them to outrack.open_source(path, "
            "stride=..., max_frames=...)"
        )


def refuse_without_outputs(source: Source, given: Mapping[str, object]) -> None:
    """Refuse arguments, by name, that only have an effect on outputs.

    Raises:
        TypeError: one of them was given.
    """
    for name, value in given.items():
        if value not in (None, 0, False):
            raise TypeError(
                f"{name} is only for runs with outputs: give a file to write, or outputs=() for none, "
                f"as in track({source!r}, 'out.mp4', {name}=...)"
            )


def check_speed(speed: str, detector: object) -> None:
    """Refuse an unknown speed, and one for a detector that was given.

    Raises:
        ValueError: it is unknown.
        TypeError: it has no effect.
    """
    if speed not in ("auto", *SPEEDS):
        raise ValueError(f"speed: expected auto, {', '.join(SPEEDS)}, got {speed!r}")
    if speed != "auto" and detector is not None:
        raise TypeError(
            f"speed={speed!r} is the input size of the bundled network, but a detector was given: omit one of them, or "
            f"give detector=outrack.load_detector(weights, speed={speed!r})"
        )


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__")


def names_of(sources: Sequence[Source]) -> list[str]:
    """Names of several sources; equal names get their folders, hosts or endings added, with a warning. Open sources
    keep their names."""
    closed = [source for source in sources if not isinstance(source, VideoSource)]
    apart = iter(distinct_source_names(closed))
    names = [source.name if isinstance(source, VideoSource) else next(apart) for source in sources]
    for source, name in zip(sources, names, strict=True):
        if not isinstance(source, VideoSource) and name != source_name(source):
            shown = shown_address(str(source)) if is_address(source) else source
            logger.warning("%s: another source has the same name; this one is called %s", shown, name)
    return names


def refuse_clashes(
    sources: Sequence[Source], names: Sequence[str], outputs: Sequence[str | Path], crops: str | Path | None
) -> None:
    """Refuse outputs that several sources would write, or that one would write and another be read from.

    Raises:
        ValueError: an output is neither a folder nor has `{name}`, two sources have the same name, or an output is one
            of the sources.
    """
    for output in outputs:
        if NAME not in str(output) and not is_folder(output):
            raise ValueError(
                f"outputs: with several sources, name a folder ('boxes/') or write {NAME} in place of the source's "
                "name "
                f"('out/{NAME}.mp4'), got {str(output)!r}"
            )
    if crops is not None and NAME not in str(crops):
        raise ValueError(f"crops: with several sources, write {NAME} in place of the source's name, got {str(crops)!r}")
    key, count = Counter(map(name_key, names)).most_common(1)[0]
    if count > 1:
        name = next(name for name in names if name_key(name) == key)
        raise ValueError(
            f"{count} sources have the name {name!r} and would write the same files. Is one given twice? "
            "Otherwise open one, and rename it: source = outrack.open_source(path); source.name = 'other'"
        )
    files = [source for source in sources if isinstance(source, str | Path)]
    refuse_overwriting_inputs([path for name in names for path in files_for(outputs, name)], files)
