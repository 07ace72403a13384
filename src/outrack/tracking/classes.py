"""Which classes may belong to one object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["may_be_one_class"]

Ints = NDArray[np.int64]


def may_be_one_class(a: Ints, b: Ints, *, class_agnostic: bool) -> NDArray[np.bool_]:
    """Where two boxes may be one object by their classes: they are equal, or `TrackerConfig.class_agnostic` is set.

    Args:
        a, b: class ids, of shapes that broadcast together.
        class_agnostic: the setting.
    """
    same = np.asarray(a == b)
    return np.ones_like(same) if class_agnostic else same
