"""The results of a run as arrays on a common time axis."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.coco import is_coco
from outrack.io.numbers import unique_identities
from outrack.io.results import RESULT_SUFFIXES, STATES, read_sequence_results
from outrack.io.run_record import RECORD_SUFFIX, RunRecord, read_run_record
from outrack.io.track_tables import TrackTable, read_csv, read_json_lines

__all__ = ["Run", "find_results", "read_run"]

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The boxes of a run over time; F frames, R boxes.

    Attributes:
        name: name of the result file, without its ending.
        path: the result file.
        frames: processed frames, from 1, ascending, int64 (F,).
        starts: start of each frame, in `unit`, ascending, and end of the last one; float64 (F + 1,).
        unit: `s`, or `frames` if times are unknown.
        position: the frame of each box, as its index in `frames`, ascending, int64 (R,).
        ids: identity of each box, int64 (R,).
        xyxy: boxes in pixels, float64 (R, 4).
        states: values of `TrackState`, int64 (R,); None if the file has none.
        points: predicted occlusion points x, y, float64 (K, 2); None if the file has none.
        record: the run's summary, if there is such a file.
    """

    name: str
    path: Path
    frames: Ints
    starts: Floats
    unit: str
    position: Ints
    ids: Ints
    xyxy: Floats
    states: Ints | None
    points: Floats | None
    record: RunRecord | None


def find_results(path: Path) -> list[Path]:
    """The result files of a run: the file itself, or one of each name in a folder, of the most informative format.

    Raises:
        FileNotFoundError: there is no such file or folder, or it has no results.
        ValueError: the file has another format.
    """
    kinds = ", ".join(RESULT_SUFFIXES)
    if path.is_dir():
        best: dict[str, Path] = {}
        for kind in RESULT_SUFFIXES:
            for file in sorted(file for file in path.iterdir() if file.suffix.lower() == kind):
                if not file.name.endswith(RECORD_SUFFIX) and (kind != ".json" or is_coco(file)):
                    best.setdefault(file.stem, file)
        if not best:
            raise FileNotFoundError(f"{path}: no results found. Expected files of `outrack track`: {kinds}")
        return [best[stem] for stem in sorted(best)]
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file or folder. Expected results of `outrack track`: {kinds}")
    if path.suffix.lower() not in RESULT_SUFFIXES:
        raise ValueError(f"{path}: expected results of `outrack track` ({kinds}). Give a video as --video")
    return [path]


def read_run(path: Path, *, frame_rate: float | None = None) -> Run:
    """Read a result file, and the `.summary.json` next to it, if any.

    Args:
        path: `.jsonl`, `.csv`, `.json` or `.txt` of `outrack track`.
        frame_rate: frames per second for files without times; by default that of the summary; if unknown, time is
            counted in frames.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed; names file and line.
    """
    record_path = path.with_name(path.stem + RECORD_SUFFIX)
    record = read_run_record(record_path) if record_path.is_file() else None
    boxes, frames, ids, xyxy, states = _boxes(path)
    looked_at = _processed(frames, boxes.frames)
    if frame_rate is None and record is not None:
        frame_rate = record.frame_rate
    starts, unit = _starts(path, looked_at, boxes.times_s, frame_rate)
    order = np.lexsort((ids, frames))
    return Run(
        name=path.stem,
        path=path,
        frames=looked_at,
        starts=starts,
        unit=unit,
        position=np.searchsorted(looked_at, frames[order]),
        ids=ids[order],
        xyxy=xyxy[order],
        states=None if states is None else states[order],
        points=np.array(boxes.points, np.float64).reshape(-1, 2) if boxes.points else None,
        record=record,
    )


def _boxes(path: Path) -> tuple[TrackTable, Ints, Ints, Floats, Ints | None]:
    """The file, and the frame, identity, corners and state of each box."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        found = read_sequence_results(path, benchmark="plain")
        return TrackTable([], None, {}, {}), found.frames, found.ids, found.xyxy, found.states
    if suffix == ".csv":
        table = read_csv(path, required=("id",)) if path.stat().st_size else TrackTable([], [], {}, {})
    else:
        table = read_json_lines(path, required=("id",))
    rows = table.rows
    numbers = np.array([(row.frame, row.identity) for row in rows], np.float64).reshape(-1, 2)
    frames, ids = unique_identities(
        numbers[:, 0], numbers[:, 1], lambda row: rows[row].place, "Is this a file of detections?"
    )
    xyxy = np.array([row.xyxy for row in rows], np.float64).reshape(-1, 4)
    for row in rows:
        x1, y1, x2, y2 = row.xyxy
        if x2 < x1 or y2 < y1:
            raise ValueError(f"{row.place}: expected the corners x1, y1, x2, y2 of a box, got {[x1, y1, x2, y2]}")
        if row.state and row.state not in STATES:
            raise ValueError(f"{row.place}: expected a state of {', '.join(STATES)}, got {row.state!r}")
    known = len(rows) > 0 and all(row.state for row in rows)
    states = np.array([STATES[row.state] for row in rows], np.int64) if known else None
    return table, frames, ids, xyxy, states


def _processed(frames: Ints, named: list[int] | None) -> Ints:
    """The processed frames: as the file states, or all at the usual stride from the first to the last with a box."""
    if named is not None:
        return np.unique(np.array(named, np.int64))
    used = np.unique(frames)
    if len(used) < 2:
        return used
    step = max(1, int(np.gcd.reduce(np.diff(used))))
    return np.arange(used[0], used[-1] + 1, step)


def _starts(path: Path, frames: Ints, times_s: dict[int, float], frame_rate: float | None) -> tuple[Floats, str]:
    """Start of each frame and end of the last one, and their unit."""
    if not len(frames):
        return np.zeros(1), "s"
    if len(times_s) > 1:
        known = np.array(sorted(times_s))
        given = np.array([times_s[frame] for frame in known])
        if (np.diff(given) < 0).any():
            back = int((np.diff(given) < 0).argmax())
            logger.warning(
                "%s: the time goes back from %g s in frame %d to %g s in frame %d; "
                "frames after it keep the latest time until it is passed",
                path,
                given[back],
                known[back],
                given[back + 1],
                known[back + 1],
            )
        seconds = np.maximum.accumulate(given)
        rate = (known[-1] - known[0]) / max(seconds[-1] - seconds[0], 1e-9)
        # Before the first and after the last frame with a time, extrapolate at the mean rate.
        beyond = np.minimum(frames - known[0], 0) + np.maximum(frames - known[-1], 0)
        starts, unit = np.interp(frames, known, seconds) + beyond / rate, "s"
    elif frame_rate:
        starts, unit = (frames - 1) / frame_rate, "s"
    else:
        starts, unit = frames - 1.0, "frames"
    last = float(np.median(np.diff(starts))) if len(starts) > 1 else 1.0 / (frame_rate or 1.0)
    return np.append(starts, starts[-1] + last), unit
