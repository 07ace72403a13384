"""The summary of a run of `outrack track`: speed, network and settings, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any

from outrack.io.atomic import atomic_write
from outrack.io.small_files import text_of

__all__ = ["RECORD_SUFFIX", "RunRecord", "read_run_record", "write_run_record"]

RECORD_SUFFIX = ".summary.json"
"""Ending of a record: that of `street.jsonl` is looked for in `street.summary.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """The summary of one run.

    Attributes:
        outrack: version of the package.
        versions: versions of outrack with its commit, of Python, and of the loaded packages.
        source: the source as given; an address without its password.
        width, height: size of its pictures in pixels; None without pictures.
        frame_rate: frames per second of the source.
        num_frames: frames tracked.
        num_dropped: frames of a live source that arrived faster than they were tracked.
        num_people: number of distinct ids.
        num_short: ids that lasted less than a second.
        num_left_out: ids omitted by `--min-length`.
        interrupted: whether Ctrl-C ended the run early.
        elapsed_s: wall-clock seconds in total.
        phase_s: seconds by phase.
        network: its name, licence and precision, and the sizes at which it ran; empty without a network.
        settings: settings of the tracker and of the run, by their command-line names.
        outputs: the written files.
        tracker_given: names of the tracker's settings that the user gave, such as "overlap.limit".
    """

    outrack: str
    versions: Mapping[str, str]
    source: str
    width: int | None
    height: int | None
    frame_rate: float
    num_frames: int
    num_dropped: int
    num_people: int
    num_short: int
    num_left_out: int
    interrupted: bool
    elapsed_s: float
    phase_s: Mapping[str, float]
    network: Mapping[str, str]
    settings: Mapping[str, Any]
    outputs: tuple[str, ...]
    tracker_given: tuple[str, ...] = ()


_KINDS: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "int | None": (int, type(None)),
    "float": (int, float),
    "str": str,
    "bool": bool,
    "tuple[str, ...]": list,
}


def write_run_record(path: Path, record: RunRecord) -> None:
    """Write the file atomically.

    Raises:
        OSError: it cannot be written.
    """
    with atomic_write(path) as unfinished:
        unfinished.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")


def read_run_record(path: Path) -> RunRecord:
    """Read what `write_run_record` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not such a record; names the file and the error.
    """
    try:
        content = json.loads(text_of(path, encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected the JSON of `outrack track --summary` ({error})") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected an object as `outrack track --summary` writes it")
    values: dict[str, Any] = {}
    for field in fields(RunRecord):
        value = content.get(field.name, None if field.default is MISSING else list(field.default))
        if not isinstance(value, _KINDS.get(str(field.type), dict)):
            raise ValueError(f"{path}: expected {field.name} as `outrack track --summary` writes it, got {value!r:.60}")
        values[field.name] = tuple(map(str, value)) if isinstance(value, list) else value
    if not all(isinstance(seconds, int | float) for seconds in values["phase_s"].values()):
        raise ValueError(f"{path}: expected seconds in phase_s, got {values['phase_s']!r:.60}")
    return RunRecord(**values)
