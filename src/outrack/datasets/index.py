"""The cached index of a large dataset, and the fingerprint that identifies the data of a run.

Reading 19,370 labels and image headers (CrowdHuman) or 100,000 lines of ground truth takes seconds at every start. The
result is stored as one `.npz` (arrays only, no code) in the cache folder, under a key of the options and of path, size
and time of every file in the sources: any change makes a new index.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir

from outrack.annotation import AnnotatedImage, Annotation
from outrack.io.archives import check_arrays, read_arrays
from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading

__all__ = ["cache_folder", "cached_index", "files_key", "fingerprint"]

logger = logging.getLogger(__name__)

_FORMAT = "outrack index 3"
_UNKNOWN_ID = np.iinfo(np.int64).min
"""Marks images without any identities, as opposed to -1 for one box."""


def cache_folder() -> Path:
    """Folder of the caches: `$OUTRACK_HOME`, or the system's cache folder. It need not exist."""
    return Path(os.environ.get("OUTRACK_HOME") or user_cache_dir("outrack"))


def files_key(sources: Sequence[Path], *, settings: str = "") -> str:
    """A key for these files in their present state: hash over path, size and time of each, including all files in
    folders.

    Raises:
        FileNotFoundError: a source does not exist.
    """
    digest = hashlib.sha256(f"{_FORMAT}\n{settings}\n".encode())
    for source in sources:
        for path, size, time_ns in sorted(_files_below(source.resolve(strict=True))):
            digest.update(f"{path}\t{size}\t{time_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def cached_index(
    build: Callable[[], list[AnnotatedImage]], *, sources: Sequence[Path], settings: str
) -> list[AnnotatedImage]:
    """The result of `build`, from the cache if nothing has changed since it was built.

    An unreadable cache is rebuilt, and an unwritable one is not used; both are logged.

    Args:
        build: reads the dataset.
        sources: the files and folders that it reads.
        settings: adapter and options: everything else that changes its result.
    """
    path = cache_folder() / "index" / f"{files_key(sources, settings=settings)}.npz"
    if path.is_file():
        try:
            return _load(path)
        except (OSError, ValueError) as error:
            logger.warning("%s; it is rebuilt", error)
    images = build()
    try:
        with atomic_write(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **_arrays(images))
    except OSError as error:
        logger.warning("%s: the index cannot be cached (%s)", path, error)
    return images


def fingerprint(images: Sequence[AnnotatedImage]) -> str:
    """Hash over file names, sizes and all annotations, in order: the same for the same data in any place."""
    digest = hashlib.sha256(_FORMAT.encode())
    arrays = _arrays(images)
    arrays["paths"] = np.array([image.path.name for image in images], np.str_)
    for name, values in sorted(arrays.items()):
        digest.update(f"{name} {values.shape}\n".encode())
        digest.update(
            "\n".join(values).encode(errors="surrogatepass")
            if values.dtype.kind == "U"
            else np.ascontiguousarray(values).tobytes()
        )
    return digest.hexdigest()[:16]


def _files_below(path: Path) -> Iterator[tuple[str, int, int]]:
    if path.is_dir():
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir():
                    yield from _files_below(Path(entry.path))
                else:
                    stat = entry.stat()
                    yield entry.path, stat.st_size, stat.st_mtime_ns
    else:
        stat = path.stat()
        yield str(path), stat.st_size, stat.st_mtime_ns


def _arrays(images: Sequence[AnnotatedImage]) -> dict[str, NDArray[np.generic]]:
    """All content of `images` as a few long arrays."""
    labels = [image.annotation for image in images]
    nothing = Annotation.of_people(np.empty((0, 4)))
    boxes = [*labels, nothing]  # so that there is always something to concatenate
    return {
        "paths": np.array([str(image.path) for image in images], np.str_),
        "videos": np.array([image.video or "" for image in images], np.str_),
        "upright": np.array([image.upright for image in images], bool),
        "is_frame": np.array([image.video is not None for image in images], bool),
        "places": np.array([(image.width, image.height, image.frame) for image in images], np.int64).reshape(-1, 3),
        "counts": np.array([len(label) for label in labels], np.int64),
        "has_visibility": np.array([label.visibility is not None for label in labels], bool),
        "has_ids": np.array([label.ids is not None for label in labels], bool),
        "xyxy": np.concatenate([label.xyxy for label in boxes]),
        "class_ids": np.concatenate([label.class_ids for label in boxes]),
        "ignore": np.concatenate([label.ignore for label in boxes]),
        "visibility": np.concatenate(
            [np.full(len(label), -1.0) if label.visibility is None else label.visibility for label in boxes]
        ),
        "ids": np.concatenate(
            [np.full(len(label), _UNKNOWN_ID) if label.ids is None else label.ids for label in boxes]
        ),
    }


def _load(path: Path) -> list[AnnotatedImage]:
    expected = "this index is broken"
    arrays: dict[str, NDArray[Any]] = dict(read_arrays(path, expected))
    with reading(path, expected):
        check_arrays(arrays, _arrays([]))
        _check_rows(arrays)
    xyxy, class_ids, ignore = arrays["xyxy"], arrays["class_ids"], arrays["ignore"]
    visibility, ids = arrays["visibility"], arrays["ids"]
    ends = np.cumsum(arrays["counts"]).tolist()
    images = []
    names = ("paths", "videos", "places", "upright")
    for number, (image_path, video, (width, height, frame), upright, end) in enumerate(
        zip(*(arrays[name].tolist() for name in names), ends, strict=True)
    ):
        rows = slice(end - int(arrays["counts"][number]), end)
        label = Annotation(
            xyxy[rows],
            class_ids[rows],
            ignore[rows],
            visibility[rows] if arrays["has_visibility"][number] else None,
            ids[rows] if arrays["has_ids"][number] else None,
        )
        of_video = video if arrays["is_frame"][number] else None
        images.append(AnnotatedImage(Path(image_path), width, height, label, of_video, frame, upright))
    return images


def _check_rows(arrays: dict[str, NDArray[Any]]) -> None:
    """Refuse arrays with inconsistent numbers of images or boxes.

    Raises:
        ValueError: names the array.
    """
    of_images = ("paths", "videos", "upright", "is_frame", "places", "counts", "has_visibility", "has_ids")
    counts = arrays["counts"]
    for name, array in arrays.items():
        rows = len(counts) if name in of_images else counts.sum()
        if len(array) != rows:
            raise ValueError(f"{name} has {len(array)} rows; expected {rows}")
    if (counts < 0).any():
        raise ValueError("an image has a negative number of boxes")
