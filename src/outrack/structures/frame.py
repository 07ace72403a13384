"""`Frame`: one picture of a source."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decoded", "Frame"]


class Decoded(Protocol):
    """A picture as a decoder gave it. Its pixels are made at the size that is asked for, and only then.

    Attributes:
        size: width and height in pixels, as it is shown.
    """

    @property
    def size(self) -> tuple[int, int]: ...

    def rgb(self) -> NDArray[np.uint8]:
        """All pixels, RGB, uint8 (H, W, 3)."""
        ...

    def scaled_planes(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """The picture at another width and height, RGB with the channels first, uint8 (3, height, width)."""
        ...

    def grey(self) -> NDArray[np.uint8]:
        """Its light alone, uint8 (H, W)."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        picture: RGB, uint8, shape (H, W, 3), or as a decoder gave it; None where a source knows that there was a frame
            but has no picture of it (a MOTChallenge sequence of which only the detections are at hand).
        index: position in the source, counted from 0 before any stride; MOTChallenge files write `index + 1`.
        timestamp_s: seconds since the source's first frame.
        source: name of the source; empty for a picture of none.
        pixel_aspect: width of a pixel over its height, as the picture should be shown; 64/45 for widescreen PAL.
    """

    picture: NDArray[np.uint8] | Decoded | None
    index: int
    timestamp_s: float
    source: str = ""
    pixel_aspect: Fraction = Fraction(1)

    def __reduce__(self) -> tuple[object, ...]:
        """Copied, and sent to other processes, with its pixels: what a decoder gave stays where it is."""
        return Frame, (self.image, self.index, self.timestamp_s, self.source, self.pixel_aspect)

    @property
    def decoded(self) -> Decoded | None:
        """The picture as a decoder gave it; None for one that came as an array, or where there is none."""
        return None if self.picture is None or isinstance(self.picture, np.ndarray) else self.picture

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """RGB, uint8 (H, W, 3); None where there is no picture. Made at the first use, where a decoder gave it."""
        return self.picture if self.picture is None or isinstance(self.picture, np.ndarray) else self.picture.rgb()

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the picture; None where there is none."""
        if isinstance(self.picture, np.ndarray):
            return self.picture.shape[1], self.picture.shape[0]
        return None if self.picture is None else self.picture.size

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The image.

        Raises:
            ValueError: this frame has no picture.
        """
        image = self.image
        if image is None:
            raise ValueError(
                f"frame {self.index + 1} has no picture, and one is needed here. "
                "Without pictures only precomputed detections and text outputs work."
            )
        return image

    def without_pixels(self) -> Frame:
        """The same frame with a black picture of the same size that takes no memory, for those who need the size."""
        if self.size is None:
            return self
        width, height = self.size
        black = np.broadcast_to(np.zeros((), np.uint8), (height, width, 3))
        return Frame(black, self.index, self.timestamp_s, self.source, self.pixel_aspect)
