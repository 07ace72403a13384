"""Uses any callable as a detector: a function of a frame, or a detector of another library."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import are_fractions, refuse_reversed
from outrack.detectors.appearance import Appearance
from outrack.detectors.base import Detector
from outrack.detectors.info import DetectorInfo, info_of
from outrack.structures import Detections, Frame, as_detections

__all__ = ["AnyDetector", "AppearanceOf", "as_detector"]

logger = logging.getLogger(__name__)

AnyDetector = Detector | Callable[[Frame], object]
"""A callable detector: it takes a `Frame`, and returns anything that `outrack.as_detections` accepts."""
AppearanceOf = Appearance | Literal["bundled"]
"""The source of embeddings for detectors without them."""


def as_detector(given: AnyDetector, appearance: AppearanceOf | None = None) -> Detector:
    """A detector made of `given`: it returns `Detections`, and can be reset.

    Args:
        given: called with each `Frame`; returns anything that `outrack.as_detections` accepts.
        appearance: adds embeddings to boxes without them; "bundled" is that of the bundled network.
    """
    info = getattr(given, "info", None)
    has_appearance = isinstance(info, DetectorInfo) and info.network is not None and info.network.embedding_dim > 0
    is_complete = isinstance(info, DetectorInfo) and callable(getattr(given, "reset", None))
    if is_complete and (appearance is None or has_appearance):
        return cast(Detector, given)
    return _Wrapped(given, Appearance() if isinstance(appearance, str) else appearance)


class _Wrapped:
    """See `as_detector`."""

    def __init__(self, given: AnyDetector, appearance: Appearance | None) -> None:
        self._given, self._appearance = given, appearance
        self._warned: set[str] = set()
        info = replace(info_of(cast(Detector, given)), resizable=False)  # `info` may be that of a network behind it
        self.info = info if appearance is None else replace(info, needs_pictures=True)

    def __call__(self, frame: Frame) -> Detections:
        result = self._given(frame)
        try:
            found = as_detections(result)
            refuse_reversed(found.xyxy)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"the detector's result for frame {frame.index + 1}: {error}") from error
        self._check_places(found.xyxy, frame)
        return found if self._appearance is None else self._appearance.on(frame, found)

    def _check_places(self, xyxy: NDArray[np.float64], frame: Frame) -> None:
        """Warn once of fractions, and once of boxes beside the picture."""
        if "fractions" not in self._warned and are_fractions(xyxy):
            self._warned.add("fractions")
            logger.warning(
                "the detector's boxes in frame %d lie within two pixels, such as %s: if they are fractions of the "
                "picture, multiply them by its width and height",
                frame.index + 1,
                xyxy[0].tolist(),
            )
        if "beside" not in self._warned and len(xyxy) and frame.size is not None:
            beside = (xyxy[:, :2] >= frame.size).any(axis=1) | (xyxy[:, 2:] <= 0).any(axis=1)
            if beside.any():
                self._warned.add("beside")
                logger.warning(
                    "the detector's box %s in frame %d lies beside the picture (%dx%d): expected the corners x1, y1, "
                    "x2, y2 in its pixels",
                    xyxy[beside][0].tolist(),
                    frame.index + 1,
                    *frame.size,
                )

    def reset(self) -> None:
        reset = getattr(self._given, "reset", None)
        if callable(reset):
            reset()
