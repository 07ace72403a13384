"""SciPy's `linear_sum_assignment`, loaded alone: all of `scipy.optimize` takes a quarter of a second and 40 MB."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["linear_sum_assignment"]

Indices = NDArray[np.intp]
Solve = Callable[[NDArray[np.float64] | NDArray[np.bool_], bool], tuple[Indices, Indices]]


def linear_sum_assignment(
    matrix: NDArray[np.float64] | NDArray[np.bool_], *, maximize: bool = False
) -> tuple[Indices, Indices]:
    """Rows and columns of the one-to-one choice with the smallest sum, as `scipy.optimize`'s function.

    Args:
        matrix: cost of each pair, (R, C).
        maximize: choose the largest sum instead.

    Returns:
        Rows in ascending order and their columns, intp (min(R, C),) each.

    Raises:
        ValueError: a NaN, or an infinity that no choice can avoid.
    """
    return _solve()(matrix, maximize)


@cache
def _solve() -> Solve:
    # Loaded with the first assignment: `outrack track --help` need not wait for it.
    if "scipy.optimize" not in sys.modules:
        try:
            return _alone()
        except (ImportError, AttributeError):
            pass  # a SciPy that keeps it in another file
    from scipy.optimize import linear_sum_assignment as solve

    return cast(Solve, solve)


def _alone() -> Solve:
    """The function from its own extension module, without the package around it."""
    import scipy  # finds the libraries that its extensions need

    spec = PathFinder.find_spec("_lsap", [str(Path(folder, "optimize")) for folder in scipy.__path__])
    if spec is None or spec.loader is None:
        raise ImportError("this SciPy has no module scipy.optimize._lsap")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Solve, module.linear_sum_assignment)
