"""Labelled videos, and their test frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from outrack.annotation import Annotation
from outrack.evaluation import LabelledSequence
from outrack.io.labels import read_labels
from outrack.io.motchallenge import SequenceInfo
from outrack.io.sequences import DISTRACTORS
from outrack.structures import Frame
from outrack.video import open_source

__all__ = ["JUDGED", "TRAINED_ON", "LabelledVideo"]

JUDGED = {
    "MOT17-02": 0.5,
    "MOT17-11": 0.5,
    "ETH-Sunnyday": 0.0,
    "TUD-Stadtmitte": 0.0,
    "KITTI-T0016": 0.0,
}
"""Sequences, and the share of each, from its start, that is omitted because the bundled network was trained on it."""
TRAINED_ON = ("KITTI-T0016",)
"""Shown, but left out of the means."""


@dataclass(frozen=True)
class LabelledVideo:
    """One sequence.

    Attributes:
        name: of its folder.
        path: the video.
        truth: of the whole sequence.
        frame_rate: in frames per second.
        first: the first test frame, from 0.
        num_frames: of the whole sequence.
    """

    name: str
    path: Path
    truth: LabelledSequence
    frame_rate: float
    first: int
    num_frames: int

    @classmethod
    def open(cls, data: Path, name: str) -> LabelledVideo:
        folder = data / "video_labelled" / name
        info = SequenceInfo.read(folder / "seqinfo.ini")
        truth = read_labels(folder / "gt" / "gt.txt", name, benchmark="mot17", info=folder / "seqinfo.ini")
        first = int(info.num_frames * JUDGED[name])
        return cls(name, folder / f"{name}.mp4", truth, info.frame_rate, first, info.num_frames)

    def frames(self) -> Iterator[Frame]:
        """The test frames, decoded."""
        with open_source(str(self.path)) as video:
            for frame in video:
                if frame.index >= self.first:
                    yield frame

    def used(self, *, skip: int, stride: int) -> range:
        """Frames (from 0) of a run that starts `skip` frames later and takes every `stride`-th one."""
        return range(self.first + skip, self.num_frames, stride)

    def truth_of(self, used: range) -> LabelledSequence:
        """The truth of the frames `used`, numbered from 1 in their order."""
        number = np.zeros(self.num_frames + 1, np.int64)
        number[np.array(used) + 1] = np.arange(1, len(used) + 1)
        new = number[self.truth.frames]
        rows = new > 0
        visibility = self.truth.visibility
        return replace(
            self.truth,
            num_frames=len(used),
            frames=new[rows],
            ids=self.truth.ids[rows],
            xyxy=self.truth.xyxy[rows],
            counted=self.truth.counted[rows],
            classes=self.truth.classes[rows],
            visibility=None if visibility is None else visibility[rows],
        )

    def annotation(self, frame: int) -> Annotation:
        """People of one frame (from 0), and regions to ignore, for average precision."""
        truth, rows = self.truth, self.truth.frames == frame + 1
        ignore = np.isin(truth.classes[rows], DISTRACTORS)
        people = (truth.classes[rows] == 1) & truth.counted[rows]
        visibility = np.ones(rows.sum()) if truth.visibility is None else truth.visibility[rows]
        return Annotation(truth.xyxy[rows], np.zeros(rows.sum(), np.int64), ignore, visibility)[ignore | people]
