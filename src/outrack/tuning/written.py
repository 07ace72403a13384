"""The file that `outrack track --config` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from outrack.io.atomic import atomic_write
from outrack.tracking import TrackerConfig
from outrack.tuning.search import Tuning
from outrack.tuning.space import changed

__all__ = ["write_config"]


def write_config(path: Path, tuning: Tuning, base: TrackerConfig, notes: list[str]) -> None:
    """Write the settings that differ from those that there were, with what they are worth as comments.

    Where nothing was gained on sequences that were left out, the file has comments alone, and changes nothing.

    Args:
        path: the file.
        tuning: what came of the search.
        base: settings that there were.
        notes: lines of comment, without the sign of comments.
    """
    tracker: dict[str, Any] = {}
    for name, value in changed(tuning.config, base).items():
        *groups, last = name.replace("_", "-").split(".")
        place = tracker
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = value
    lines = [f"# {note}\n" for note in notes]
    if tracker:
        lines.append(yaml.safe_dump({"tracker": tracker}, sort_keys=False))
    with atomic_write(path) as unfinished:
        unfinished.write_text("".join(lines), encoding="utf-8")
