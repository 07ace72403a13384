"""Converts the detections of other libraries to `Detections`, and tracks back to the type of the input.

supervision is never imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections, Tracks, TrackState, as_detections
from outrack.structures.foreign import is_supervision

if TYPE_CHECKING:
    import supervision

__all__ = ["tracked_as_given"]


def tracked_as_given(given: object, update: Callable[[Detections], Tracks]) -> Tracks | supervision.Detections:
    """Track detections of any known type, and return the tracks in the type of the detections.

    Args:
        given: as for `outrack.structures.as_detections`.
        update: returns the tracks of a frame's detections.

    Returns:
        `supervision.Detections` for such input, see `supervised`; otherwise `Tracks`.

    Raises:
        TypeError: it is none of these.
        ValueError: it is malformed.
    """
    if is_supervision(given):
        return supervised(given, update(as_detections(given)))
    return update(as_detections(given))


def supervised(given: supervision.Detections, tracks: Tracks) -> supervision.Detections:
    """The tracks of a frame as `supervision.Detections`, each with the data of its detection.

    Boxes, scores and classes are those of the tracks, `tracker_id` their identities; `mask`, `metadata` and every entry
    of `data` are kept. `state` and `detection_index` are added to `data`, as by `Tracks.to_supervision`. A track that
    was refound has no detection in this frame: its mask is empty, and its entries of `data` are NaN, 0 or "", except
    for `class_name`, which is that of other detections of its class.
    """
    rows = tracks.detection_index
    data: dict[str, Any] = {name: _rows_of(values, rows) for name, values in given.data.items()}
    if "class_name" in data and given.class_id is not None:
        names = dict(zip(np.asarray(given.class_id).tolist(), given.data["class_name"], strict=True))
        for lonely in np.flatnonzero(rows < 0):
            data["class_name"][lonely] = names.get(int(tracks.class_ids[lonely]), "")
    data["state"] = np.array([TrackState(state).name for state in tracks.states], dtype=np.str_)
    data["detection_index"] = rows.astype(int)
    return type(given)(
        xyxy=tracks.xyxy.astype(np.float32),
        mask=None if given.mask is None else _rows_of(np.asarray(given.mask), rows),
        confidence=None if given.confidence is None else tracks.scores.astype(np.float32),
        class_id=None if given.class_id is None else tracks.class_ids.astype(int),
        tracker_id=tracks.ids.astype(int),
        data=data,
        metadata=dict(given.metadata),
    )


def _rows_of(values: Any, rows: NDArray[np.int64]) -> Any:
    """The chosen rows of an array or list (N, ...), in its type; -1 gives an empty row."""
    array = np.asarray(values) if not isinstance(values, list) else np.array([None, *values], dtype=object)[1:]
    if array.dtype.kind in "iub" or not len(array):
        nothing = np.zeros((1, *array.shape[1:]), array.dtype)
    elif array.dtype.kind in "fc":
        nothing = np.full((1, *array.shape[1:]), np.nan, array.dtype)
    else:
        nothing = np.full((1, *array.shape[1:]), "" if array.dtype.kind == "U" else None, array.dtype)
    chosen = np.concatenate([array, nothing])[rows]
    return chosen.tolist() if isinstance(values, list) else chosen
