"""YAML of strangers: plain values, of a size that fits the text."""

from __future__ import annotations

import re
from typing import Any

import yaml

from outrack.io.damaged import reading

__all__ = ["yaml_value"]

_MOST_VALUES = 100_000
_DEEPEST = 100
"""Brackets in brackets: PyYAML takes a second to find that a thousand are too many."""


def yaml_value(text: str, *, place: str) -> Any:
    """What a YAML text says: texts, numbers, lists and mappings.

    An anchor may stand for a list of anchors, and that again, so that ten lines say more than a memory holds, or for
    itself; so values are counted as often as they are used.

    Args:
        text: the YAML.
        place: where it comes from, for messages.

    Raises:
        ValueError: not YAML, or more than 100,000 values; names the place.
    """
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > _DEEPEST:
            raise ValueError(f"{place}: this is not YAML (nested too deeply)")
    with reading(place, "this is not YAML"):
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
            raise ValueError(f"{place}: more than {_MOST_VALUES:,} values. Does an anchor (&) stand for itself?")
    return value
