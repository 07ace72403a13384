"""Pictures with the tracks drawn on them.

Everything is drawn by copying ready-made rows into slices of the array: no other imaging library sees the frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks
from outrack.video.colours import colour_of
from outrack.video.layers import Layer, rgb_layer
from outrack.video.planes import Planes
from outrack.video.styles import Line, Styles
from outrack.video.trails import Trails

__all__ = ["Painter"]

Pixels = NDArray[np.uint8]

_FAR_OUT = 1 << 20  # beyond any picture; keeps the arithmetic of extreme boxes in range


class Painter:
    """Draws boxes, ids, trails and occlusion points in the colour of each identity.

    A detected box has a solid line; a refound one, recovered from an occlusion, is dashed in its colour and white; an
    interpolated one has shorter such dashes; a predicted one is thin and dotted. Line width and text grow with the
    picture. A painter remembers the trails, so each video needs its own, or a `reset` before it.

    Args:
        show_boxes: draw boxes and ids.
        show_trails: draw the fading trajectories of foot points.
        show_occlusion: draw predicted occlusion points as crosses, more opaque with higher scores.
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
        self._kind: tuple[int, int, int] | None = None

    def reset(self) -> None:
        """Forget the trails, before the first frame of another video."""
        self._kind = None

    @property
    def changes_pictures(self) -> bool:
        """Whether anything is drawn."""
        return self._show_boxes or self._show_trails or self._show_occlusion

    def paint(self, image: Pixels, tracks: Tracks, occlusions: NDArray[np.float64] | None = None) -> Pixels:
        """A painted copy.

        Args:
            image: RGB uint8 (H, W, 3); not changed.
            tracks: tracks of the frame.
            occlusions: occlusion points `x, y, score` (K, 3), or None.
        """
        canvas = np.array(image, order="C")
        self._paint_on((canvas.shape[1], canvas.shape[0]), [rgb_layer(canvas)], tracks, occlusions)
        return canvas

    def paint_planes(self, planes: Planes, tracks: Tracks, occlusions: NDArray[np.float64] | None = None) -> None:
        """As `paint`, but draws directly on the planes, without conversion to RGB and back."""
        self._paint_on(planes.size, planes.layers(), tracks, occlusions)

    def _paint_on(
        self, size: tuple[int, int], layers: list[Layer], tracks: Tracks, occlusions: NDArray[np.float64] | None
    ) -> None:
        width, height = size
        if self._kind != (width, height, len(layers)):
            self._kind = (width, height, len(layers))
            self._styles = [Styles(height, width, layer) for layer in layers]
            self._line_width = self._styles[0].line_width
            self._trails = Trails(length=self._trail_frames, spacing=self._line_width)
        if self._show_trails:
            self._trails.add(tracks, [colour_of(track_id) for track_id in tracks.ids.tolist()])
            dots = self._trails.dots()
            for layer in layers:
                _paint_dots(layer, *dots, self._line_width + 1)
        if self._show_boxes:
            for layer, styles in zip(layers, self._styles, strict=True):
                _paint_boxes(layer, styles, tracks)
        if self._show_occlusion and occlusions is not None:
            for x, y, score in occlusions.tolist():
                for layer in layers:
                    _paint_cross(layer, round(x), round(y), min(max(score, 0.0), 1.0), self._line_width)


def _paint_boxes(layer: Layer, styles: Styles, tracks: Tracks) -> None:
    boxes = np.rint(tracks.xyxy).clip(-_FAR_OUT, _FAR_OUT).astype(np.int64)
    boxes = np.hstack([boxes[:, :2] // layer.shrink, -(-boxes[:, 2:] // layer.shrink)]).tolist()
    ids = tracks.ids.tolist()
    for track_id, state, box in zip(ids, tracks.states.tolist(), boxes, strict=True):
        _paint_box(layer, box, styles.line(track_id, state))
    for track_id, (x1, y1, _, _) in zip(ids, boxes, strict=True):  # after all boxes, so that no line crosses them
        _paint_label(layer, styles.label(track_id), x1, y1)


def _paint_box(layer: Layer, box: list[int], line: Line) -> None:
    """Four sides inside the box's edge; parts outside the picture are skipped."""
    x1, y1, x2, y2 = box
    width, depth, rows = line.width, layer.depth, layer.rows
    left, right, top, bottom = max(x1, 0), min(x2, layer.width), max(y1, 0), min(y2, layer.height)
    if left >= right or top >= bottom:
        return
    for y in (y1, max(y2 - width, y1 + 1)):
        side = rows[max(y, 0) : max(y + width, 0), depth * left : depth * right]
        side[...] = line.across[: depth * (right - left)]
    for x in (x1, max(x2 - width, x1 + 1)):
        start, end = max(x, 0), min(x + width, layer.width)
        if start < end:
            rows[top:bottom, depth * start : depth * end] = line.down[: bottom - top, : depth * (end - start)]


def _paint_label(layer: Layer, label: Pixels, x: int, y: int) -> None:
    """A label (h, depth * w) above the point x, y, or below it where the picture ends; pushed inside at the sides."""
    height, length = label.shape[0], label.shape[1] // layer.depth
    if x + length <= 0 or x >= layer.width or y + height <= 0 or y - height >= layer.height:
        return
    left = max(min(x, layer.width - length), 0)
    top = y - height if y >= height else max(y, 0)
    area = layer.rows[top : top + height, layer.depth * left : layer.depth * (left + length)]
    area[...] = label[: area.shape[0], : area.shape[1]]


def _paint_dots(
    layer: Layer, places: NDArray[np.int64], colours: Pixels, opacity: NDArray[np.float32], width: int
) -> None:
    """Square dots of `width` pixels, blended with the picture."""
    width, places = layer.shrunk(width), places // layer.shrink
    grid = np.arange(width) - width // 2
    y = (places[:, 1, None, None] + grid[:, None] + 0 * grid).ravel()
    x = (places[:, 0, None, None] + grid + 0 * grid[:, None]).ravel()
    inside = np.flatnonzero((x >= 0) & (x < layer.width) & (y >= 0) & (y < layer.height))
    owner = inside // width**2
    layer.blend(x[inside], y[inside], layer.values_of(colours)[owner], opacity[owner])


def _paint_cross(layer: Layer, x: int, y: int, opacity: float, width: int) -> None:
    """An upright white cross with a dark rim, so that it shows on any background."""
    x, y, depth = x // layer.shrink, y // layer.shrink, layer.depth
    width = layer.shrunk(width)
    for rim, grey in ((1, 0), (0, 255)):
        values = np.tile(layer.values_of(np.full(3, grey, np.uint8)), 2 * (4 * width + rim) + 1).astype(np.float32)
        half, reach = width // 2 + rim, 4 * width + rim
        for dx, dy in ((reach, half), (half, reach)):
            area = layer.rows[max(y - dy, 0) : max(y + dy + 1, 0), depth * max(x - dx, 0) : depth * max(x + dx + 1, 0)]
            area[...] = (area + opacity * (values[: area.shape[1]] - area)).astype(np.uint8)
