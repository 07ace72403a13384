"""Checks the outputs of a network for a batch of pictures before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.model_info import ModelInfo

__all__ = ["check_outputs"]

_COLUMNS = {"boxes": 4, "occlusions": 3, "displacements": 2}
_A_BOX = ("boxes", "scores", "classes", "embeddings", "displacements")
"""Outputs with one row per box."""


def check_outputs(outputs: Mapping[str, NDArray[Any]], batch: int, info: ModelInfo) -> None:
    """Refuse outputs that contradict each other or the network's file, or that are not finite.

    The metadata of a file may be wrong, and a single NaN in the weights gives NaN for every picture. Comparisons with
    NaN are false, so such boxes would silently disappear, and no person would be found in a crowd.

    Args:
        outputs: by name, with the picture as the first dimension; unknown names are ignored.
        batch: number of pictures.
        info: metadata of its file.

    Raises:
        ValueError: names the network and the output.
    """
    if missing := {"boxes", "scores"} - outputs.keys():
        raise ValueError(f"{info.name}: the network returns no {' and no '.join(sorted(missing))}; export it again")
    boxes = outputs["boxes"]
    rows = boxes.shape[1] if boxes.ndim == 3 else 0
    wanted: dict[str, tuple[int | None, ...]] = {
        name: (batch, rows) if name in ("scores", "classes") else (batch, rows, _COLUMNS.get(name)) for name in _A_BOX
    }
    wanted["occlusions"] = (batch, None, 3)
    if info.embedding_dim:
        wanted["embeddings"] = (batch, rows, info.embedding_dim)
    for name, shape in wanted.items():
        if name in outputs and not _fits(outputs[name], shape):
            told = ", ".join("any" if side is None else str(side) for side in shape)
            raise ValueError(
                f"{info.name}: the network returns {name} of shape {outputs[name].shape} for {batch} pictures and "
                f"{rows} boxes each; expected ({told}). Export it again"
            )
        if name in outputs and not np.isfinite(outputs[name]).all():
            raise ValueError(
                f"{info.name}: the network returns {name} that are not finite. Its weights are damaged, or its "
                "training failed: use another checkpoint"
            )


def _fits(array: NDArray[Any], shape: tuple[int | None, ...]) -> bool:
    return array.ndim == len(shape) and all(
        side is None or side == have for side, have in zip(shape, array.shape, strict=True)
    )
