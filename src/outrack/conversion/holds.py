"""What label files may say beside boxes of people."""

from __future__ import annotations

from enum import Enum

__all__ = ["Holds"]


class Holds(Enum):
    """What a format may hold beside boxes of people; the value is what it is called where it is lost."""

    IDENTITIES = "identities"
    SCORES = "scores"
    VISIBILITY = "visibility"
    VISIBLE_BOXES = "boxes of visible parts"
    IGNORED = "ignored regions (left out)"
    STATES = "states (refound, predicted)"
    CLASSES = "boxes of other classes (left out)"
    NAMES = "names of classes (their numbers are kept)"
    TIMES = "time stamps"
    OCCLUSIONS = "occlusion points"
    RATE = "frame rates"
    LENGTH = "lengths of videos (frames after the last box)"
    LABELLED = "notes which frames were labelled (the others become frames without boxes)"
    OUTSIDE = "parts of boxes outside of the picture"
