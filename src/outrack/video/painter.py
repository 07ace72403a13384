"""Pictures with the tracks drawn on them.

Everything is drawn by writing slices of the array: no round trip through another imaging library for each frame.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from outrack.structures import Tracks, TrackState
from outrack.video.colours import Colour, colour_of, ink_on
from outrack.video.trails import Trails, dots_along

__all__ = ["Painter"]

Pixels = NDArray[np.uint8]

_WHITE = (255, 255, 255)
_MOST_LABELS = 512  # labels kept ready; a few hundred people at once


class Painter:
    """Draws boxes, ids, trails and occlusion points in the colour of each identity.

    A detected box has a solid line; a refound one, put back from an occlusion, is dashed in its colour and white; a
    predicted one is thin and dotted. Line width and text grow with the picture. Keeps the trails, so it is one painter
    a video.

    Args:
        show_boxes: draw boxes and ids.
        show_trails: draw where each person in the picture walked, by foot points, fading with age.
        show_occlusion: draw predicted occlusion points as crosses, the clearer the higher their score.
        trail_frames: length of a trail in painted frames.
    """

    def __init__(
        self,
        *,
        show_boxes: bool = True,
        show_trails: bool = False,
        show_occlusion: bool = False,
        trail_frames: int = 40,
    ) -> None:
        if trail_frames < 1:
            raise ValueError(f"trail_frames: expected 1 or more, got {trail_frames}")
        self._show_boxes = show_boxes
        self._show_occlusion = show_occlusion
        self._trails = Trails(trail_frames) if show_trails else None
        self._labels: OrderedDict[tuple[int, int], Pixels] = OrderedDict()

    def paint(self, image: Pixels, tracks: Tracks, occlusions: NDArray[np.float64] | None = None) -> Pixels:
        """A painted copy.

        Args:
            image: RGB uint8 (H, W, 3); stays as it is.
            tracks: who is where.
            occlusions: occlusion points `x, y, score` (K, 3), or None.
        """
        canvas = image.copy()
        width = line_width(image)
        if self._trails is not None:
            self._trails.add(tracks)
            self._paint_trails(canvas, tracks, width)
        if self._show_boxes:
            boxes = np.rint(tracks.xyxy).clip(-(2**20), 2**20).astype(int).tolist()
            ids, states = tracks.ids.tolist(), tracks.states.tolist()
            for track_id, box, state in zip(ids, boxes, states, strict=True):
                _paint_box(canvas, box, colour_of(track_id), state, width)
            # Labels last: they stay readable where boxes cross.
            for track_id, (x1, y1, _, _) in zip(ids, boxes, strict=True):
                self._paint_label(canvas, track_id, x1, y1, width)
        if self._show_occlusion and occlusions is not None:
            for x, y, score in occlusions.tolist():
                _paint_cross(canvas, round(x), round(y), min(max(score, 0.0), 1.0), width)
        return canvas

    def _paint_label(self, canvas: Pixels, track_id: int, x1: int, y1: int, width: int) -> None:
        label = self._label(track_id, text_size=6 + 4 * width)
        height, length, _ = label.shape
        if x1 + length <= 0 or x1 >= canvas.shape[1] or y1 >= canvas.shape[0]:
            return
        # Above the box, or inside it where the picture ends.
        left = min(max(x1, 0), max(canvas.shape[1] - length, 0))
        top = y1 - height if y1 >= height else max(y1, 0)
        area = canvas[top : top + height, left : left + length]
        area[...] = label[: area.shape[0], : area.shape[1]]

    def _label(self, track_id: int, *, text_size: int) -> Pixels:
        key = (track_id, text_size)
        if key not in self._labels:
            self._labels[key] = _render_label(str(track_id), colour_of(track_id), text_size)
            if len(self._labels) > _MOST_LABELS:
                self._labels.popitem(last=False)
        self._labels.move_to_end(key)
        return self._labels[key]

    def _paint_trails(self, canvas: Pixels, tracks: Tracks, width: int) -> None:
        if self._trails is None:
            return
        for track_id in tracks.ids.tolist():
            points, freshness = dots_along(*self._trails.of(track_id), spacing=1.0)
            _paint_dots(canvas, points, freshness, colour_of(track_id), width)


def line_width(image: Pixels) -> int:
    """Width of a box's line in pixels: 2 at 576 rows, 3 at 1080."""
    height, length, _ = image.shape
    return max(1, round(int(min(height, length)) / 360))


def _paint_box(canvas: Pixels, box: list[int], colour: Colour, state: int, width: int) -> None:
    """The four sides, drawn inwards from the box's edge; what lies outside the picture is left out."""
    x1, y1, x2, y2 = box
    if state == TrackState.PREDICTED:
        width = max(1, width // 2)
    sides = (
        (y1, y1 + width, x1, x2),
        (y2 - width, y2, x1, x2),
        (y1, y2, x1, x1 + width),
        (y1, y2, x2 - width, x2),
    )
    for top, bottom, left, right in sides:
        side = canvas[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if state == TrackState.DETECTED:
            side[...] = colour
        elif state == TrackState.REFOUND:
            _paint_dashes(side, colour, _WHITE, 4 * width)
        else:
            _paint_dots_of_side(side, colour, 2 * width)


def _paint_dashes(side: Pixels, colour: Colour, between: Colour, length: int) -> None:
    side[...] = colour
    along = side if side.shape[0] > side.shape[1] else side.swapaxes(0, 1)
    gaps = np.arange(len(along)) // length % 2 == 1
    along[gaps] = between


def _paint_dots_of_side(side: Pixels, colour: Colour, length: int) -> None:
    along = side if side.shape[0] > side.shape[1] else side.swapaxes(0, 1)
    along[np.arange(len(along)) // length % 2 == 0] = colour


def _paint_dots(
    canvas: Pixels, points: NDArray[np.float64], opacity: NDArray[np.float64], colour: Colour, width: int
) -> None:
    """Square dots of `width` pixels, blended with what is under them."""
    height, length, _ = canvas.shape
    offsets = np.arange(width) - width // 2
    dy, dx = (grid.ravel() for grid in np.meshgrid(offsets, offsets))
    y = (np.rint(points[:, 1]).astype(int)[:, None] + dy).ravel()
    x = (np.rint(points[:, 0]).astype(int)[:, None] + dx).ravel()
    inside = (x >= 0) & (x < length) & (y >= 0) & (y < height)
    y, x = y[inside], x[inside]
    alpha = np.repeat(opacity, len(dx))[inside, None]
    under = canvas[y, x]
    canvas[y, x] = (under + alpha * (np.array(colour) - under)).astype(np.uint8)


def _paint_cross(canvas: Pixels, x: int, y: int, opacity: float, width: int) -> None:
    """An upright cross, white with a dark rim, so that it shows on any background."""
    reach = 4 * width
    for rim, colour in ((1, 0.0), (0, 255.0)):
        half, arm = width // 2 + rim, reach + rim
        for top, bottom, left, right in (
            (y - half, y + half + 1, x - arm, x + arm + 1),
            (y - arm, y + arm + 1, x - half, x + half + 1),
        ):
            area = canvas[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
            area[...] = (area + opacity * (colour - area)).astype(np.uint8)


def _render_label(text: str, colour: Colour, text_size: int) -> Pixels:
    """Text on a field of `colour`, RGB uint8 (h, w, 3)."""
    font = ImageFont.load_default(text_size)
    left, top, right, bottom = font.getbbox("0" * len(text))
    margin = max(2, text_size // 4)
    field = Image.new("RGB", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin), colour)
    ImageDraw.Draw(field).text((field.width / 2, field.height / 2), text, fill=ink_on(colour), font=font, anchor="mm")
    return np.array(field)
