"""`Frame`: one picture of a source."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decoded", "Frame"]


class Decoded(Protocol):
    """A picture as decoded. Its pixels are converted on request, at the requested size.

    Attributes:
        size: width and height in pixels, as displayed.
        nbytes: memory that it takes.
    """

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def nbytes(self) -> int: ...

    def rgb(self) -> NDArray[np.uint8]:
        """All pixels, RGB, uint8 (H, W, 3)."""
        ...

    def scaled_planes(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """The picture at another width and height, RGB with the channels first, uint8 (3, height, width)."""
        ...

    def grey(self) -> NDArray[np.uint8]:
        """The luma, uint8 (H, W)."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    `pixels` are its RGB pixels. `image` is the same, but None where `pixels` raises; `decoded` avoids the conversion.

    Attributes:
        picture: as the source gives it: RGB, uint8 (H, W, 3), or as decoded; None if the source has the frame but not
            its picture (a MOTChallenge sequence with only its detections).
        index: position in the source, counted from 0 before any stride; MOTChallenge files write `index + 1`.
        timestamp_s: seconds since the source's first frame.
        source: name of the source; empty for a picture without a source.
        pixel_aspect: width of a pixel over its height, as the picture should be shown; 64/45 for widescreen PAL.
    """

    picture: NDArray[np.uint8] | Decoded | None
    index: int
    timestamp_s: float
    source: str = ""
    pixel_aspect: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        """Refuse an index that is none, as in `Frame(index, pixels, timestamp_s)`.

        Raises:
            TypeError: says what is expected.
        """
        index: object = self.index
        if not isinstance(index, int | np.integer):
            got = type(index).__name__
            raise TypeError(f"expected Frame(picture, index, timestamp_s) with a whole number as index, got {got}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the frame with its pixels; decoder objects stay in their process."""
        return Frame, (self.image, self.index, self.timestamp_s, self.source, self.pixel_aspect)

    @property
    def decoded(self) -> Decoded | None:
        """The picture as decoded; None if it is an array, or missing."""
        return None if self.picture is None or isinstance(self.picture, np.ndarray) else self.picture

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """RGB, uint8 (H, W, 3); None without a picture. A decoded picture is converted on first use."""
        return self.picture if self.picture is None or isinstance(self.picture, np.ndarray) else self.picture.rgb()

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the picture, if there is one."""
        if isinstance(self.picture, np.ndarray):
            return self.picture.shape[1], self.picture.shape[0]
        return None if self.picture is None else self.picture.size

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """RGB, uint8 (H, W, 3).

        Raises:
            ValueError: this frame has no picture.
        """
        image = self.image
        if image is None:
            raise ValueError(
                f"frame {self.index + 1} has no picture, but one is needed here. Without pictures only precomputed "
                "detections and text outputs work."
            )
        return image

    def without_pixels(self) -> Frame:
        """The same frame with a black picture of the same size that needs no memory, for consumers that need the
        size."""
        if self.size is None:
            return self
        width, height = self.size
        black = np.broadcast_to(np.zeros((), np.uint8), (height, width, 3))
        return Frame(black, self.index, self.timestamp_s, self.source, self.pixel_aspect)
