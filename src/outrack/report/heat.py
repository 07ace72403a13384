"""Heat maps as pictures drawn over a frame."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from outrack.boxes import occlusion_pairs, xyxy_centres
from outrack.report.runs import Run

__all__ = ["Heat", "as_data_uri", "foot_points", "heat_picture", "occlusion_points", "picture_size"]

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]
_CELLS = 96  # along the longer side
_LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
_COLOURS = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)])  # viridis


class Heat:
    """Sums of weights in the cells of a picture.

    Args:
        points: x, y in pixels, float64 (K, 2); those outside the picture count at its edge.
        weights: weights of the points, float64 (K,).
        size: width and height of the picture.

    Attributes:
        cells: sum of the weights in each cell, float64 (rows, columns).
    """

    def __init__(self, points: Floats, weights: Floats, size: tuple[int, int]) -> None:
        cell = max(size) / _CELLS
        columns, rows = (max(1, round(side / cell)) for side in size)
        places = (points / np.array(size) * (columns, rows)).astype(np.int64)
        x, y = places[:, 0].clip(0, columns - 1), places[:, 1].clip(0, rows - 1)
        self.cells = np.zeros((rows, columns))
        np.add.at(self.cells, (y, x), weights)


def foot_points(run: Run) -> tuple[Floats, Floats]:
    """Foot points, the middle of a box's lower side (R, 2), and their durations, in the unit of the run (R,)."""
    x, y = (run.xyxy[:, 0] + run.xyxy[:, 2]) / 2, run.xyxy[:, 3]
    return np.stack([x, y], axis=1), np.diff(run.starts)[run.position]


def occlusion_points(run: Run) -> tuple[Floats, bool]:
    """Occlusion points: x, y (K, 2), and whether the network predicted them; otherwise they are the centres of overlaps
    that cover more than 70 % of the smaller box."""
    if run.points is not None:
        return run.points, True
    found = [np.empty((0, 2))]
    for rows in np.split(np.arange(len(run.position)), np.flatnonzero(np.diff(run.position)) + 1):
        _, overlaps = occlusion_pairs(run.xyxy[rows])
        found.append(xyxy_centres(overlaps))
    return np.concatenate(found), False


def picture_size(run: Run) -> tuple[int, int]:
    """Width and height as in the summary, or such that they contain almost all boxes."""
    if run.record is not None and run.record.width and run.record.height:
        return run.record.width, run.record.height
    if not len(run.xyxy):
        return 16, 9
    right, bottom = np.quantile(run.xyxy[:, 2:], 0.995, axis=0)
    return max(1, round(float(right))), max(1, round(float(bottom)))


def heat_picture(heat: Heat, background: Pixels | None, *, width: int = 960) -> Pixels:
    """The heat map over a frame, or over dark grey, RGB uint8 (h, width, 3)."""
    rows, columns = heat.cells.shape
    height = max(1, round(width * rows / columns)) if background is None else _height(background, width)
    smooth = gaussian_filter(heat.cells, 1.0)
    # The square root makes paths visible next to places where people stand.
    share = np.sqrt(smooth / max(float(smooth.max()), 1e-12))
    grown = Image.fromarray(share.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    level = np.asarray(grown, np.float64)[..., None]
    colour = np.concatenate([np.interp(level, _LEVELS, _COLOURS[:, part]) for part in range(3)], axis=2)
    under = np.full((height, width, 3), 32.0)
    if background is not None:
        small = Image.fromarray(background).resize((width, height), Image.Resampling.BILINEAR)
        under = np.asarray(small.convert("L").convert("RGB"), np.float64)  # grey, so that only heat is coloured
    opacity = 0.85 * np.minimum(4 * level, 1.0)
    painted: Pixels = np.rint(under + opacity * (colour - under)).astype(np.uint8)
    return painted


def as_data_uri(picture: Pixels) -> str:
    """A picture as a data URI, for a page without further files."""
    file = BytesIO()
    Image.fromarray(picture).save(file, format="JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _height(background: Pixels, width: int) -> int:
    height, length, _ = background.shape
    return max(1, int(width * height / length))
