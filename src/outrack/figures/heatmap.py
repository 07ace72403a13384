"""Tracks, and below them heat maps of predicted occlusions, over frames (paper Fig. 9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from outrack.boxes import gaussian_radius, overlap_xyxy, xyxy_centres
from outrack.detectors.heatmap import draw_gaussian
from outrack.figures.canvas import INK, SMALL, LineStyle, Window, box_colour, draw_box, show_picture
from outrack.figures.footage import TrackedFrame
from outrack.structures import Tracks, TrackState

__all__ = ["draw_heatmaps", "draw_tracks", "most_occluded", "occlusion_heat", "show_heat"]

CELL = 4
"""Pixels per cell of heat maps drawn from points: the stride of the networks."""
LONE_POINT = 0.02
"""Radius of a point that lies in no overlap, relative to the picture's height."""
FAINT = 0.05
"""Values below this share of the highest one are not shown: the background level of a map."""
HEAT = LinearSegmentedColormap.from_list("heat", ["#7a1fa2", "#d6336c", "#ff8c1a", "#fff3a0"])


def occlusion_heat(tracked: TrackedFrame) -> NDArray[np.float32]:
    """The heat map of occlusion centres of one frame, (h, w), 0..1.

    A checkpoint provides its dense map. An exported file only returns the peaks; each is then drawn as the Gaussian
    used in training (paper Eq. 10): scaled by its score, and as wide as the overlap of the two tracked boxes whose
    centre is nearest to it, or small if no two boxes overlap there. Tracks include hidden people; detections do not.

    Raises:
        ValueError: the network predicts no occlusions.
    """
    if tracked.occlusion_map is not None:
        return tracked.occlusion_map
    points = _points(tracked)
    height, width, _ = tracked.frame.pixels.shape
    shape = (-(-height // CELL), -(-width // CELL))
    heat = np.zeros(shape, np.float32)
    radii = _radii(points[:, :2], tracked.tracks.xyxy, lone=LONE_POINT * height) / CELL
    for (x, y, score), radius in zip(points.tolist(), radii.tolist(), strict=True):
        peak = np.zeros(shape, np.float32)
        draw_gaussian(peak, int(x / CELL), int(y / CELL), int(radius))
        np.maximum(heat, score * peak, out=heat)
    return heat


def _points(tracked: TrackedFrame) -> NDArray[np.float64]:
    """The predicted occlusion centres and their scores, (K, 3)."""
    if tracked.detections.occlusions is None:
        raise ValueError("this network predicts no occlusions (no occlusion head); choose another one with --weights")
    return tracked.detections.occlusions


def _radii(points: NDArray[np.float64], boxes: NDArray[np.float64], *, lone: float) -> NDArray[np.float64]:
    """Gaussian radius of each occlusion centre (K, 2) among boxes (N, 4), in pixels, (K,)."""
    i, j = np.triu_indices(len(boxes), k=1)
    overlaps = overlap_xyxy(boxes, boxes)[i, j]
    overlaps = overlaps[(overlaps[:, 2] > overlaps[:, 0]) & (overlaps[:, 3] > overlaps[:, 1])]
    low, high = points[:, None] >= overlaps[:, :2], points[:, None] <= overlaps[:, 2:]  # (K, P, 2)
    inside = np.asarray(np.logical_and(low, high).all(axis=2))
    if not inside.size:
        return np.full(len(points), lone)
    distance = np.linalg.norm(xyxy_centres(overlaps) - points[:, None], axis=2)
    nearest = np.where(inside, distance, np.inf).argmin(axis=1)
    w, h = (overlaps[nearest, 2:] - overlaps[nearest, :2]).T
    return np.where(inside.any(axis=1), gaussian_radius(h, w), lone)


def most_occluded(tracked_frames: Iterable[TrackedFrame], count: int, *, apart: int) -> list[TrackedFrame]:
    """The frames with the highest sum of occlusion scores, at least `apart` frames from each other.

    Raises:
        ValueError: the network predicts no occlusions, or none in any of the frames.
    """
    kept: list[tuple[float, TrackedFrame]] = []
    for tracked in tracked_frames:
        entry = (float(_points(tracked)[:, 2].sum()), tracked)
        far = [other for other in kept if tracked.number - other[1].number >= apart]
        near = [other for other in kept if tracked.number - other[1].number < apart]
        # Of frames that are too close to each other, only the best is kept.
        kept = [*far, max([*near, entry], key=lambda scored: scored[0])]
    best_first = sorted((scored for scored in kept if scored[0] > 0), key=lambda scored: -scored[0])[:count]
    if not best_first:
        raise ValueError("no occlusions are predicted in these frames; try others, or a network trained for longer")
    return sorted((tracked for _, tracked in best_first), key=lambda tracked: tracked.number)


def draw_heatmaps(tracked_frames: Sequence[TrackedFrame]) -> Figure:
    """One column per frame: the tracks above, the heat map below. All have one scale, up to their highest value.

    Raises:
        ValueError: there is no frame, or the network predicts no occlusions.
    """
    if not tracked_frames:
        raise ValueError("no frames to show")
    height, width, _ = tracked_frames[0].frame.pixels.shape
    wide = 12 / max(len(tracked_frames), 2)
    figure = Figure(figsize=(wide * len(tracked_frames), 2 * wide * height / width + 0.5), layout="constrained")
    grid = figure.subplots(2, len(tracked_frames), squeeze=False)
    highest = max(float(occlusion_heat(tracked).max()) for tracked in tracked_frames)
    for tracked, above, below in zip(tracked_frames, grid[0], grid[1], strict=True):
        show_picture(above, tracked.frame.pixels, f"Tracks, frame {tracked.number}")
        draw_tracks(above, tracked.tracks)
        shown = show_heat(below, tracked, f"Occlusions, frame {tracked.number}", highest=highest)
    bar = figure.colorbar(shown, ax=list(grid[1]), fraction=0.03, pad=0.01)
    bar.set_label("score of an occlusion centre", fontsize=7, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    handles = [
        Line2D([], [], color=INK, linewidth=1.5, label="detected"),
        Line2D([], [], color=INK, linewidth=1.5, linestyle="dashed", label="refound"),
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=2, fontsize=7, frameon=False)
    return figure


def draw_tracks(axes: Axes, tracks: Tracks) -> None:
    """Boxes in the colours of their identities; refound ones are dashed."""
    for box, identity, state in zip(tracks.xyxy, tracks.ids.tolist(), tracks.states.tolist(), strict=True):
        style: LineStyle = "dashed" if state == TrackState.REFOUND else "solid"
        draw_box(axes, box, box_colour(identity), str(identity), style=style)


def show_heat(
    axes: Axes, tracked: TrackedFrame, title: str, window: Window | None = None, *, highest: float
) -> AxesImage:
    """The heat map over the darkened grey picture, on a scale from 0 to `highest`; higher values are more opaque."""
    pixels = tracked.frame.pixels
    height, width, _ = pixels.shape
    grey = (pixels @ np.array([0.299, 0.587, 0.114]) * 0.55 + 20).astype(np.uint8)
    show_picture(axes, np.repeat(grey[..., None], 3, axis=2), title, window)
    heat, top = occlusion_heat(tracked), max(highest, FAINT)
    limits = axes.get_xlim(), axes.get_ylim()
    shown = axes.imshow(
        heat,
        extent=(0, width, height, 0),
        cmap=HEAT,
        vmin=0,
        vmax=top,
        alpha=np.clip(2.5 * (heat / top - FAINT), 0, 0.95),
        interpolation="bilinear",
    )
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    return shown
