"""CVAT's export of a project: the tasks of several videos in one file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from outrack.io.archives import check_unpacked
from outrack.io.damaged import reading

__all__ = ["parts_of_export", "tracks_of_video"]

_ANNOTATIONS = "annotations.xml"
_ENDING = re.compile(r"\.[a-z]\w{1,4}", re.IGNORECASE)


def parts_of_export(path: Path) -> dict[str, str]:
    """The sequences in an export (`.xml`, `.zip`), by short name: the file itself, or each video of a project unless
    the file has the name of one of them.

    Returns:
        {short name: name in the export}; videos are named after their files, or after their tasks if file names are not
        unique. A file that cannot be read counts as one sequence; its reader reports the error.
    """
    names = _videos_of_project(path) if path.suffix.lower() in (".xml", ".zip") else ()
    parts = {_short(name): name for name in names}
    return parts if len(parts) == len(names) > 1 and path.stem not in parts else {path.stem: path.name}


def _videos_of_project(path: Path) -> tuple[str, ...]:
    try:
        with reading(path, "not an export of CVAT"), _annotations(path) as file:
            meta = next((found for _, found in ElementTree.iterparse(file) if found.tag == "meta"), None)
    except ValueError:
        return ()
    tasks = [] if meta is None else meta.findall("project/tasks/task")
    if not tasks:
        return ()
    names, sources = zip(*map(_names, tasks), strict=True)
    return sources if all(sources) and len(set(map(_short, sources))) == len(sources) else names


def _short(video: str) -> str:
    """The name without folders and without a file ending."""
    file = PurePath(video)
    return file.stem if _ENDING.fullmatch(file.suffix) else file.name


@contextmanager
def _annotations(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix.lower() == ".xml":
        with path.open("rb") as file:
            yield file
    else:
        with zipfile.ZipFile(path) as archive:
            check_unpacked(path, archive.getinfo(_ANNOTATIONS))
            with archive.open(_ANNOTATIONS) as member:
                yield member


def tracks_of_video(path: Path, root: Element, video: str) -> tuple[list[Element], Element | None]:
    """The tracks of one video, and the metadata of its task.

    Args:
        path: the file, for messages.
        root: its root element.
        video: the video of a project, with or without its ending.

    Raises:
        ValueError: none or several of the tasks of a project have the name of the video.
    """
    tracks = root.findall("track")
    tasks = root.findall("meta/project/tasks/task")
    if not tasks:
        return tracks, next(
            (found for name in ("task", "job") if (found := root.find(f"meta/{name}")) is not None), None
        )
    if len(tasks) == 1:
        return tracks, tasks[0]
    task = _task_of(path, tasks, video)
    task_id = task.findtext("id")
    return [track for track in tracks if track.get("task_id") == task_id], task


def _task_of(path: Path, tasks: Sequence[Element], video: str) -> Element:
    names = [_names(task) for task in tasks]
    exactly = [task for task, of_task in zip(tasks, names, strict=True) if video in of_task]
    wanted = {video, Path(video).stem}
    matching = exactly or [task for task, forms in zip(tasks, names, strict=True) if wanted & _with_stems(forms)]
    if len(matching) != 1:
        listing = ", ".join(name or source for name, source in names)
        raise ValueError(
            f"{path}: this project has {len(tasks)} tasks ({listing}), and {len(matching) or 'none'} of them has the "
            f"name {video}. Export each task by itself, or name this file after its task"
        )
    return matching[0]


def _names(task: Element) -> tuple[str, str]:
    """Name of a task, and of its video file; empty if unknown."""
    return task.findtext("name") or "", task.findtext("source") or ""


def _with_stems(names: Iterable[str]) -> set[str]:
    return {form for name in names if name for form in (name, Path(name).name, Path(name).stem)}
