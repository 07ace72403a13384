"""`--config FILE.yaml`: options from a file, with lower precedence than the command line."""

from __future__ import annotations

from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from cyclopts import App, Token
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Dict

from outrack.io.damaged import reading
from outrack.io.small_files import text_of
from outrack.io.yaml_values import yaml_value

__all__ = ["GIVEN", "apply_config_file", "note_tracker_fields", "options_of_file"]


GIVEN = "--tracker-given"
"""Hidden option that `note_tracker_fields` fills."""
PRESET = "--tracker.preset"
"""The option in this group that is not a setting."""


def apply_config_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Fill options that are not on the command line from the file of `--config` (a `cyclopts` config).

    The file mirrors the options: `max-frames: 100`, or `tracker: {max-lost-s: 2}` for `--tracker.max-lost-s 2`.

    Raises:
        CycloptsError: the file has an option that does not exist; names the nearest one.
        OSError: the file cannot be read.
        ValueError: it is not a YAML mapping.
    """
    for argument in arguments:
        if argument.name == "--config" and argument.tokens:
            path = Path(argument.tokens[0].value)
            Dict(options_of_file(path), source=str(path), use_commands_as_keys=False)(app, commands, arguments)


def options_of_file(path: Path) -> dict[str, Any]:
    """The options in a file of `--config`; their names are not checked.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a YAML mapping.
    """
    with reading(path, "not valid YAML"):
        options = yaml_value(text_of(path), place=str(path))
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise ValueError(f"{path}: expected options such as `stride: 2`, got a {type(options).__name__}")
    return options


def note_tracker_fields(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Tell the command which `--tracker.*` options were given, on the command line or in a file (a `cyclopts` config).

    A `TrackerConfig` alone cannot distinguish a given value from an equal default.

    Raises:
        ValueError: a group of settings was given a value.
    """
    for argument in arguments:
        if argument.name.startswith("--tracker") and is_dataclass(argument.resolved_hint) and argument.tokens:
            raise ValueError(
                f"{argument.name} {argument.tokens[0].value}: {argument.name} is a group of settings, such as "
                f"{argument.children[0].name}; a whole tracker is chosen with {PRESET}"
            )
    given = [
        ".".join(argument.keys)
        for argument in arguments
        if argument.name.startswith("--tracker.") and argument.name != PRESET and argument.tokens
    ]
    for argument in arguments:
        if argument.name == GIVEN:
            argument.tokens[:] = [
                Token(keyword=GIVEN, value=name, source="tracker", index=k) for k, name in enumerate(given)
            ]
