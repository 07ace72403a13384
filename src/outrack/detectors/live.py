"""The bundled or any other exported network on a live source: at the largest size that keeps up."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from outrack.detectors.base import Detector, ResizableDetector, is_resizable
from outrack.detectors.input_size import SMALLEST_SIDE, CoverArea
from outrack.detectors.pictures import Picture
from outrack.structures import Detections

__all__ = ["LiveDetector", "live_detector"]

logger = logging.getLogger(__name__)

FACTORS = (2.25, 1.5, 1.0, 0.7, 0.5, 0.35, 0.25)
"""Multiples of the network's own number of pixels that are tried, the largest first."""
SHARE = 0.75
"""Of the time between two frames that the network may take; the rest is for decoding, tracking and writing."""
LOOKS = 3
"""Runs at each size; the fastest counts, since whatever else the machine does only adds time."""


class LiveDetector:
    """Chooses the size of a network at the first frame: the largest that takes less than the time between two frames.

    One log line says which size that is. Where none keeps up it is the smallest, and a warning says that frames will be
    dropped.

    Args:
        network: the network to run, and the score from which its boxes count.
        frame_rate: frames per second to keep up with.
        clock: seconds, for tests.

    Attributes:
        info: that of the network.
    """

    def __init__(
        self, network: ResizableDetector, *, frame_rate: float, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.info = replace(network.info, resizable=False)
        self._network = network
        self._frame_rate, self._clock = frame_rate, clock
        self._is_settled = False

    def __call__(self, frame: Picture) -> Detections:
        """Detections in the pixels of the picture, as of `NetworkDetector`; the first call takes a second or two."""
        if not self._is_settled:
            self._settle(frame)
        return self._network(frame)

    def reset(self) -> None:
        """Nothing to forget: the size suits the machine, not the frames."""

    def _settle(self, frame: Picture) -> None:
        self._is_settled = True
        width, height = self.info.size
        taken_s = 0.0
        for factor in FACTORS:
            self._network = self._network.at_size(CoverArea(max(round(width * height * factor), SMALLEST_SIDE**2)))
            taken_s = min(self._time_of(frame) for _ in range(LOOKS))
            if taken_s * self._frame_rate <= SHARE:
                logger.info(
                    "live at %g frames per second: the network runs at %dx%d pixels and takes %.0f ms",
                    self._frame_rate,
                    *self._network.size_of(frame),
                    1000 * taken_s,
                )
                return
        logger.warning(
            "even at %dx%d pixels the network takes %.0f ms, too long for %g frames per second: frames will be dropped",
            *self._network.size_of(frame),
            1000 * taken_s,
            self._frame_rate,
        )

    def _time_of(self, frame: Picture) -> float:
        begun = self._clock()
        self._network(frame)
        return self._clock() - begun


def live_detector(detector: Detector, *, frame_rate: float) -> Detector:
    """A detector for a live source: a network at the size that keeps up with it, anything else as it is.

    A network that uses the previous frame stays as it is, too: trial runs would count as frames of its stream.

    Args:
        detector: as for a file.
        frame_rate: frames per second to keep up with.
    """
    return LiveDetector(detector, frame_rate=frame_rate) if is_resizable(detector) else detector
