"""The contract of all detectors: a frame goes in, its detections come out; and of those that see several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from outrack.structures import Detections, Frame

__all__ = ["Detector", "ParallelDetector"]


@runtime_checkable
class Detector(Protocol):
    """Anything that finds people in a frame. Detectors that keep state between frames (CenterTrack) do so per object:
    one detector a stream.

    A detector may have an attribute `info`, a `DetectorInfo`: thresholds, settings of the tracker, files that it reads.
    `info_of` gives the defaults for one without.
    """

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
