"""Frames in, pictures and results out: sources, writers, the painter."""

from outrack.video.painter import Painter
from outrack.video.sequence import SequenceFrames
from outrack.video.sources import VideoSource, open_source
from outrack.video.writers import CropWriter, Writers, needs_pictures, open_writers

__all__ = [
    "CropWriter",
    "Painter",
    "SequenceFrames",
    "VideoSource",
    "Writers",
    "needs_pictures",
    "open_source",
    "open_writers",
]
