"""`Frame`: one picture of a source."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frame"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        image: RGB, uint8, shape (H, W, 3); None where a source knows that there was a frame but has no picture of it
            (a MOTChallenge sequence of which only the detections are at hand).
        index: position in the source, counted from 0 before any stride; MOTChallenge files write `index + 1`.
        timestamp_s: seconds since the source's first frame.
        source: name of the source; empty for a picture of none.
        pixel_aspect: width of a pixel over its height, as the picture should be shown; 64/45 for widescreen PAL.
    """

    image: NDArray[np.uint8] | None
    index: int
    timestamp_s: float
    source: str = ""
    pixel_aspect: Fraction = Fraction(1)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The image.

        Raises:
            ValueError: this frame has no picture.
        """
        if self.image is None:
            raise ValueError(
                f"frame {self.index + 1} has no picture, and one is needed here. "
                "Without pictures only precomputed detections and text outputs work."
            )
        return self.image
