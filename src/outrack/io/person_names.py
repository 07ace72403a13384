"""Names of classes, labels and categories that mean a person, for all files that name what a box contains."""

from __future__ import annotations

__all__ = ["PERSON", "PERSON_NAMES", "is_person"]

PERSON = "person"
"""The name in files that we write."""
PERSON_NAMES = (PERSON, "pedestrian", "people", "human")
"""In lower case; `is_person` ignores the case of a name, and spaces around it."""


def is_person(name: str) -> bool:
    """Whether a class of this name means people."""
    return name.strip().lower() in PERSON_NAMES
