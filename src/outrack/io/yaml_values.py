"""Untrusted YAML: plain values of limited size."""

from __future__ import annotations

import re
from typing import Any

import yaml

from outrack.io.damaged import reading

__all__ = ["yaml_value"]

_MOST_VALUES = 100_000
_DEEPEST = 100
"""Nesting of brackets: PyYAML takes a second to refuse a thousand levels."""


def yaml_value(text: str, *, place: str) -> Any:
    """The values of a YAML text: strings, numbers, lists and mappings.

    Nested anchors can expand ten lines beyond the memory, or refer to themselves; so values are counted as often as
    they are used.

    Args:
        text: the YAML.
        place: its origin, for messages.

    Raises:
        ValueError: not YAML, or more than 100,000 values; names the place.
    """
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > _DEEPEST:
            raise ValueError(f"{place}: not valid YAML (nested too deeply)")
    with reading(place, "not valid YAML"):
        value = yaml.safe_load(text)
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set):
            waiting += one
        if count + len(waiting) > _MOST_VALUES:
            raise ValueError(f"{place}: more than {_MOST_VALUES:,} values. Does an anchor (&) refer to itself?")
    return value
