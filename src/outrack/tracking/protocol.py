"""The interface of every tracker: ours, and those of other packages behind adapters."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections, Tracks

__all__ = ["TrackerProtocol"]


class TrackerProtocol(Protocol):
    """Takes the detections of consecutive frames and returns their tracks."""

    def update(
        self,
        detections: Detections,
        *,
        public: NDArray[np.float64] | None = None,
        timestamp: float | None = None,
        camera_motion: NDArray[np.float64] | None = None,
    ) -> Tracks:
        """The tracks in this frame; called for every frame, also for one without detections.

        Args:
            detections: detections of the frame; never changed.
            public: boxes (P, 4) of public detections; tracks start only there. The tracking loop only passes them if
                the detector has some.
            timestamp: time of the frame in seconds; by default 1 / frame_rate after the previous frame.
            camera_motion: (2, 3) affine that maps points of the previous frame to this one, if known.
        """
        ...

    def reset(self) -> None:
        """Forget all tracks; ids start at 1 again."""
        ...
