"""A tracker's settings and memory as one `.npz` file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.io.archives import check_arrays, read_arrays
from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading
from outrack.io.entries import json_value
from outrack.structures.detections import MAX_COORDINATE
from outrack.tracking.clock import LATEST_S, Clock
from outrack.tracking.config import TrackerConfig
from outrack.tracking.dotted_names import flat_values
from outrack.tracking.embedding_store import EmbeddingStore
from outrack.tracking.kalman import COVARIANCE, VAR_MEAN, VAR_VELOCITY, VELOCITY
from outrack.tracking.tracklets import COLUMNS, LOST, SAME_INSTANT_S, TRACKED, UNCONFIRMED, Tracklets

__all__ = ["SavedTracker", "read_state", "write_state"]

ROUNDING = 1e-3
"""By how much numbers of an embedding of length 1, and squared correlations, may exceed 1: a tolerance, no setting."""
MIN_VARIANCE = 1e-100
"""In pixels squared. Smaller than that of any box of float32 numbers: a limit of valid files, no setting."""


class SavedTracker(NamedTuple):
    """The memory of a tracker between two frames.

    Attributes:
        tracklets: all that it knows.
        refinder: memory of the refinding rule.
        shared_motion: evidence for a moving camera, see `SharedMotion`, float64 (2,).
        clock: the times of the latest frames.
        num_ids: number of assigned ids.
    """

    tracklets: Tracklets
    refinder: Mapping[str, NDArray[Any]]
    shared_motion: NDArray[np.float64]
    clock: Clock
    num_ids: int


def write_state(path: Path, config: TrackerConfig, memory: SavedTracker) -> None:
    """Write the file atomically.

    Raises:
        OSError: it cannot be written; what was at `path` is still there.
    """
    arrays: dict[str, Any] = {**_columns(memory.tracklets), **memory.refinder}
    times = [np.nan if time is None else time for time in (memory.clock.latest_s, memory.clock.step_s)]
    with atomic_write(path) as unfinished, unfinished.open("wb") as file:
        np.savez(
            file,
            config=np.array(json.dumps(flat_values(config), default=_plain)),
            shared_motion=memory.shared_motion,
            clock=np.array([times[0], memory.num_ids, times[1]]),
            **arrays,
        )


def _plain(value: Any) -> int | float:
    """A number of NumPy, or a fraction, as JSON has it."""
    return int(value) if isinstance(value, Integral) else float(value)


def read_state(path: Path) -> tuple[TrackerConfig, SavedTracker]:
    """Settings and memory.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not the state of a tracker.
    """
    expected = "not the saved state of a tracker of this version"
    saved: dict[str, NDArray[Any]] = dict(read_arrays(path, expected))
    with reading(path, expected):
        values = json_value(str(saved["config"]))
        if values["classes"] is not None:
            values["classes"] = tuple(values["classes"])
        config = TrackerConfig().with_values(values)
        like, none = config.make_refinder().memory(), _columns(Tracklets.empty())
        check_arrays(saved, none | {**like, "shared_motion": np.zeros(2)})
        if len(saved["shared_motion"]) != 2:
            raise ValueError(f"shared_motion has {len(saved['shared_motion'])} numbers; expected 2")
        refinder = {name: saved[name] for name in like}
        for columns in ({name: saved[name] for name in none}, refinder):
            if len({len(column) for column in columns.values()}) > 1:
                raise ValueError(f"{', '.join(columns)} have different lengths")
        tracklets = _of_columns(saved)
        clock, num_ids = _checked_clock(saved["clock"], tracklets, config.frame_rate)
        _check_tracklets(tracklets, clock.now_s)
    return config, SavedTracker(tracklets, refinder, saved["shared_motion"], clock, num_ids)


def _columns(tracklets: Tracklets) -> dict[str, NDArray[Any]]:
    """The arrays by name, with a row per tracklet."""
    columns = {name: getattr(tracklets, name) for name in COLUMNS}
    return {**columns, "states": np.swapaxes(tracklets.states, 0, 1), "embeddings": tracklets.embeddings[:]}


def _of_columns(columns: Mapping[str, NDArray[Any]]) -> Tracklets:
    """The inverse of `_columns`."""
    states = np.ascontiguousarray(np.swapaxes(columns["states"], 0, 1))
    return Tracklets.of_columns(states, columns, EmbeddingStore.of(columns["embeddings"]))


def _checked_clock(saved: NDArray[Any], tracklets: Tracklets, frame_rate: float) -> tuple[Clock, int]:
    """The clock and the number of ids.

    Args:
        saved: time of the latest frame, number of ids, and seconds between the two latest frames; NaN means no frame
            yet. Files of earlier versions lack the last one: their frames came at the frame rate.
        tracklets: those of the file.
        frame_rate: frames per second.
    """
    now_s, num_ids, step_s = map(float, saved if len(saved) == 3 else [*saved, 1 / frame_rate])
    if not (num_ids % 1 == 0 and tracklets.ids.max(initial=0) <= num_ids < 2**53):
        raise ValueError(f"{num_ids:g} ids were assigned, but the highest is {tracklets.ids.max(initial=0)}")
    clock = Clock(frame_rate)
    if np.isnan(now_s) and not len(tracklets):
        return clock, int(num_ids)
    if not abs(now_s) < LATEST_S:
        raise ValueError(f"the latest frame was at {now_s:g} s")
    if step_s < 0 or np.isinf(step_s):
        raise ValueError(f"the latest frame was {step_s:g} s after the one before")
    clock.resume(now_s, None if np.isnan(step_s) else step_s)
    return clock, int(num_ids)


def _check_tracklets(tracklets: Tracklets, now_s: float) -> None:
    """Refuse impossible values; types and shapes were checked before."""
    known = tracklets.ids[tracklets.ids > 0]
    if (tracklets.ids < 0).any() or len(np.unique(known)) < len(known):
        raise ValueError("an id is duplicate or negative")
    if not np.isin(tracklets.status, (UNCONFIRMED, TRACKED, LOST)).all():
        raise ValueError(f"expected a status of 0, 1 or 2, got {tracklets.status.tolist()}")
    for name in ("first_seen_s", "seen_s", "still_since_s", "supported_s"):
        times = getattr(tracklets, name)
        if not ((times > -LATEST_S) & (times <= now_s + SAME_INSTANT_S)).all():
            raise ValueError(f"{name} is after the latest frame")
    places = (tracklets.seen_xyxy, tracklets.anchors, tracklets.states[: VELOCITY + 1])
    if any(np.abs(place).max(initial=0) > MAX_COORDINATE for place in places):
        raise ValueError("a box is far outside any picture")
    spread = tracklets.states[VAR_MEAN:]
    of_mean, covariance, of_velocity = tracklets.states[[VAR_MEAN, COVARIANCE, VAR_VELOCITY]]
    if (of_mean < MIN_VARIANCE).any() or (of_velocity < 0).any() or np.abs(spread).max(initial=0) > MAX_COORDINATE**2:
        raise ValueError("the variance of a box is not positive, or implausibly large")
    if (covariance**2 > (1 + ROUNDING) * of_mean * of_velocity).any():
        raise ValueError("the covariance of a box and its velocity is larger than their variances allow")
    if np.abs(tracklets.embeddings[:]).max(initial=0) > 1 + ROUNDING:
        raise ValueError("expected embeddings of length 1 or 0")
