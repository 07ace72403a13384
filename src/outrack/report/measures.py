"""Statistics of a run: the life of each identity, number of people over time, lengths of tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.report.runs import Run
from outrack.structures import TrackState

__all__ = ["LOST", "Counts", "Life", "Stretch", "counts_of", "length_counts", "lives_of"]

Floats = NDArray[np.float64]

LOST = "lost"
"""The state of an identity between two boxes that are not consecutive."""
IN_VIEW = "in view"
"""The state of a box if the file has no states."""
LENGTH_EDGES = {
    "s": (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0),
    "frames": (0.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 10000.0),
}
"""Bin edges of track lengths, by unit."""


class Stretch(NamedTuple):
    """A stretch of an identity's life in one state, from `start` to `end` in the unit of the run."""

    start: float
    end: float
    state: str


@dataclass(frozen=True, slots=True)
class Life:
    """One identity.

    Attributes:
        identity: its number.
        stretches: from its first box to its last, without a gap.
        num_boxes: boxes by state.
    """

    identity: int
    stretches: tuple[Stretch, ...]
    num_boxes: dict[str, int]

    @property
    def start(self) -> float:
        return self.stretches[0].start

    @property
    def end(self) -> float:
        return self.stretches[-1].end

    @property
    def length(self) -> float:
        return self.end - self.start

    @property
    def lost(self) -> float:
        """Time for which it had no box."""
        return sum(stretch.end - stretch.start for stretch in self.stretches if stretch.state == LOST)

    def share(self, state: str) -> float:
        """Share of its boxes in this state."""
        return self.num_boxes.get(state, 0) / sum(self.num_boxes.values())


def lives_of(run: Run) -> list[Life]:
    """Every identity, ordered by its first box."""
    states = (
        [IN_VIEW] * len(run.ids) if run.states is None else [TrackState(state).word for state in run.states.tolist()]
    )
    order = np.argsort(run.ids, kind="stable")
    bounds = np.flatnonzero(np.diff(run.ids[order])) + 1
    groups = np.split(order, bounds) if len(order) else []
    lives = [_life(run, group, states) for group in groups]
    return sorted(lives, key=lambda life: (life.start, life.identity))


def _life(run: Run, rows: NDArray[np.intp], states: list[str]) -> Life:
    stretches: list[Stretch] = []
    num_boxes: dict[str, int] = {}
    last = -1
    for row in rows.tolist():
        place, state = int(run.position[row]), states[row]
        start, end = float(run.starts[place]), float(run.starts[place + 1])
        if stretches and place > last + 1:
            stretches.append(Stretch(stretches[-1].end, start, LOST))
        if stretches and stretches[-1].state == state:
            stretches[-1] = stretches[-1]._replace(end=end)
        else:
            stretches.append(Stretch(start, end, state))
        num_boxes[state] = num_boxes.get(state, 0) + 1
        last = place
    return Life(int(run.ids[rows[0]]), tuple(stretches), num_boxes)


class Counts(NamedTuple):
    """People over time, in B bins of about equal length.

    Attributes:
        edges: edges of the bins, in the unit of the run, float64 (B + 1,).
        mean, most: people per frame, mean and maximum, float64 (B,).
    """

    edges: Floats
    mean: Floats
    most: Floats


def counts_of(run: Run, *, max_bins: int = 400) -> Counts:
    """Number of people with a box, in at most `max_bins` bins of equally many frames."""
    num_frames = len(run.frames)
    people = np.bincount(run.position, minlength=num_frames).astype(np.float64)
    if not num_frames:
        return Counts(run.starts, people, people)
    firsts = np.unique(np.linspace(0, num_frames, min(max_bins, num_frames) + 1).astype(np.int64)[:-1])
    sizes = np.diff(np.append(firsts, num_frames))
    edges = run.starts[np.append(firsts, num_frames)]
    return Counts(edges, np.add.reduceat(people, firsts) / sizes, np.maximum.reduceat(people, firsts))


def length_counts(lives: list[Life], unit: str) -> tuple[Floats, NDArray[np.int64]]:
    """Histogram of track lengths: edges in `unit` (E,), the last bin open-ended, and counts (E,)."""
    edges = np.array(LENGTH_EDGES[unit])
    lengths = [life.length for life in lives]
    # Lengths are sums of frames: a track of 50 frames at 25 per second lasts two seconds, despite rounding.
    bins = np.searchsorted(edges, np.array(lengths) + 1e-6, side="right") - 1
    return edges, np.bincount(bins.astype(np.int64), minlength=len(edges))
