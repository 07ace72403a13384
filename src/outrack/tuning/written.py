"""Writes the file for `outrack track --config`."""

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
    """Write the settings that differ from the initial ones, with their scores as comments.

    Without an improvement on held-out sequences the file has only comments, and changes nothing.

    Args:
        path: the file.
        tuning: result of the search.
        base: the initial settings.
        notes: comment lines, without the comment sign.
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
