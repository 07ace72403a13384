"""Style of the figures: pictures with boxes and ids. There is no global state."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from outrack.boxes import clip_xyxy
from outrack.video.colours import colour_of, ink_on

__all__ = [
    "FIGURE_SUFFIXES",
    "INK",
    "MUTED",
    "SMALL",
    "LineStyle",
    "Window",
    "box_colour",
    "draw_box",
    "save_figure",
    "show_picture",
    "window_around",
]

FIGURE_SUFFIXES = (".png", ".svg", ".pdf")
INK, MUTED = "#1f2430", "#6b7280"
DPI = 160
SMALL = 6.5

Window = tuple[int, int, int, int]
"""Part of a picture: x1, y1, x2, y2 in whole pixels."""
LineStyle = Literal["solid", "dashed", "dotted"]


def box_colour(identity: int) -> tuple[float, float, float]:
    """Colour of an identity, 0..1: the same as in videos of `outrack track`."""
    red, green, blue = colour_of(identity)
    return red / 255, green / 255, blue / 255


def show_picture(axes: Axes, image: NDArray[np.uint8], title: str, window: Window | None = None) -> None:
    """A picture, or a part of it, without ticks; coordinates remain those of the whole picture."""
    height, width, _ = image.shape
    x1, y1, x2, y2 = window or (0, 0, width, height)
    axes.imshow(image[y1:y2, x1:x2], extent=(x1, x2, y2, y1), interpolation="antialiased")
    axes.set_xlim(x1, x2)
    axes.set_ylim(y2, y1)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(title, fontsize=8, color=INK, loc="left", pad=4)


def draw_box(
    axes: Axes,
    xyxy: NDArray[np.floating[Any]],
    colour: tuple[float, float, float],
    label: str = "",
    *,
    style: LineStyle = "solid",
    width: float = 1.5,
) -> None:
    """A box with a dark outline, or white between its dashes, and its label on a background of its colour."""
    x1, y1, x2, y2 = (float(value) for value in xyxy)
    corner, w, h = (x1, y1), x2 - x1, y2 - y1
    under, more = ((0, 0, 0, 0.55), 1.2) if style == "solid" else ((1, 1, 1, 0.9), 0.0)
    axes.add_patch(Rectangle(corner, w, h, fill=False, edgecolor=under, linewidth=width + more))
    axes.add_patch(Rectangle(corner, w, h, fill=False, edgecolor=colour, linewidth=width, linestyle=style))
    if not label:
        return
    left, right = sorted(axes.get_xlim())
    top, bottom = sorted(axes.get_ylim())
    if not (left < (x1 + x2) / 2 < right and top < (y1 + y2) / 2 < bottom):
        return
    ink = ink_on((round(255 * colour[0]), round(255 * colour[1]), round(255 * colour[2])))
    axes.text(
        min(max(x1, left), right),
        max(y1, top),
        label,
        fontsize=SMALL,
        color=np.array(ink) / 255,
        va="bottom" if y1 > top + 0.04 * (bottom - top) else "top",
        ha="left",
        bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.2},
        clip_on=True,
        zorder=5,
    )


def window_around(
    boxes: NDArray[np.floating[Any]], size: tuple[int, int], *, margin: float, aspect: float | None = None
) -> Window:
    """The part of a picture that contains all `boxes` (N, 4), with a margin relative to its longer side.

    Args:
        boxes: to contain; parts outside the picture are ignored.
        size: width and height of the picture.
        margin: added on each side.
        aspect: width by height to which the part is extended, as far as the picture allows; None does not extend it.
    """
    width, height = size
    inside = clip_xyxy(np.asarray(boxes, np.float64), width, height)
    x1, y1 = inside[:, :2].min(axis=0)
    x2, y2 = inside[:, 2:].max(axis=0)
    border = margin * max(x2 - x1, y2 - y1, 16)
    w, h = min(x2 - x1 + 2 * border, width), min(y2 - y1 + 2 * border, height)
    if aspect is not None:
        w, h = min(max(w, aspect * h), width), min(max(h, w / aspect), height)
    left = float(np.clip((x1 + x2 - w) / 2, 0, width - w))
    top = float(np.clip((y1 + y2 - h) / 2, 0, height - h))
    return round(left), round(top), max(round(left + w), round(left) + 1), max(round(top + h), round(top) + 1)


def save_figure(figure: Figure, path: Path) -> None:
    """Write `.png`, `.svg` or `.pdf`; missing folders are created.

    Raises:
        ValueError: another suffix.
        OSError: the file cannot be written.
    """
    if path.suffix not in FIGURE_SUFFIXES:
        raise ValueError(f"{path}: expected a figure to end in {', '.join(FIGURE_SUFFIXES)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DPI, facecolor="white", bbox_inches="tight", pad_inches=0.12)
