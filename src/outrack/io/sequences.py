"""Ground truth and results of one sequence, as arrays. Frames are 1-based, as in the files.

Rows keep the order of their file within a frame: where an assignment has ties, the order decides, and the official
kit keeps it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks

__all__ = ["Benchmark", "Locate", "SequenceResults", "SequenceTruth", "rows_by_frame"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Benchmark = Literal["mot15", "mot16", "mot17", "mot20", "plain"]
Locate = Callable[[int], str]
"""From a row to `FILE, line N`, for messages."""


@dataclass(frozen=True, slots=True, eq=False)
class SequenceTruth:
    """The annotated boxes of one sequence; R rows, in no particular order of frames.

    Attributes:
        name: name of the sequence.
        num_frames: length of the sequence; None where nothing says (plain ground truth without `seqinfo.ini`).
        frames: frame of each box, from 1, int64 (R,).
        ids: identity of each box, 0 or more, unique within a frame, int64 (R,).
        xyxy: float64 (R, 4).
        counted: the file's flag column: False marks a box that no score counts, bool (R,).
        classes: class numbers of MOT16/17/20, int64 (R,); all 1 in plain and MOT15 ground truth, which has none.
        visibility: visible share of each box in 0..1, float64 (R,); None when the file does not say.
        labelled_frames: frames that were labelled, from 1, rising, int64 (F,): a CVAT task may have every fifth frame.
            Results of other frames are not counted. None: every frame.
    """

    name: str
    num_frames: int | None
    frames: Ints
    ids: Ints
    xyxy: Floats
    counted: NDArray[np.bool_]
    classes: Ints
    visibility: Floats | None = None
    labelled_frames: Ints | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SequenceResults:
    """The boxes that a tracker gave for one sequence; R rows.

    Attributes:
        frames: frame of each box, from 1, int64 (R,).
        ids: identity of each box, 0 or more, unique within a frame, int64 (R,).
        xyxy: float64 (R, 4).
        states: `TrackState` of each box, int64 (R,); None when the file does not say.
        locate: where in a file a row comes from; None for results made in memory.
    """

    frames: Ints
    ids: Ints
    xyxy: Floats
    states: Ints | None = None
    locate: Locate | None = None

    @classmethod
    def from_tracks(cls, tracks: Sequence[Tracks]) -> SequenceResults:
        """What a tracker returned for frames 1, 2, 3, ... of a sequence."""
        frames = np.repeat(np.arange(1, len(tracks) + 1), [len(frame) for frame in tracks])
        everything = [Tracks.empty(), *tracks]
        return cls(
            frames=frames.astype(np.int64),
            ids=np.concatenate([frame.ids for frame in everything]),
            xyxy=np.concatenate([frame.xyxy for frame in everything]),
            states=np.concatenate([frame.states for frame in everything]),
        )

    def on_labelled_frames(self, truth: SequenceTruth) -> SequenceResults:
        """The rows of frames that the ground truth has labels for."""
        if truth.labelled_frames is None:
            return self
        rows = np.flatnonzero(np.isin(self.frames, truth.labelled_frames))
        locate = self.locate
        return SequenceResults(
            self.frames[rows],
            self.ids[rows],
            self.xyxy[rows],
            None if self.states is None else self.states[rows],
            None if locate is None else lambda row: locate(int(rows[row])),
        )

    def check_length(self, truth: SequenceTruth) -> None:
        """Raise ValueError when a box lies beyond the end of the sequence; names file and line."""
        if truth.num_frames is None:
            return
        beyond = np.flatnonzero(self.frames > truth.num_frames)
        if len(beyond):
            where = "results" if self.locate is None else self.locate(int(beyond[0]))
            raise ValueError(
                f"{where}: frame {self.frames[beyond[0]]} lies beyond the {truth.num_frames} frames of {truth.name}. "
                "Frames are counted from 1."
            )


def rows_by_frame(frames: Ints, wanted: range) -> list[Ints]:
    """Rows of each of the wanted frames (consecutive), given the frame of every row; in file order."""
    order = np.argsort(frames, kind="stable")
    bounds = np.searchsorted(frames[order], np.arange(wanted.start, wanted.stop + 1))
    return [order[start:stop] for start, stop in pairwise(bounds)]
