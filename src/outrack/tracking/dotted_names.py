"""Settings in groups, by dotted names: "appearance.limit" is the `limit` of the group `appearance`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

__all__ = ["flat_values", "with_values"]

Settings = TypeVar("Settings")


def flat_values(settings: Any) -> dict[str, Any]:
    """Every setting of a dataclass and of nested dataclasses, by dotted name."""
    values: dict[str, Any] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            values |= {f"{field.name}.{name}": inner for name, inner in flat_values(value).items()}
        else:
            values[field.name] = value
    return values


def with_values(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The same settings with changes by name; a whole group may also be given.

    Raises:
        TypeError: a setting that does not exist (names the nearest one), or a group of another type.
        ValueError: a setting out of its range.
    """
    known = list(flat_values(settings))
    groups = {name[:end] for name in known for end, letter in enumerate(name) if letter == "."}
    for name in values:
        if name not in known and name not in groups:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_names(settings))}"
            raise TypeError(f"a tracker has no setting {name!r}; {hint}")
    changed: Settings = _changed(settings, values)
    return changed


def _names(settings: Any) -> list[str]:
    return [field.name for field in fields(settings)]


def _changed(settings: Any, values: Mapping[str, Any]) -> Any:
    own = {name: value for name, value in values.items() if "." not in name}
    inner: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        group, dot, rest = name.partition(".")
        if dot:
            inner.setdefault(group, {})[rest] = value
    for name, value in own.items():
        group = getattr(settings, name)
        if is_dataclass(group) and not isinstance(value, type(group)):
            raise TypeError(
                f"{name}: expected {type(group).__name__}, got {value!r}; pass single settings as {name}.NAME"
            )
    for group, changes in inner.items():
        own[group] = _changed(own.get(group, getattr(settings, group)), changes)
    return replace(settings, **own)
