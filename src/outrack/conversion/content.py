"""What label files may contain besides boxes of people."""

from __future__ import annotations

from enum import Enum

__all__ = ["Content"]


class Content(Enum):
    """What a format may represent besides boxes of people; the value names it in the report of losses."""

    IDENTITIES = "identities"
    SCORES = "scores"
    VISIBILITY = "visibility"
    VISIBLE_BOXES = "boxes of visible parts"
    IGNORED = "ignored regions (omitted)"
    STATES = "states (refound, interpolated, predicted)"
    CLASSES = "boxes of other classes (omitted)"
    NAMES = "class names (class numbers are kept)"
    TIMES = "time stamps"
    OCCLUSIONS = "occlusion points"
    RATE = "frame rates"
    LENGTH = "video lengths (frames after the last box)"
    LABELLED = "marks of unlabelled frames (they become frames without boxes)"
    OUTSIDE = "parts of boxes outside the picture"
