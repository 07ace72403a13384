"""Ground truth and results of one sequence, as arrays. Frames are 1-based, as in the files.

Rows keep the order of their file within a frame: the order decides ties of an assignment, and the official evaluation
code keeps it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from outrack.io.numbers import MAX_FRAME
from outrack.structures import Tracks

__all__ = ["DISTRACTORS", "PEDESTRIAN", "Benchmark", "LabelledSequence", "Locate", "SequenceResults", "rows_by_frame"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PEDESTRIAN = 1
"""The MOTChallenge class that is counted."""
DISTRACTORS = (2, 7, 8, 12)
"""MOTChallenge's person on vehicle, static person, distractor, reflection: a box on one of these counts neither as
right nor as wrong."""
Benchmark = Literal["mot15", "mot16", "mot17", "mot20", "plain"]
Locate = Callable[[int], str]
"""From a row to `FILE, line N`, for messages."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSequence:
    """The boxes of people in one video: ground truth or training boxes, from any file; R rows.

    Attributes:
        name: name of the sequence; empty if unknown.
        num_frames: length of the sequence; None if unknown.
        frames: frame of each box, from 1, int64 (R,).
        ids: identity of each box, unique within a frame; -1 unknown, int64 (R,).
        xyxy: boxes in pixels, float64 (R, 4).
        counted: the flag column of ground truth: False marks a box that evaluation ignores, bool (R,).
        classes: class numbers of MOTChallenge, int64 (R,); 1, a pedestrian, if the file has none.
        visibility: visible share of each box in 0..1, float64 (R,); None if unknown.
        labelled_frames: labelled frames, from 1, ascending, int64 (F,): a CVAT task may have every fifth frame.
            Labelled frames without rows are empty; other frames are unknown. None: every frame.
        scores: confidence of each box, float64 (R,); None if unknown.
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
    scores: Floats | None = None

    @classmethod
    def from_rows(
        cls, rows: Iterable[tuple[float, ...]] | Floats, labelled: Iterable[int] | None = None
    ) -> LabelledSequence:
        """People from rows `frame (from 1), id, x1, y1, x2, y2, score`, sorted by frame.

        Args:
            rows: in any order.
            labelled: labelled frames, from 1. None guesses, for files that do not list empty frames: all from the first
                to the last with a box, at their stride (`outrack track --stride 3` gives frames 1, 4, 7 ...). Frames
                before and after may have unlabelled people.

        Raises:
            ValueError: a frame is beyond `MAX_FRAME`.
        """
        table = (rows if isinstance(rows, np.ndarray) else np.array(list(rows), np.float64)).reshape(-1, 7)
        table = table[np.argsort(table[:, 0], kind="stable")]
        frames = table[:, 0].astype(np.int64)
        if len(frames) and frames[-1] > MAX_FRAME:
            raise ValueError(f"frame {frames[-1]} is beyond {MAX_FRAME}. Is this column the frame?")
        if labelled is None:
            used = np.unique(frames)
            step = max(1, int(np.gcd.reduce(np.diff(used)))) if len(used) > 1 else 1
            labelled = range(int(used[0]), int(used[-1]) + 1, step) if len(used) else ()
        # A range goes without a list of Python's numbers, which would be five times as large.
        of_frames = np.arange(labelled.start, labelled.stop, labelled.step) if isinstance(labelled, range) else None
        return cls(
            name="",
            num_frames=None,
            frames=frames,
            ids=table[:, 1].astype(np.int64),
            xyxy=table[:, 2:6],
            counted=np.ones(len(table), bool),
            classes=np.full(len(table), PEDESTRIAN),
            labelled_frames=np.unique(np.array([*labelled], np.int64)) if of_frames is None else of_frames,
            scores=table[:, 6],
        )

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: NDArray[Any]) -> LabelledSequence:
        """The chosen rows (mask or indices); the labelled frames stay."""
        return replace(
            self,
            frames=self.frames[rows],
            ids=self.ids[rows],
            xyxy=self.xyxy[rows],
            counted=self.counted[rows],
            classes=self.classes[rows],
            visibility=None if self.visibility is None else self.visibility[rows],
            scores=None if self.scores is None else self.scores[rows],
        )

    @property
    def pedestrians(self) -> LabelledSequence:
        """The rows that count: pedestrians with flag 1, at any visibility."""
        return self[self.counted & (self.classes == PEDESTRIAN)]

    def within(self, frames: range) -> LabelledSequence:
        """The rows of these consecutive frames, from 1; frame numbers stay as they are."""
        return self[(self.frames >= frames.start) & (self.frames < frames.stop)]

    def in_order(self) -> LabelledSequence:
        """The rows sorted by frame, then by identity."""
        return self[np.lexsort((self.ids, self.frames))]


@dataclass(frozen=True, slots=True, eq=False)
class SequenceResults:
    """The boxes that a tracker reported for one sequence; R rows.

    Attributes:
        frames: frame of each box, from 1, int64 (R,).
        ids: identity of each box, 0 or more, unique within a frame, int64 (R,).
        xyxy: float64 (R, 4).
        states: `TrackState` of each box, int64 (R,); None if the file has none.
        locate: from a row to its place in a file; None for results in memory.
    """

    frames: Ints
    ids: Ints
    xyxy: Floats
    states: Ints | None = None
    locate: Locate | None = None

    @classmethod
    def from_tracks(cls, tracks: Sequence[Tracks]) -> SequenceResults:
        """The results of a tracker for frames 1, 2, 3, ... of a sequence."""
        frames = np.repeat(np.arange(1, len(tracks) + 1), [len(frame) for frame in tracks])
        everything = [Tracks.empty(), *tracks]
        return cls(
            frames=frames.astype(np.int64),
            ids=np.concatenate([frame.ids for frame in everything]),
            xyxy=np.concatenate([frame.xyxy for frame in everything]),
            states=np.concatenate([frame.states for frame in everything]),
        )

    def on_labelled_frames(self, truth: LabelledSequence) -> SequenceResults:
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

    def check_length(self, truth: LabelledSequence) -> None:
        """Raise ValueError when a box lies beyond the end of the sequence; names file and line."""
        if truth.num_frames is None:
            return
        beyond = np.flatnonzero(self.frames > truth.num_frames)
        if len(beyond):
            where = "results" if self.locate is None else self.locate(int(beyond[0]))
            raise ValueError(
                f"{where}: frame {self.frames[beyond[0]]} lies beyond the {truth.num_frames} frames of {truth.name}. "
                "Frames count from 1."
            )


def rows_by_frame(frames: Ints, wanted: range) -> list[Ints]:
    """Rows of each of the wanted frames (consecutive), given the frame of every row; in file order."""
    order = np.argsort(frames, kind="stable")
    bounds = np.searchsorted(frames[order], np.arange(wanted.start, wanted.stop + 1))
    return [order[start:stop] for start, stop in pairwise(bounds)]
