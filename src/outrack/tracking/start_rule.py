"""Which detections may start a new track."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections

__all__ = ["StartRule"]


class StartRule(Protocol):
    """Chooses among the detections of a frame that belong to no track."""

    def __call__(self, detections: Detections, free: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those rows of `detections` among `free` (F,) that may start a track."""
        ...
