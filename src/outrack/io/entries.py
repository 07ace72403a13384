"""Checked values of the objects in a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["Entry", "json_value", "key_of", "number_of", "whole_number_of"]

Entry = Mapping[str, Any]


def json_value(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, is nested too deeply, or has a number with thousands of digits.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def key_of(where: str, entry: Entry, name: str) -> Any:
    """A number or a text that other entries refer to; ValueError names `where`."""
    value = entry.get(name)
    if not isinstance(value, int | float | str) or value != value:
        raise ValueError(f"{where}: expected a number or a text as {name}, got {value!r}")
    return value


def number_of(where: str, entry: Entry, name: str) -> float:
    """A finite number; ValueError names `where`."""
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**1000:
        raise ValueError(f"{where}: expected a number as {name}, got {value!r}")
    return float(value)


def whole_number_of(where: str, entry: Entry, name: str) -> int:
    """A whole number that a float can hold; ValueError names `where`."""
    value = number_of(where, entry, name)
    if value != round(value) or abs(value) > 2**53:
        raise ValueError(f"{where}: expected a whole number as {name}, got {entry[name]!r}")
    return int(value)
