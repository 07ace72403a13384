"""Recognises videos into which `outrack track` drew boxes: a network trained on them would learn the drawn lines."""

from __future__ import annotations

from pathlib import Path

import av

from outrack.io.entries import json_value

__all__ = ["is_drawn_on"]


def is_drawn_on(video: Path) -> bool:
    """Whether a video states, in its comment, that boxes, trails or occlusions were drawn into it.

    Videos of 0.1 and early 0.2 do not state it: then it is assumed of every video that `outrack track` wrote. False for
    anything that is not a readable video.
    """
    if not video.is_file():
        return False
    try:
        with av.open(str(video)) as container:
            tags = {name.lower(): value for name, value in container.metadata.items()}
        origin = json_value(tags.get("comment", ""))
    except (av.error.FFmpegError, ValueError):
        return False
    settings = origin.get("settings") if isinstance(origin, dict) else None
    return isinstance(settings, dict) and "smoothed" in settings and settings.get("is_drawn_on") is not False
