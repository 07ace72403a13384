"""Text files of numbers, one row per line; errors name the line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from outrack.structures.detections import MAX_COORDINATE

__all__ = [
    "MAX_FRAME",
    "STANDARD_INPUT",
    "frame_numbers",
    "line_of_row",
    "numbered_rows",
    "place_of_row",
    "read_first_columns",
    "read_rows",
    "refuse_far_boxes",
    "unique_identities",
    "whole_numbers",
]

MAX_FRAME = 10_000_000
"""Highest number of a frame, 92 hours at 30 frames per second; a higher one is an error that would fill the memory."""
_LONGEST_LINE = 1_000_000
"""Maximum length of a line; a stream without line ends must not fill the memory."""
STANDARD_INPUT = Path("-")
"""Means standard input in place of a detections file."""


def numbered_rows(path: Path, *, min_columns: int, hint: str) -> list[tuple[int, list[float]]]:
    """Lines of numbers between commas, blanks or tabs, as (line number from 1, numbers); lines may differ in length.

    Blank lines, a byte order mark, trailing commas and Windows line ends are fine.

    Args:
        path: file to read; an empty file gives no row. `-` is standard input.
        min_columns: columns that every line must have.
        hint: advice to the user for lines that do not fit.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line has too few columns, or something that is not a finite number; names file and line.
    """
    rows: list[tuple[int, list[float]]] = []
    with _opened(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), ""), start=1):
            text = line.strip().rstrip(",")
            if not text:
                continue
            if len(line) == _LONGEST_LINE:
                raise ValueError(f"{path}, line {number}: more than {_LONGEST_LINE:,} characters. {hint}")
            if "\0" in text:
                raise ValueError(f"{path}, line {number}: expected text as UTF-8. Save it as UTF-8, not as UTF-16")
            fields = text.split(",") if "," in text else text.split()
            if len(fields) < min_columns:
                raise ValueError(
                    f"{path}, line {number}: expected at least {min_columns} columns, got {len(fields)}. {hint}"
                )
            try:
                row = [float(field) for field in fields]
            except ValueError:
                raise ValueError(
                    f"{path}, line {number}: expected numbers, got {text[:60]!r}. {hint}".rstrip()
                ) from None
            if not all(np.isfinite(row)):
                raise ValueError(f"{path}, line {number}: a number is not finite: {text[:60]!r}. {hint}")
            rows.append((number, row))
    return rows


def _opened(path: Path) -> TextIO:
    source = os.dup(0) if path == STANDARD_INPUT else path
    return open(source, encoding="utf-8-sig", errors="replace")  # noqa: PTH123  # a path or a descriptor


def read_rows(path: Path, *, min_columns: int, hint: str) -> NDArray[np.float64]:
    """A table of numbers, one row per line, as (R, C) float64; an empty file gives (0, min_columns).

    Every line must have as many columns as the first: their number determines their meaning.

    Raises:
        FileNotFoundError, ValueError: as for `numbered_rows`, and a line of another length; names file and line.
    """
    rows = numbered_rows(path, min_columns=min_columns, hint=hint)
    if not rows:
        return np.empty((0, min_columns))
    first_line, first = rows[0]
    for number, row in rows:
        if len(row) != len(first):
            raise ValueError(
                f"{path}, line {number}: {len(row)} columns, but line {first_line} has {len(first)}. "
                f"All lines must have the same columns. {hint}"
            )
    return np.array([row for _, row in rows])


def read_first_columns(path: Path, columns: int, *, hint: str) -> NDArray[np.float64]:
    """The first columns of every line, as (R, columns) float64; further columns are ignored.

    Raises:
        FileNotFoundError, ValueError: as for `numbered_rows`.
    """
    rows = numbered_rows(path, min_columns=columns, hint=hint)
    return np.array([row[:columns] for _, row in rows], np.float64).reshape(-1, columns)


def line_of_row(path: Path, row: int) -> int:
    """Line number, from 1, of a row, from 0, that `read_rows` gave: for error messages."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        filled = [number for number, line in enumerate(file, start=1) if line.strip().rstrip(",")]
    return filled[row]


def place_of_row(path: Path, row: int) -> str:
    """`FILE, line N` of a row, from 0, of `read_rows`."""
    return f"{path}, line {line_of_row(path, row)}"


def whole_numbers(values: NDArray[np.float64], name: str, locate: Callable[[int], str]) -> NDArray[np.int64]:
    """Numbers (R,) as int64.

    Args:
        values: whole numbers, perhaps written as `3.0`.
        name: their name, for the message.
        locate: from a row to its file and line.

    Raises:
        ValueError: one is not whole, or too large to be exact; names its place.
    """
    wrong = np.flatnonzero((values != np.rint(values)) | (np.abs(values) > 2**53))
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(f"{locate(row)}: expected a whole number as {name}, got {values[row]:.17g}")
    return values.astype(np.int64)


def frame_numbers(values: NDArray[np.float64], locate: Callable[[int], str]) -> NDArray[np.int64]:
    """Frames (R,), which count from 1, as int64.

    Raises:
        ValueError: one is not whole, below 1 or beyond `MAX_FRAME`; names its place.
    """
    frames = whole_numbers(values, "frame", locate)
    wrong = np.flatnonzero((frames < 1) | (frames > MAX_FRAME))
    if len(wrong):
        row = int(wrong[0])
        hint = "" if frames[row] < 1 else f" to {MAX_FRAME}"
        raise ValueError(f"{locate(row)}: expected a frame from 1{hint}, got {frames[row]}")
    return frames


def refuse_far_boxes(xywh: NDArray[np.float64], locate: Callable[[int], str], hint: str = "") -> None:
    """Check boxes given as left, top, width, height (R, 4).

    Raises:
        ValueError: a box is far outside any picture; names its place.
    """
    far = np.abs(xywh).max(axis=1, initial=0) > MAX_COORDINATE / 2
    if far.any():
        row = int(np.argmax(far))
        raise ValueError(
            f"{locate(row)}: x, y, width, height {xywh[row].tolist()} are far outside any picture. {hint}".rstrip()
        )


def unique_identities(
    frames: NDArray[np.float64], ids: NDArray[np.float64], locate: Callable[[int], str], hint: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames and identities (R,) as int64, checked: frames from 1, identities from 0 and each once in a frame.

    Args:
        frames, ids: the columns, as numbers.
        locate: from a row to its place.
        hint: what to check where an identity is negative.

    Raises:
        ValueError: a number does not fit, or an identity appears twice in a frame; names its place.
    """
    of_frames, of_ids = frame_numbers(frames, locate), whole_numbers(ids, "identity", locate)
    if (of_ids < 0).any():
        row = int(np.argmax(of_ids < 0))
        raise ValueError(f"{locate(row)}: expected an identity of 0 or more, got {of_ids[row]}. {hint}")
    order = np.lexsort((of_ids, of_frames))
    again = (np.diff(of_frames[order]) == 0) & (np.diff(of_ids[order]) == 0)
    if again.any():
        row = int(order[1:][again].min())
        raise ValueError(f"{locate(row)}: identity {of_ids[row]} appears twice in frame {of_frames[row]}")
    return of_frames, of_ids
