"""The sizes at which a network ran."""

from __future__ import annotations

from outrack.detectors.base import Detector
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.public import PublicStarts
from outrack.detectors.size_by_need import SizeByNeed
from outrack.detectors.size_for_live import LiveDetector

__all__ = ["input_sizes"]


def input_sizes(detector: Detector, picture: tuple[int, int] | None) -> tuple[tuple[int, int], ...]:
    """Widths and heights of a network's input so far, in the order of their first use; empty for other detectors.

    Args:
        detector: as it was given to the tracking loop.
        picture: width and height of the frames; None if there were no pictures.
    """
    match detector:
        case PublicStarts():
            return input_sizes(detector.detector, picture)
        case SizeByNeed() | LiveDetector():
            return detector.input_sizes
        case NetworkDetector() if picture is not None:
            return (detector.size_for(picture),)
        case _:
            return ()
