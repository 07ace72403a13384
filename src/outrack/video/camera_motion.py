"""Estimates camera motion between two pictures from their static parts.

A grid of blocks of a small grey picture is matched with the previous picture by phase correlation, and one shift,
rotation and scale is fitted to the blocks that agree. Blocks covered by detected people count less. Only NumPy and
Pillow: no feature detector, no OpenCV.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from outrack.structures import Frame

__all__ = ["CameraMotionEstimator", "CameraMotionSettings"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])
_PRIOR = 50.0
"""Each block is joined by one at this distance from the middle, in small pixels, that neither turns nor scales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMotionSettings:
    """Settings of the estimate; lengths are pixels of the small picture.

    Attributes:
        width: longest side of the small grey picture.
        block: side of a block; motions up to a third of it are detected.
        step: distance between the blocks of the grid.
        min_contrast: standard deviation of grey levels (0 to 255) from which a block can be matched.
        min_peak: height of the correlation's peak, 0 to 1, from which a match counts.
        agreement: distance from the fitted motion within which a block agrees with it.
        min_share: share of the matched blocks that must agree; with fewer there is no estimate.
        still: shift of the picture's corners below which the camera counts as still.
        settled: after this many consecutive still pictures the camera counts as settled.
        settled_stride: of a settled camera, only every n-th picture is used until it moves.
    """

    width: int = 256
    block: int = 48
    step: int = 40
    min_contrast: float = 4.0
    min_peak: float = 0.06
    agreement: float = 0.7
    min_share: float = 0.4
    still: float = 0.3
    settled: int = 25
    settled_stride: int = 4


class CameraMotionEstimator:
    """The camera's motion from picture to picture.

    Args:
        settings: all settings.
    """

    def __init__(self, settings: CameraMotionSettings | None = None) -> None:
        self.settings = settings or CameraMotionSettings()
        half = np.hanning(self.settings.block + 2)[1:-1]
        self._window = np.outer(half, half).astype(np.float32)
        self._before: NDArray[np.complex64] | None = None
        self._contrast_before: NDArray[np.bool_] | None = None
        self._shape = (0, 0)
        self._still_for = 0

    def reset(self) -> None:
        """Forget the previous picture."""
        self._before = None
        self._still_for = 0

    def update(self, picture: NDArray[np.uint8] | Frame, people: Floats) -> Floats:
        """The motion from the last picture to this one.

        Args:
            picture: a frame, or RGB, uint8 (H, W, 3).
            people: boxes of detected people in this picture, xyxy in its pixels, (N, 4).

        Returns:
            affine that maps points of the last picture to this one, in pixels, (2, 3). The identity for the first
            picture, after a change of size, for a static camera, and if the blocks do not agree (a cut, or people
            everywhere).
        """
        frame = picture if isinstance(picture, Frame) else Frame(picture, 0, 0.0)
        width, height = frame.size or frame.pixels.shape[1::-1]
        shape = (height, width)
        if shape != self._shape:
            self.reset()
            self._shape = shape
        self._still_for += 1
        if self._still_for > self.settings.settled and self._still_for % self.settings.settled_stride:
            return IDENTITY.copy()
        affine = self._compared(frame, shape, people)
        if affine is None or not np.array_equal(affine, IDENTITY):  # unknown is not still
            self._still_for = 0
        return IDENTITY.copy() if affine is None else affine

    def _compared(self, frame: Frame, shape: tuple[int, int], people: Floats) -> Floats | None:
        """The motion from the last picture that was compared; None if it cannot be told."""
        factor = max(max(shape) // self.settings.width, 1)
        grey = _small_grey(frame, factor)
        block = self.settings.block
        if min(grey.shape) < block:
            return None
        xs, ys = (_starts(length, block, self.settings.step) for length in grey.shape[::-1])
        corners = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float64)
        blocks = sliding_window_view(grey, (block, block))[ys[:, None], xs].reshape(-1, block, block)
        blocks -= blocks.mean(axis=(1, 2), keepdims=True)
        deviation = np.sqrt(np.einsum("nyx,nyx->n", blocks, blocks)) / block
        textured = deviation >= self.settings.min_contrast
        spectra = np.fft.rfft2(blocks * self._window).astype(np.complex64)
        before, textured_before = self._before, self._contrast_before
        self._before, self._contrast_before = spectra, textured
        if before is None or textured_before is None:
            return None
        matched = np.flatnonzero(textured & textured_before)
        if not len(matched):
            return None
        shifts, peaks = _shifts(before[matched], spectra[matched], block)
        strong = (peaks >= self.settings.min_peak) & (np.abs(shifts).max(axis=1, initial=0) < block / 3)
        matched, shifts, peaks = matched[strong], shifts[strong], peaks[strong]
        if len(matched) < 4:
            return None
        centres = corners[matched] + block / 2
        weights = peaks * (1 - self._covered(corners[matched], people / factor))
        affine = self._fitted(centres, shifts, weights, grey.shape)
        if affine is not None:
            affine[:, 2] *= factor
        return affine

    def _covered(self, corners: Floats, people: Floats) -> Floats:
        """Share of each block that lies in boxes of people, at most 0.95, (N,)."""
        if not len(people):
            return np.zeros(len(corners))
        side = self.settings.block
        low = np.maximum(corners[:, None], people[None, :, :2])
        high = np.minimum(corners[:, None] + side, people[None, :, 2:])
        shared = np.maximum(high - low, 0).prod(axis=2).sum(axis=1) / side**2
        return np.asarray(np.minimum(shared, 0.95))

    def _fitted(self, centres: Floats, shifts: Floats, weights: Floats, shape: tuple[int, ...]) -> Floats | None:
        """The similarity that most blocks agree on, in pixels of the small picture; the identity if it moves nothing,
        None if too few agree.

        Points and shifts are complex numbers x + iy: a similarity multiplies them by 1 + `change` and adds `shift`.
        """
        middle = complex(shape[1], shape[0]) / 2
        points, moves = _complex(centres) - middle, _complex(shifts)
        change, shift = 0j, complex(*_weighted_median(shifts, weights))
        for tolerance in (4.0, 2.0, 1.0, 1.0):
            residual = np.abs(change * points + shift - moves)
            agree = weights / (1 + (residual / (tolerance * self.settings.agreement)) ** 2) ** 2
            change, shift = _similarity(points, moves, agree)
        residual = np.abs(change * points + shift - moves)
        share = weights[residual < self.settings.agreement].sum() / weights.sum()
        edges = np.array([middle, -middle, middle.conjugate(), -middle.conjugate()])
        farthest = np.abs(change * edges + shift).max()
        if share < self.settings.min_share:
            return None
        if farthest < self.settings.still:
            return IDENTITY.copy()
        shift -= change * middle
        return np.array([[1 + change.real, -change.imag, shift.real], [change.imag, 1 + change.real, shift.imag]])


@cache
def _starts(length: int, block: int, step: int) -> NDArray[np.intp]:
    """Where the blocks of the grid start along a side of the picture."""
    return np.linspace(0, length - block, max((length - block) // step + 1, 1)).astype(np.intp)


def _small_grey(frame: Frame, factor: int) -> NDArray[np.float32]:
    """Means of the grey levels of `factor` x `factor` pixels."""
    if frame.decoded is not None:
        return np.asarray(Image.fromarray(frame.decoded.grey()).reduce(factor), np.float32)
    return np.asarray(Image.fromarray(frame.pixels).reduce(factor).convert("L"), np.float32)


def _shifts(before: NDArray[np.complex64], now: NDArray[np.complex64], side: int) -> tuple[Floats, Floats]:
    """Shift of each block's content, (N, 2), with subpixel precision, and the height of its peak, (N,)."""
    cross = now * before.conj()
    cross /= np.maximum(np.abs(cross), 1e-6)
    surface = np.fft.irfft2(cross, s=(side, side))
    flat = surface.reshape(len(surface), -1)
    best = flat.argmax(axis=1)
    y, x = np.divmod(best, side)
    rows = np.arange(len(surface))
    peak = flat[rows, best]
    dx = _vertex(surface[rows, y, x - 1], peak, surface[rows, y, (x + 1) % side])
    dy = _vertex(surface[rows, y - 1, x], peak, surface[rows, (y + 1) % side, x])
    shift = np.stack([x + dx, y + dy], axis=1)
    return np.where(shift > side / 2, shift - side, shift), peak


def _vertex(left: Floats, middle: Floats, right: Floats) -> Floats:
    """Position between -0.5 and 0.5 of the maximum of a parabola through three samples."""
    bend = left - 2 * middle + right
    return np.clip(np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0), -0.5, 0.5)


def _weighted_median(values: Floats, weights: Floats) -> Floats:
    """Median of each column of (N, 2)."""
    result = np.empty(2)
    for column in range(2):
        order = np.argsort(values[:, column])
        share = np.cumsum(weights[order])
        result[column] = values[order[np.searchsorted(share, share[-1] / 2)], column]
    return result


def _complex(xy: Floats) -> Complexes:
    """Points (N, 2) as x + iy, (N,)."""
    return np.asarray(xy[:, 0] + 1j * xy[:, 1])


def _similarity(points: Complexes, moves: Complexes, weights: Floats) -> tuple[complex, complex]:
    """`change` and `shift` for which change * points + shift is nearest to the moves, by weighted least squares."""
    total = weights.sum()
    point, move = weights @ points / total, weights @ moves / total
    points = points - point
    # The added term is a weak prior for no rotation and no scaling, which few blocks cannot determine.
    spread = weights @ (points * points.conj()).real + _PRIOR**2 * total
    change = weights @ (points.conj() * moves) / spread
    return complex(change), complex(move - change * point)
