"""Pictures with the tracks drawn on them.

Everything is drawn by copying ready-made rows into slices of the array: no other imaging library sees the frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks
from outrack.video.colours import colour_of
from outrack.video.styles import Line, Styles
from outrack.video.trails import Trails

__all__ = ["Painter"]

Pixels = NDArray[np.uint8]

_FAR_OUT = 1 << 20  # beyond any picture; keeps the arithmetic of wild boxes in range


class Painter:
    """Draws boxes, ids, trails and occlusion points in the colour of each identity.

    A detected box has a solid line; a refound one, put back from an occlusion, is dashed in its colour and white; a
    predicted one is thin and dotted. Line width and text grow with the picture. A painter remembers the trails, so each
    video needs its own.

    Args:
        show_boxes: draw boxes and ids.
        show_trails: draw where people walked, by their foot points, fading with age.
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
        self._show_trails = show_trails
        self._show_occlusion = show_occlusion
        self._trail_frames = trail_frames
        self._size = (0, 0)

    def paint(self, image: Pixels, tracks: Tracks, occlusions: NDArray[np.float64] | None = None) -> Pixels:
        """A painted copy.

        Args:
            image: RGB uint8 (H, W, 3); stays as it is.
            tracks: who is where.
            occlusions: occlusion points `x, y, score` (K, 3), or None.
        """
        height, width, _ = image.shape
        if (height, width) != self._size:
            self._size = (height, width)
            self._styles = Styles(height, width)
            self._trails = Trails(length=self._trail_frames, spacing=self._styles.line_width)
        canvas = np.array(image, order="C")
        if self._show_trails:
            self._trails.add(tracks, [colour_of(track_id) for track_id in tracks.ids.tolist()])
            _paint_dots(canvas, *self._trails.dots(), self._styles.line_width + 1)
        if self._show_boxes:
            self._paint_boxes(canvas.reshape(height, 3 * width), tracks)
        if self._show_occlusion and occlusions is not None:
            for x, y, score in occlusions.tolist():
                _paint_cross(canvas, round(x), round(y), min(max(score, 0.0), 1.0), self._styles.line_width)
        return canvas

    def _paint_boxes(self, rows: Pixels, tracks: Tracks) -> None:
        boxes = np.rint(tracks.xyxy).clip(-_FAR_OUT, _FAR_OUT).astype(np.int64).tolist()
        ids = tracks.ids.tolist()
        for track_id, state, box in zip(ids, tracks.states.tolist(), boxes, strict=True):
            _paint_box(rows, box, self._styles.line(track_id, state))
        for track_id, (x1, y1, _, _) in zip(ids, boxes, strict=True):  # after all boxes, so that no line crosses them
            _paint_label(rows, self._styles.label(track_id), x1, y1)


def _paint_box(rows: Pixels, box: list[int], line: Line) -> None:
    """Four sides inside the box's edge, on rows of RGB values (H, 3 * W); what lies outside the picture is left out."""
    x1, y1, x2, y2 = box
    width = line.width
    height, length = rows.shape[0], rows.shape[1] // 3
    left, right, top, bottom = max(x1, 0), min(x2, length), max(y1, 0), min(y2, height)
    if left >= right or top >= bottom:
        return
    for y in (y1, max(y2 - width, y1 + 1)):
        side = rows[max(y, 0) : max(y + width, 0), 3 * left : 3 * right]
        side[...] = line.across[: 3 * (right - left)]
    for x in (x1, max(x2 - width, x1 + 1)):
        start, end = max(x, 0), min(x + width, length)
        if start < end:
            rows[top:bottom, 3 * start : 3 * end] = line.down[: bottom - top, : 3 * (end - start)]


def _paint_label(rows: Pixels, label: Pixels, x: int, y: int) -> None:
    """A label (h, 3 * w) above the point x, y, or below it where the picture ends; pushed inside at the sides."""
    height, length = rows.shape[0], rows.shape[1] // 3
    label_height, label_length = label.shape[0], label.shape[1] // 3
    if x + label_length <= 0 or x >= length or y + label_height <= 0 or y - label_height >= height:
        return
    left = max(min(x, length - label_length), 0)
    top = y - label_height if y >= label_height else max(y, 0)
    area = rows[top : top + label_height, 3 * left : 3 * (left + label_length)]
    area[...] = label[: area.shape[0], : area.shape[1]]


def _paint_dots(
    canvas: Pixels, places: NDArray[np.int64], colours: Pixels, opacity: NDArray[np.float32], width: int
) -> None:
    """Square dots of `width` pixels, blended with what is under them."""
    height, length, _ = canvas.shape
    grid = np.arange(width) - width // 2
    y = (places[:, 1, None, None] + grid[:, None] + 0 * grid).ravel()
    x = (places[:, 0, None, None] + grid + 0 * grid[:, None]).ravel()
    inside = np.flatnonzero((x >= 0) & (x < length) & (y >= 0) & (y < height))
    owner = inside // width**2
    pixels = canvas.reshape(-1, 3)
    index = y[inside] * length + x[inside]
    under = pixels.take(index, axis=0).astype(np.float32)
    blended = under + opacity[owner, None] * (colours[owner] - under)
    # A pixel is set as one item of three bytes: several times faster than three items.
    pixels.view("V3")[index, 0] = blended.astype(np.uint8).view("V3")[:, 0]


def _paint_cross(canvas: Pixels, x: int, y: int, opacity: float, width: int) -> None:
    """An upright white cross with a dark rim, so that it shows on any background."""
    for rim, grey in ((1, 0.0), (0, 255.0)):
        half, reach = width // 2 + rim, 4 * width + rim
        for dx, dy in ((reach, half), (half, reach)):
            area = canvas[max(y - dy, 0) : max(y + dy + 1, 0), max(x - dx, 0) : max(x + dx + 1, 0)]
            area[...] = (area + opacity * (grey - area)).astype(np.uint8)
