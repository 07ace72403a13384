"""Lines and label of an identity, rendered once and cached."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from outrack.structures import TrackState
from outrack.video.colours import Colour, colour_of, ink_on
from outrack.video.layers import Layer

__all__ = ["Line", "Styles"]

Pixels = NDArray[np.uint8]
Key = TypeVar("Key")
Value = TypeVar("Value")

_WHITE = (255, 255, 255)
_DARK = (24, 24, 24)
_KEPT = 256  # cached styles: more than there are people in view at the same time


@dataclass(frozen=True, slots=True)
class Line:
    """A line as long as the picture, to be cut to any length.

    Attributes:
        across: values of one row of a horizontal line, uint8 (depth * L,).
        down: values of a vertical line, uint8 (L, depth * width).
        width: width in places of the layer.
    """

    across: Pixels
    down: Pixels
    width: int


class Styles:
    """Lines and labels for pictures of one size, as values of one layer. Line width and text grow with the picture.

    Args:
        height, width: size of the pictures in pixels.
        layer: a layer to draw on; all later ones have the same format.

    Attributes:
        line_width: width of lines in pixels.
    """

    def __init__(self, height: int, width: int, layer: Layer) -> None:
        self._values_of, self._side = layer.values_of, layer.shrink
        self.line_width = max(1, round(min(height, width) / 360))
        self._longest = max(height, width)
        self._font = ImageFont.load_default(6 + 4 * self.line_width)
        self._margin = 1 + self.line_width
        self._lines: OrderedDict[tuple[int, int], Line] = OrderedDict()
        self._labels: OrderedDict[int, Pixels] = OrderedDict()

    def line(self, track_id: int, state: int) -> Line:
        """The line of a state: solid if detected, dashed with white if refound, short dashes if interpolated, thin if
        predicted."""
        if (track_id, state) not in self._lines:
            _keep(self._lines, (track_id, state), self._make_line(colour_of(track_id), state))
        return self._lines[track_id, state]

    def label(self, track_id: int) -> Pixels:
        """The id on a background of its colour, uint8 (h, depth * w)."""
        if track_id not in self._labels:
            _keep(self._labels, track_id, self._make_label(str(track_id), colour_of(track_id)))
        return self._labels[track_id]

    def _make_line(self, colour: Colour, state: int) -> Line:
        width = max(1, self.line_width // 2) if state == TrackState.PREDICTED else self.line_width
        cells = np.tile(np.array(colour, np.uint8), (self._longest, 1))  # (L, 3)
        if state == TrackState.REFOUND:
            cells[_every_second(self._longest, 4 * self.line_width)] = _WHITE
        elif state == TrackState.INTERPOLATED:
            cells[_every_second(self._longest, 2 * self.line_width)] = _WHITE
        elif state == TrackState.PREDICTED:
            cells[_every_second(self._longest, 2 * self.line_width)] = _DARK
        values, thick = self._values_of(cells)[:: self._side], -(-width // self._side)
        return Line(values.ravel(), np.tile(values, (1, thick)), thick)

    def _make_label(self, text: str, colour: Colour) -> Pixels:
        # Sized as if all digits were zeros, so that the size of labels does not depend on the digits.
        left, top, right, bottom = self._font.getbbox("0" * len(text))
        size = (round(right - left) + 2 * self._margin + 1, round(bottom - top) + 2 * self._margin)
        field = Image.new("RGB", size, colour)
        middle = (size[0] / 2, size[1] / 2)
        ImageDraw.Draw(field).text(middle, text, fill=ink_on(colour), font=self._font, anchor="mm")
        values, side = self._values_of(np.array(field)), self._side
        if side > 1:
            padded = np.pad(values, ((0, -size[1] % side), (0, -size[0] % side), (0, 0)), mode="edge")
            squares = padded.reshape(padded.shape[0] // side, side, padded.shape[1] // side, side, -1)
            values = squares.mean(axis=(1, 3)).round().astype(np.uint8)
        return values.reshape(len(values), -1)


def _every_second(length: int, cell: int) -> NDArray[np.bool_]:
    """Every second group of `cell` places."""
    odd: NDArray[np.bool_] = np.arange(length) // cell % 2 == 1
    return odd


def _keep(ready: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    """Add to the cache, and drop the oldest entry if it is full."""
    ready[key] = value
    if len(ready) > _KEPT:
        ready.popitem(last=False)
