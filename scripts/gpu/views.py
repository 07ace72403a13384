"""Which part of a picture a batch shows: maps from a picture's pixels to those of the network.

Ordinary views shift and scale the picture. Views of people who are cut off put an edge through one of its people, close
to the camera; few pictures show such people by themselves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["View", "cut_view", "mirrored", "ordinary_view"]

LARGEST = 2.0
"""Pixels of the network for one of a picture that is enlarged to bring a person close, at most: more is only blur."""
LEAST_TALL = 0.3
"""Of the pane: height of a person who is cut off, at least."""
BELOW = 0.4
"""How often the lower edge cuts people off; otherwise the left or the right one does."""


class View(NamedTuple):
    """The network's pixels are `sx` x + `tx`, `sy` y + `ty`; `sx` is negative if the picture is mirrored."""

    sx: float
    sy: float
    tx: float
    ty: float


def ordinary_view(
    size: tuple[float, float],
    pane: NDArray[np.float64],
    *,
    fit: tuple[float, float],
    scales: tuple[float, float],
    slack: float,
    rng: np.random.Generator,
) -> View:
    """Some part of a picture, or all of it.

    Args:
        size: width and height of the picture.
        pane: where it is shown, xyxy in pixels of the network, (4,).
        fit: width and height to which a scale of 1 fits the picture.
        scales: the smallest and the largest scale.
        slack: share of the distance between both edges by which the picture may go on beyond the pane, or end within.
        rng: draws everything.
    """
    (width, height), (left, top, right, bottom) = size, pane.tolist()
    sy = float(min(fit[0] / width, fit[1] / height) * np.exp(rng.uniform(*np.log(scales))))
    sx = float(sy * np.exp(rng.uniform(-0.1, 0.1)))
    shifts = []
    for side, start, end in ((sx * width, left, right), (sy * height, top, bottom)):
        one, other = start, end - side  # the picture's edge on one edge of the pane, or on the other
        shifts.append(one + (other - one) * rng.uniform(-slack, 1 + slack))
    return View(sx, sy, shifts[0], shifts[1])


def cut_view(
    size: tuple[float, float], pane: NDArray[np.float64], people: NDArray[np.float32], *, rng: np.random.Generator
) -> View | None:
    """The left, right or lower edge of the pane goes through one of the people.

    Args:
        size: width and height of the picture.
        pane: where it is shown, xyxy in pixels of the network, (4,).
        people: boxes of those who can be cut off, xyxy in pixels of the picture, (N, 4).
        rng: draws everything.

    Returns:
        None if there are no people, or if the one that was drawn cannot be large.
    """
    if not len(people):
        return None
    (width, height), (left, top, right, bottom) = size, pane.tolist()
    x1, y1, x2, y2 = people[rng.integers(len(people))].tolist()
    fitted = min((right - left) / width, (bottom - top) / height)
    scale = max(min(rng.uniform(0.5, 1.8) * (bottom - top) / (y2 - y1), LARGEST), fitted)
    if scale * (y2 - y1) < LEAST_TALL * (bottom - top):
        return None
    kept = rng.uniform(0.3, 0.85)
    if rng.random() < BELOW:
        kept = min(kept, 0.95 * (bottom - top) / (scale * (y2 - y1)))  # the head is in the picture
        tx = left + rng.uniform(0.1, 0.9) * (right - left) - scale * (x1 + x2) / 2
        ty = bottom - scale * (y1 + kept * (y2 - y1))
        return View(scale, scale, _covering(tx, scale * width, left, right), ty)
    # The side that is nearer in the picture, so that the rest of the picture fills the pane.
    tx = right - scale * (x1 + kept * (x2 - x1)) if x1 + x2 > width else left - scale * (x2 - kept * (x2 - x1))
    ty = top + rng.uniform(-0.05, 0.4) * (bottom - top) - scale * y1
    return View(scale, scale, tx, _covering(ty, scale * height, top, bottom))


def mirrored(view: View, width: float) -> View:
    """The same place of the mirrored picture of this width."""
    return view._replace(sx=-view.sx, tx=view.tx + view.sx * width)


def _covering(shift: float, length: float, start: float, end: float) -> float:
    """The shift nearest to `shift` at which a picture of this length fills the pane, or lies within it if shorter."""
    return min(max(shift, min(start, end - length)), max(start, end - length))
