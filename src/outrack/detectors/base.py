"""The contract of all detectors: a frame goes in, its detections come out; and of those that see several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self, TypeGuard, runtime_checkable

from outrack.detectors.info import DetectorInfo, info_of
from outrack.structures import Detections, Frame

if TYPE_CHECKING:
    from outrack.detectors.input_size import InputSize
    from outrack.detectors.model_info import ModelInfo
    from outrack.detectors.pictures import Picture

__all__ = ["Detector", "ParallelDetector", "ResizableDetector", "is_resizable"]


@runtime_checkable
class Detector(Protocol):
    """Anything that finds people in a frame. Detectors that keep state between frames (CenterTrack) do so per object:
    one detector a stream.

    A class that derives from this one has the default `info`. An object without any runs, too: `info_of` gives the
    defaults for it.
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
    """A detector that can look at several frames of a stream at once: `detect_each` does.

    Frames are started in order, and finished in order. What is found in one may decide how a later one is seen.
    """

    @property
    def lanes(self) -> int:
        """How many frames it looks at at once."""
        ...

    def start(self, frame: Frame) -> Callable[[], Detections]:
        """The work that a frame makes, to be called once, in any thread."""
        ...

    def finish(self, frame: Frame, found: Detections) -> None:
        """Take note of what was found in a frame."""
        ...


class ResizableDetector(ParallelDetector, Protocol):
    """A network that may see every frame at another size; its `info` says so in `resizable`."""

    @property
    def info(self) -> ModelInfo:
        """What the network's file says."""
        ...

    def __call__(self, frame: Picture) -> Detections:
        """Detections in the pixels of the picture, best first."""
        ...

    def at_size(self, image_size: int | tuple[int, int] | InputSize) -> Self:
        """The same network at another size; this one stays as it is."""
        ...

    def size_of(self, frame: Picture) -> tuple[int, int]:
        """Width and height at which the network sees a picture."""
        ...


def is_resizable(detector: Detector) -> TypeGuard[ResizableDetector]:
    """Whether it may see every frame at another size; one that uses the previous frame may not."""
    return info_of(detector).resizable
