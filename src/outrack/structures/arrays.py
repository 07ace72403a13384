"""Arrays inside the border types: read-only, of one dtype and shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["frozen", "picked", "unit_rows"]


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (N, D) scaled to length 1; rows of zeros, and of length 1, are unchanged."""
    wide = vectors.astype(np.float64)  # so that no square of a float32 overflows or underflows
    squared = np.einsum("nd,nd->n", wide, wide)[:, None]
    if (np.abs(squared - 1) < 1e-6).all():
        return vectors
    return np.asarray(wide / np.sqrt(np.where(squared > 0, squared, 1)), np.float32)


def picked(rows: NDArray[Any] | Sequence[int] | slice | int) -> NDArray[Any] | slice:
    """An index that always selects rows: an empty index gives no rows, and a single one gives one row."""
    if isinstance(rows, slice):
        return rows
    pick = np.atleast_1d(rows)
    return pick if pick.size else pick.astype(np.intp)


def frozen(values: ArrayLike, dtype: Any, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """`values` as a read-only array of `dtype`; -1 in `shape` means any length. An array that the caller can still
    change is copied: detectors reuse their buffers."""
    array = np.asarray(values)
    is_shared = array.flags.writeable and not isinstance(values, list | tuple)
    if array.dtype != dtype:
        if array.dtype.kind == "f" and np.issubdtype(dtype, np.integer):
            broken = ~np.isfinite(array) | (array != np.rint(array))
            if broken.any():
                raise ValueError(f"{name}: expected whole numbers, got {array[broken][0]:g}")
        is_shared = False
        try:
            array = array.astype(dtype)
        except (TypeError, ValueError) as error:  # text, or None
            raise ValueError(f"{name}: expected numbers, got {array.ravel()[0]!r:.40}") from error
    if array.size == 0 and array.ndim != len(shape):
        array = np.empty([max(size, 0) for size in shape], dtype)
    if array.shape != shape and (
        array.ndim != len(shape) or any(want not in (-1, have) for want, have in zip(shape, array.shape, strict=True))
    ):
        wanted = ", ".join("any" if size == -1 else str(size) for size in shape)
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}")
    own = array.copy() if is_shared else array.view()
    own.setflags(write=False)
    return own
