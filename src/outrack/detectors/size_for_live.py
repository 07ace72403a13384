"""Runs an exported network on a live source at the largest size that keeps up."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from outrack.detectors.base import Detector, ResizableDetector, is_resizable
from outrack.detectors.input_size import SMALLEST_SIDE, CoverArea
from outrack.detectors.pictures import Picture
from outrack.io.timing import time_calls
from outrack.structures import Detections

__all__ = ["LiveDetector", "LiveSize", "live_detector", "size_for_live"]

logger = logging.getLogger(__name__)

FACTORS = (2.25, 1.5, 1.0, 0.7, 0.5, 0.35, 0.25)
"""Multiples of the network's own number of pixels that are tried, the largest first."""
SHARE = 0.75
"""Share of the time between two frames that the network may use; the rest is for decoding, tracking and writing."""
TIMED_RUNS = 2
"""Timed runs at each size, after one warm-up; the fastest counts, since other work only adds time."""


class LiveSize(NamedTuple):
    """A network at the largest size at which it keeps up with a live source, or else at the smallest.

    Attributes:
        network: at that size.
        ms: milliseconds per frame.
        keeps_up: whether that is short enough.
    """

    network: ResizableDetector
    ms: float
    keeps_up: bool


def size_for_live(
    network: ResizableDetector, frame: Picture, *, frame_rate: float, clock: Callable[[], float] = time.perf_counter
) -> LiveSize:
    """Try a network at several sizes. `outrack bench` shows the chosen size.

    Args:
        network: the network, at any size.
        frame: a picture of the source.
        frame_rate: frames per second to keep up with.
        clock: seconds, for tests.
    """
    width, height = network.info.size
    for factor in FACTORS:
        network = network.at_size(CoverArea(max(round(width * height * factor), SMALLEST_SIDE**2)))
        ms = time_calls(partial(network, frame), seconds=0, fewest=TIMED_RUNS, clock=clock).best
        if ms * frame_rate <= 1000 * SHARE:
            return LiveSize(network, ms, keeps_up=True)
    return LiveSize(network, ms, keeps_up=False)


class LiveDetector:
    """Chooses the size of a network at the first frame: the largest that takes less than the time between two frames.

    One log line reports the size. If none keeps up, the smallest is used, with a warning that frames will be dropped.

    Args:
        network: the network to run.
        frame_rate: frames per second to keep up with.
        clock: seconds, for tests.

    Attributes:
        info: that of the network.
        input_sizes: width and height at which it runs, once they are known.
    """

    def __init__(
        self, network: ResizableDetector, *, frame_rate: float, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.info = replace(network.info, resizable=False)
        self._network = network
        self._frame_rate, self._clock = frame_rate, clock
        self._is_settled = False
        self.input_sizes: tuple[tuple[int, int], ...] = ()

    def __call__(self, frame: Picture) -> Detections:
        """Detections in the pixels of the picture, see `NetworkDetector`; the first call takes a second or two."""
        if not self._is_settled:
            self._settle(frame)
        return self._network(frame)

    def reset(self) -> None:
        """No state to reset: the size depends on the machine, not on the frames."""

    def _settle(self, frame: Picture) -> None:
        self._is_settled = True
        found = size_for_live(self._network, frame, frame_rate=self._frame_rate, clock=self._clock)
        self._network = found.network
        width, height = found.network.size_of(frame)
        self.input_sizes = ((width, height),)
        if found.keeps_up:
            logger.info(
                "live source at %g frames per second: the network runs at %dx%d pixels and takes %.0f ms",
                self._frame_rate,
                width,
                height,
                found.ms,
            )
            return
        logger.warning(
            "even at %dx%d pixels the network takes %.0f ms, too long for %g frames per second: frames will be dropped",
            width,
            height,
            found.ms,
            self._frame_rate,
        )


def live_detector(detector: Detector, *, frame_rate: float) -> Detector:
    """A detector for a live source: a network at the size that keeps up, any other detector unchanged. Sources that
    share a network have one size.

    A network that uses the previous frame is also unchanged: trial runs would count as frames of its stream.

    Args:
        detector: as for a file.
        frame_rate: frames per second to keep up with.
    """
    if not is_resizable(detector):
        return detector
    return detector.at_common_size(frame_rate) or LiveDetector(detector, frame_rate=frame_rate)
