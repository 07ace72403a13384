"""Runs an exported network on a file at the input size that the people in it need."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from outrack.detectors.base import Detector, ResizableDetector, is_resizable
from outrack.detectors.input_size import SPEEDS, CoverArea
from outrack.detectors.pictures import Picture, as_frame, picture_size
from outrack.structures import Detections, Frame

__all__ = ["SizeByNeed", "size_by_need"]

logger = logging.getLogger(__name__)

SMALL, LARGE = 42, 55
"""Median height of people, in pixels of the network at its own size, below which a larger input is used, and from which
its own size is used again. With a median of 40 (MOT17-02) the larger size found 22 % more boxes, with 68 and more 13 %
at most (docs/lab/bundled-network.md)."""
TINY = 28
"""Median height at the larger size below which most people are missed there, too."""
SCORE = 0.35
"""Boxes with lower scores do not count for the median height: small things in the background would make people seem
small. With a higher score, so few small people would count that people would seem large."""
FEWEST, MOST = 150, 800
"""Smallest number of boxes for a median, and number of last boxes that it is computed of. Many, since a change of size
slightly changes boxes and appearance: a window of 200 cost 1.8 MOTA on MOT17-11."""


class SizeByNeed:
    """Runs a network at its own size, and at `accurate` while most people are small.

    The larger size has no more pixels than the picture, since upscaling adds no detail. The decision depends only on
    the pictures, not on the machine. One log line reports the first use of the larger size.

    Args:
        network: the network to run.

    Attributes:
        info: that of the network.
        input_sizes: widths and heights at which it ran, in the order of their first use.
    """

    def __init__(self, network: ResizableDetector) -> None:
        self.input_sizes: tuple[tuple[int, int], ...] = ()
        self.info = replace(network.info, resizable=False)
        self._own = network.at_size(CoverArea(network.info.size[0] * network.info.size[1]))
        self._heights: deque[float] = deque(maxlen=MOST)
        self._has_told = self._has_hinted = False
        self._larger: ResizableDetector | None = None

    def __call__(self, frame: Picture) -> Detections:
        """Detections in the pixels of the picture; errors as for `NetworkDetector`."""
        frame = as_frame(frame)
        found = self._network_for(frame)(frame)
        self.finish(frame, found)
        return found

    @property
    def num_parallel(self) -> int:
        """Number of frames that the network processes at once."""
        return self._own.num_parallel

    def start(self, frame: Frame) -> Callable[[], Detections]:
        """The work of one frame, at the size that the frames finished so far need."""
        return self._network_for(frame).start(frame)

    def finish(self, frame: Frame, found: Detections) -> None:
        """Record how tall people are in a frame, for the frames started after it."""
        tall = found.xyxy[found.scores >= SCORE]
        scale = (self._own.size_of(frame)[1] - 2 * self.info.margin) / picture_size(frame)[1]
        self._heights.extend((tall[:, 3] - tall[:, 1]) * scale)
        if len(self._heights) >= FEWEST:
            self._settle(frame)

    def reset(self) -> None:
        """Forget how tall people were; the next frame uses the network's own size."""
        self._heights.clear()
        self._larger = None

    def _network_for(self, frame: Frame) -> ResizableDetector:
        network = self._larger or self._own
        size = network.size_of(frame)
        if size not in self.input_sizes:
            self.input_sizes += (size,)
        return network

    def _settle(self, frame: Frame) -> None:
        """Choose the size for the next frame."""
        median = float(np.median(self._heights))
        if self._larger is not None:
            if median >= LARGE:
                self._larger = None
            elif not self._has_hinted:
                self._hint(median, frame)
            return
        larger = self._larger_for(frame)
        if median >= SMALL or larger is None:
            return
        self._larger = larger
        if not self._has_told:
            self._has_told = True
            logger.info(
                "people are small (%.0f pixels at %dx%d), so the network runs at %dx%d; --speed balanced is faster",
                median,
                *self._own.size_of(frame),
                *larger.size_of(frame),
            )

    def _larger_for(self, frame: Frame) -> ResizableDetector | None:
        """The network at `accurate`, but at most at the picture's number of pixels; None if that is not larger."""
        width, height = picture_size(frame)
        own = self.info.size[0] * self.info.size[1]
        larger = self._own.at_size(CoverArea(max(min(round(own * SPEEDS["accurate"]), width * height), own)))
        return None if larger.size_of(frame) == self._own.size_of(frame) else larger

    def _hint(self, median: float, frame: Frame) -> None:
        """Suggest once which option would find more, if the larger size is not enough and the picture has more
        pixels."""
        assert self._larger is not None
        now = self._larger.size_of(frame)
        tall = median * now[1] / self._own.size_of(frame)[1]
        long = min(max(picture_size(frame)), round(max(now) * 1.5 / 32) * 32)
        if tall >= TINY or long < 1.2 * max(now):
            return
        self._has_hinted = True
        logger.info(
            "people are still small (%.0f pixels at %dx%d): --imgsz %d finds more, and takes %.1f times as long",
            tall,
            *now,
            long,
            (long / max(now)) ** 2,
        )


def size_by_need(detector: Detector) -> Detector:
    """A detector for a file: a network at the needed size, any other detector unchanged.

    A network that uses the previous frame is also unchanged: its two frames must have one size.
    """
    return SizeByNeed(detector) if is_resizable(detector) else detector
