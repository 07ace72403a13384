"""Outputs: `.mp4`, MOTChallenge `.txt`, `.jsonl`, `.csv`, CVAT `.xml`, and crops of every person."""

from outrack.video.writers.base import Writer
from outrack.video.writers.crops import CropWriter
from outrack.video.writers.together import SUFFIXES, Writers, needs_pictures, open_writers

__all__ = ["SUFFIXES", "CropWriter", "Writer", "Writers", "needs_pictures", "open_writers"]
