"""Outputs: `.mp4`, MOTChallenge `.txt`, `.jsonl`, `.csv`, CVAT `.xml`, COCO-VID `.json`, and crops of every person."""

from outrack.video.writers.base import Painted, Writer, is_standard_output
from outrack.video.writers.crops import CropWriter
from outrack.video.writers.min_length import TrackLengths
from outrack.video.writers.together import SUFFIXES, Writers, needs_pictures, open_writers

__all__ = [
    "SUFFIXES",
    "CropWriter",
    "Painted",
    "TrackLengths",
    "Writer",
    "Writers",
    "is_standard_output",
    "needs_pictures",
    "open_writers",
]
