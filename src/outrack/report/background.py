"""The video frame under heat maps."""

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
    """The first frame of a video or folder of pictures, RGB uint8 (H, W, 3), and its frames per second.

    Raises:
        FileNotFoundError, ValueError: it cannot be read; the message says why.
    """
    with open_source(source, max_frames=1) as video:
        return next(iter(video)).pixels, video.frame_rate


def frame_of_record(run: Run) -> NDArray[np.uint8] | None:
    """The first frame of the video that a summary names, if it can still be read."""
    if run.record is None or not Path(run.record.source).exists():
        return None
    try:
        return first_frame(Path(run.record.source))[0]
    except (OSError, ValueError) as error:
        logger.warning("%s: heat maps are drawn without a frame (%s)", run.name, error)
        return None
