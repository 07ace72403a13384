"""The content of a COCO json, for its reader and writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["IDENTITY_KEYS", "CocoBox", "CocoFile", "CocoImage"]

IDENTITY_KEYS = ("track_id", "instance_id")
"""Keys for identities: within a video (CenterTrack), and over all videos (MMTracking). If a box has both, the first is
read."""


@dataclass(frozen=True, slots=True)
class CocoBox:
    """A labelled box.

    Attributes:
        xyxy: corners in pixels.
        class_id: position of its category among the requested classes.
        is_crowd: a region of many objects.
        identity: `track_id` or `instance_id`; -1 if the entry has none.
        visibility: visible share in 0..1; None if the entry has none.
        score: confidence in results; None in labels.
        state: why a tracker reported the box, as a lower-case `TrackState`; None in labels.
        extras: other shapes in the entry: "masks (RLE)", "polygons", "keypoints", which are not read, and "turned
            boxes", for which the smallest upright box is used.
    """

    xyxy: tuple[float, float, float, float]
    class_id: int
    is_crowd: bool
    identity: int
    visibility: float | None
    score: float | None
    state: str | None
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CocoImage:
    """An image, or a frame of a video.

    Attributes:
        file_name: name of the image in the file.
        width, height: size in pixels; 0 if the file was written by a tracker without pictures.
        video: name of the video it is a frame of; None for a still.
        frame: position in the video from 0; 0 for a still.
        boxes: boxes of the requested categories, in the order of the file.
    """

    file_name: str
    width: int
    height: int
    video: str | None
    frame: int
    boxes: list[CocoBox]


class CocoFile(NamedTuple):
    """A whole file.

    Attributes:
        images: in the order of the file.
        class_names: names of the categories by class id, in the order of the file.
        frame_rates: frames per second of videos, by name, if the file has them.
    """

    images: list[CocoImage]
    class_names: tuple[str, ...]
    frame_rates: Mapping[str, float]
