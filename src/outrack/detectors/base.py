"""The one contract of all detectors: a frame goes in, its detections come out."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from outrack.structures import Detections, Frame

__all__ = ["Detector"]


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
