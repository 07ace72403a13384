"""The frame of a video that heat maps lie over."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.report.runs import Run
from outrack.video.sources import open_source

__all__ = ["first_frame", "frame_of_record"]

logger = logging.getLogger(__name__)


def first_frame(source: Path) -> tuple[NDArray[np.uint8], float]:
    """The first frame of a video or folder of pictures, RGB uint8 (H, W, 3), and the frames per second of it.

    Raises:
        FileNotFoundError, ValueError: it cannot be read; the message says why.
    """
    with open_source(source, max_frames=1) as video:
        return next(iter(video)).pixels, video.frame_rate


def frame_of_record(run: Run) -> NDArray[np.uint8] | None:
    """The first frame of the video that a summary names, where that is still there to be read."""
    if run.record is None or not Path(run.record.source).exists():
        return None
    try:
        return first_frame(Path(run.record.source))[0]
    except (OSError, ValueError) as error:
        logger.warning("%s: heat maps lie over no frame (%s)", run.name, error)
        return None
