"""CSV and JSON Lines, as `outrack track` writes them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from outrack.conversion.frames import check_classes, check_length, frame_name, write_frames
from outrack.conversion.labels import Box, Labels, Picture
from outrack.io.person_names import PERSON
from outrack.io.track_tables import TrackTable, read_csv, read_json_lines
from outrack.video.writers.base import class_name
from outrack.video.writers.tables import CsvWriter, JsonLinesWriter

__all__ = ["read_csv_file", "read_jsonl_file", "write_csv_file", "write_jsonl_file"]


def read_csv_file(path: Path) -> Labels:
    """A table; it may be empty, if the tracker found no objects."""
    return _labels(path, read_csv(path) if path.stat().st_size else TrackTable([], None, {}, {}))


def read_jsonl_file(path: Path) -> Labels:
    """JSON Lines; each line is a frame."""
    return _labels(path, read_json_lines(path))


def _labels(path: Path, table: TrackTable) -> Labels:
    boxes: dict[int, list[Box]] = defaultdict(list)
    for row in table.rows:
        if row.class_id < 0:
            raise ValueError(f"{row.place}: expected a class of 0 or more, got {row.class_id}")
        x1, y1, x2, y2 = row.xyxy
        boxes[row.frame].append(Box((x1, y1, x2, y2), row.class_id, row.identity, row.score, state=row.state))
    # A CSV does not list frames without boxes; those before its last frame count as frames without people.
    last = max(boxes, default=0) if table.frames is None else max(table.frames, default=0)
    check_length(path, last)
    frames = range(1, last + 1) if table.frames is None else sorted({*table.frames})
    pictures = []
    for frame in frames:
        points = table.occlusions.get(frame)
        pictures.append(
            Picture(
                frame_name(path.stem, frame - 1),
                tuple(boxes[frame]),
                path.stem,
                frame - 1,
                time_s=table.times_s.get(frame),
                occlusions=None if points is None else tuple(map(tuple, points)),
            )
        )
    rate = _rate(table)
    if rate is not None:
        pictures = [replace(picture, time_s=None) for picture in pictures]
    highest = max((row.class_id for row in table.rows), default=0)
    check_classes(path, highest)
    names = tuple(class_name((PERSON,), number) for number in range(highest + 1))
    return Labels(tuple(pictures), names, {} if rate is None else {path.stem: rate})


def _rate(table: TrackTable) -> float | None:
    """Frames per second, if the times of all frames fit one rate; else None."""
    times = table.times_s
    if not times or times[max(times)] <= times[min(times)]:
        return None
    exact = (max(times) - min(times)) / (times[max(times)] - times[min(times)])
    for rate in (round(exact, 2), exact):
        if rate > 0 and all(abs(seconds - (frame - 1) / rate) < 2e-6 for frame, seconds in times.items()):
            return rate
    return None


def write_csv_file(path: Path, labels: Labels) -> list[Path]:
    """One table of one video."""
    return write_frames(path, labels, CsvWriter)


def write_jsonl_file(path: Path, labels: Labels) -> list[Path]:
    """One object per frame of one video."""
    return write_frames(path, labels, JsonLinesWriter)
