"""Range checks of settings when they are created; errors name the setting."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

__all__ = [
    "require_above_zero",
    "require_choice",
    "require_count",
    "require_not_negative",
    "require_number",
    "require_share",
    "require_whole_numbers",
]

_LARGEST = 1e9
"""Settings are squared and multiplied: far larger ones, and far smaller ones, leave the range of a float."""


def require_above_zero(settings: object, *names: str) -> None:
    """Raises ValueError unless all of these fields are above 0, and neither tiny nor huge."""
    for name, value in _numbers(settings, names):
        if not value > 0:
            raise ValueError(f"{name} must be above 0, got {value}")
        if not 1 / _LARGEST <= value <= _LARGEST:
            raise ValueError(f"{name} must be between {1 / _LARGEST:g} and {_LARGEST:g}, got {value}")


def require_not_negative(settings: object, *names: str) -> None:
    """Raises ValueError unless all of these fields are 0 or more, and not huge."""
    for name, value in _numbers(settings, names):
        if not value >= 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
        if value > _LARGEST:
            raise ValueError(f"{name} must be at most {_LARGEST:g}, got {value}")


def require_number(settings: object, *names: str) -> None:
    """Raises ValueError unless all of these fields are finite, and not huge."""
    for name, value in _numbers(settings, names):
        if not -_LARGEST <= value <= _LARGEST:
            raise ValueError(f"{name} must be between -{_LARGEST:g} and {_LARGEST:g}, got {value}")


def require_count(settings: object, *names: str, least: int, most: int = 1_000_000) -> None:
    """Raises ValueError unless all of these fields are whole numbers from `least` to `most`."""
    for name, value in _values(settings, names):
        if not isinstance(value, Integral) or not least <= int(value) <= most:
            raise ValueError(f"{name} must be a whole number from {least} to {most}, got {value}")


def require_share(settings: object, *names: str) -> None:
    """Raises ValueError unless all of these fields are between 0 and 1."""
    for name, value in _numbers(settings, names):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be between 0 and 1, got {value}")


def require_choice(settings: object, name: str, choices: Sequence[str]) -> None:
    """Raises ValueError unless the field is one of the choices."""
    ((label, value),) = _values(settings, (name,))
    if value not in choices:
        raise ValueError(f"{label} must be {', '.join(choices[:-1])} or {choices[-1]}, got {value!r}")


def require_whole_numbers(settings: object, name: str) -> None:
    """Raises TypeError unless the field is None or a tuple or list of whole numbers."""
    ((label, value),) = _values(settings, (name,))
    if value is not None and not (isinstance(value, tuple | list) and all(isinstance(one, Integral) for one in value)):
        raise TypeError(f"{label} must be whole numbers such as (0, 2), got {value!r}")


def _values(settings: object, names: Sequence[str]) -> list[tuple[str, Any]]:
    """The fields, prefixed with the class name, since several groups have a `limit`."""
    return [(f"{type(settings).__name__}.{name}", getattr(settings, name)) for name in names]


def _numbers(settings: object, names: Sequence[str]) -> list[tuple[str, Any]]:
    """As `_values`; raises TypeError unless all of them are numbers."""
    found = _values(settings, names)
    for name, value in found:
        if not hasattr(value, "__float__"):
            raise TypeError(f"{name} must be a number, got {value!r}")
    return found
