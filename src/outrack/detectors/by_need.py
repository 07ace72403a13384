"""The bundled or any other exported network on a file: at the size that the people in it need."""

from __future__ import annotations

import logging
from collections import deque

import numpy as np

from outrack.detectors.base import Detector
from outrack.detectors.input_size import SPEEDS, CoverArea
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.pictures import Picture, as_frame
from outrack.structures import Detections

__all__ = ["SizeByNeed", "size_by_need"]

logger = logging.getLogger(__name__)

SMALL, LARGE = 42, 55
"""Median height of people, in pixels of the network at its own size, below which it runs larger, and from which it runs
at its own size again. Measured (docs/model-card.md): with a median of 40 the larger size found a fifth more people,
with 63 and more hardly any."""
TINY = 28
"""Median height at the larger size below which most people are missed there, too."""
SCORE = 0.35
"""Boxes with less are not asked for their height: small things in the background would say that people are small. With
more, so few of the small people would be asked that people seem large."""
FEWEST, MOST = 150, 800
"""Boxes from which on their median counts, and the number of last boxes that it is taken of. Many, since a change of
size moves boxes and appearance a little: a window of 200 cost 1.8 MOTA on MOT17-11."""


class SizeByNeed(NetworkDetector):
    """Runs at the network's own size, and at `accurate` while most people are small.

    It never runs larger than the picture is: what is not there cannot be found. What it decides depends on the pictures
    alone and not on the machine. One log line says when it first runs larger.

    Args:
        network: the network to run, and the score from which its boxes count.
    """

    def __init__(self, network: NetworkDetector) -> None:
        self.__dict__.update(network.__dict__)
        self._heights: deque[float] = deque(maxlen=MOST)
        self._has_told = self._has_hinted = False
        self.reset()

    def __call__(self, frame: Picture) -> Detections:
        """As of `NetworkDetector`."""
        found = super().__call__(frame)
        height, width, _ = as_frame(frame).pixels.shape
        own = self._at(1.0)((width, height))
        tall = found.xyxy[found.scores >= SCORE]
        self._heights.extend((tall[:, 3] - tall[:, 1]) * own[1] / height)
        if len(self._heights) >= FEWEST:
            self._settle((width, height))
        return found

    def reset(self) -> None:
        """Forget how tall people were; the next frame is seen at the network's own size."""
        self._heights.clear()
        self._is_large = False
        self._input_size = self._at(1.0)

    def _settle(self, picture: tuple[int, int]) -> None:
        median = float(np.median(self._heights))
        wanted = median < (LARGE if self._is_large else SMALL)
        if wanted == self._is_large:
            self._hint(median, picture)
            return
        self._is_large = wanted
        own = self.info.size[0] * self.info.size[1]
        factor = min(SPEEDS["accurate"], picture[0] * picture[1] / own) if wanted else 1.0
        self._input_size = self._at(max(factor, 1.0))
        if wanted and not self._has_told:
            self._has_told = True
            logger.info(
                "people are small (%.0f pixels at %dx%d), so the network runs at %dx%d; --speed balanced is faster",
                median,
                *self._at(1.0)(picture),
                *self._input_size(picture),
            )

    def _hint(self, median: float, picture: tuple[int, int]) -> None:
        """Say once which option would find more, where the larger size is not enough and the picture has more."""
        now = self._input_size(picture)
        tall = median * now[1] / self._at(1.0)(picture)[1]
        long = min(max(picture), round(max(now) * 1.5 / 32) * 32)
        if self._has_hinted or not self._is_large or tall >= TINY or long < 1.2 * max(now):
            return
        self._has_hinted = True
        logger.info(
            "people are still small (%.0f pixels at %dx%d): --imgsz %d finds more, and takes %.1f times as long",
            tall,
            *now,
            long,
            (long / max(now)) ** 2,
        )

    def _at(self, factor: float) -> CoverArea:
        return CoverArea(round(self.info.size[0] * self.info.size[1] * factor))


def size_by_need(detector: Detector) -> Detector:
    """A detector for a file: a network at the size that is needed, anything else as it is.

    A network that uses the previous frame stays as it is, too: its two frames are of one size.
    """
    if isinstance(detector, NetworkDetector) and detector.info.tracker == "default":
        return SizeByNeed(detector)
    return detector
