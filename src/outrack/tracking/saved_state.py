"""A tracker's settings and memory as one `.npz` file."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.io.atomic import atomic_write
from outrack.tracking.config import TrackerConfig
from outrack.tracking.nested import flat_values
from outrack.tracking.tracklets import Tracklets

__all__ = ["Memory", "read_state", "write_state"]


class Memory(NamedTuple):
    """What a tracker remembers between two frames.

    Attributes:
        tracklets: all that it knows.
        refinder: what the rule of refinding remembers.
        shared_motion: what speaks for a moving camera, see `SharedMotion`, float64 (2,).
        now_s: time of the latest frame in seconds; None before the first.
        num_ids: how many ids were given.
    """

    tracklets: Tracklets
    refinder: Mapping[str, NDArray[Any]]
    shared_motion: NDArray[np.float64]
    now_s: float | None
    num_ids: int


def write_state(path: Path, config: TrackerConfig, memory: Memory) -> None:
    """Write the file, whole or not at all.

    Raises:
        OSError: it cannot be written; what was at `path` is still there.
    """
    tracklets = {name: getattr(memory.tracklets, name) for name in _names(Tracklets)}
    remembered: dict[str, Any] = dict(memory.refinder)
    with atomic_write(path) as unfinished, unfinished.open("wb") as file:
        np.savez(
            file,
            config=np.array(json.dumps(flat_values(config))),
            shared_motion=memory.shared_motion,
            clock=np.array([np.nan if memory.now_s is None else memory.now_s, memory.num_ids]),
            **tracklets,
            **remembered,
        )


def read_state(path: Path) -> tuple[TrackerConfig, Memory]:
    """Settings and memory.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not the state of a tracker.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            values = json.loads(str(saved["config"]))
            if values["classes"] is not None:
                values["classes"] = tuple(values["classes"])
            config = TrackerConfig().with_values(values)
            tracklets = Tracklets(*(saved[name] for name in _names(Tracklets)))
            refinder = {name: saved[name] for name in config.make_refinder().memory()}
            shared_motion = saved["shared_motion"]
            now_s, num_ids = saved["clock"]
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not the saved state of a tracker of this version ({error})") from error
    now_s = None if np.isnan(now_s) else float(now_s)
    return config, Memory(tracklets, refinder, shared_motion, now_s, int(num_ids))


def _names(kind: type[Tracklets]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))
