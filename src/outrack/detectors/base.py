"""The interface of all detectors, from a frame to its detections, and of those that process several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self, TypeGuard, runtime_checkable

from outrack.detectors.info import DetectorInfo, info_of
from outrack.structures import Detections, Frame

if TYPE_CHECKING:
    from outrack.detectors.input_size import InputSize
    from outrack.detectors.model_info import ModelInfo
    from outrack.detectors.pictures import Picture

__all__ = ["WEAK_SCORE", "Detector", "ParallelDetector", "ResizableDetector", "is_resizable"]

WEAK_SCORE = 0.1
"""Lowest score of the boxes of `load_detector`; the default `low_score` of a tracker."""


@runtime_checkable
class Detector(Protocol):
    """Anything that finds people in a frame. Detectors that keep state between frames (CenterTrack) do so per object:
    use one detector per stream.

    A subclass has the default `info`. Objects without `info` work, too: `info_of` returns the defaults for them.
    """

    @property
    def info(self) -> DetectorInfo:
        """Thresholds, settings of the tracker, files that it reads."""
        return DetectorInfo()

    def __call__(self, frame: Frame) -> Detections:
        """Detections in the pixels of `frame.image`, best first."""
        ...

    def reset(self) -> None:
        """Forget earlier frames; stateless detectors do nothing."""
        ...


@runtime_checkable
class ParallelDetector(Detector, Protocol):
    """A detector that can process several frames of a stream at once, as `detect_each` does. Frames are started in
    order, and finished in order.

    The results of one may change how a later one is processed.
    """

    @property
    def num_parallel(self) -> int:
        """Number of frames processed at once."""
        ...

    def start(self, frame: Frame) -> Callable[[], Detections]:
        """The work of one frame, to be called once, in any thread."""
        ...

    def finish(self, frame: Frame, found: Detections) -> None:
        """Receive the detections of a frame."""
        ...


class ResizableDetector(ParallelDetector, Protocol):
    """A network that may run on every frame at another size; its `info.resizable` is True."""

    @property
    def info(self) -> ModelInfo:
        """The metadata of the network's file."""
        ...

    def __call__(self, frame: Picture) -> Detections:
        """Detections in the pixels of the picture, best first."""
        ...

    def at_size(self, image_size: int | tuple[int, int] | InputSize) -> Self:
        """The same network at another size; this one is unchanged."""
        ...

    def at_common_size(self, frame_rate: float) -> Self | None:
        """At the size of all sources that share the network, at a frame rate; None if it is not shared."""
        ...

    def size_of(self, frame: Picture) -> tuple[int, int]:
        """Width and height of the network's input for a picture."""
        ...


def is_resizable(detector: Detector) -> TypeGuard[ResizableDetector]:
    """Whether it may run on every frame at another size; one that uses the previous frame may not."""
    return info_of(detector).resizable
