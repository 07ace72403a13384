"""Our tracker and the installable peers on the public boxes of real sequences, without images.

Every tracker gets every box of `det.txt` and keeps its own defaults; TrackEval scores all of them alike. Our defaults
were tuned on these sequences.

    python benchmarks/bench_motion_only.py --data ../shared/data

The folder holds `mot17/SEQ/{seqinfo.ini, gt/gt.txt, det/det.txt}` and, for the rows with camera motion,
`mot17_camera_motion/GMC-SEQ.txt`. Without the folder the benchmark exits with a message.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers import PeerName, PeerTracker
from outrack.boxes import xywh_to_xyxy
from outrack.evaluation import LabelledSequence, Scores, SequenceResults, evaluate_sequences
from outrack.evaluation.folders import read_ground_truth_folder
from outrack.evaluation.visibility import VisibilityScores, score_by_visibility
from outrack.io.motchallenge import SequenceInfo, read_camera_motion
from outrack.io.numbers import read_rows
from outrack.structures import Detections, Tracks, TrackState
from outrack.tracking import Tracker, TrackerConfig

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


@dataclass(frozen=True)
class Sequence:
    """The public boxes of one sequence, frame by frame, and the camera motion into each frame if it is known."""

    truth: LabelledSequence
    frame_rate: float
    detections: list[Detections]
    camera_motion: dict[int, NDArray[np.float64]]


class Follower(Protocol):
    """A tracker in this benchmark: boxes of one frame in, tracks out."""

    def __call__(self, frame: int, detections: Detections) -> Tracks: ...


FollowerMaker = Callable[[Sequence], Follower]


def outrack_tracker(*, with_camera_motion: bool = False, **settings: object) -> FollowerMaker:
    def make(sequence: Sequence) -> Follower:
        tracker = Tracker(TrackerConfig(frame_rate=sequence.frame_rate).with_values(settings))

        def follow(frame: int, detections: Detections) -> Tracks:
            motion = sequence.camera_motion.get(frame) if with_camera_motion else None
            return tracker.update(detections, timestamp=frame / sequence.frame_rate, camera_motion=motion)

        return follow

    return make


def peer_tracker(name: PeerName) -> FollowerMaker:
    def make(sequence: Sequence) -> Follower:
        tracker = PeerTracker(name)
        return lambda frame, detections: tracker.update(detections)

    return make


def norfair_tracker(sequence: Sequence) -> Follower:
    """norfair with IoU distance up to 0.7 (its demos' value for boxes); its estimates are what it reports."""
    import norfair

    tracker = norfair.Tracker(distance_function="iou", distance_threshold=0.7)

    def follow(frame: int, detections: Detections) -> Tracks:
        points = [
            norfair.Detection(box.reshape(2, 2), scores=np.full(2, score))
            for box, score in zip(detections.xyxy, detections.scores, strict=True)
        ]
        found = tracker.update(points)
        boxes = np.array([track.estimate.ravel() for track in found]).reshape(-1, 4)
        zeros = np.zeros(len(found), np.int64)
        return Tracks(boxes, np.array([track.id for track in found]), np.ones(len(found)), zeros, zeros, zeros - 1)

    return follow


TRACKERS: dict[str, FollowerMaker] = {
    "outrack": outrack_tracker(),
    "outrack, camera motion": outrack_tracker(with_camera_motion=True),
    "outrack, no refinding": outrack_tracker(refind="off"),
    "trackers BoT-SORT": peer_tracker("botsort"),
    "trackers ByteTrack": peer_tracker("bytetrack"),
    "trackers SORT": peer_tracker("sort"),
    "trackers OC-SORT": peer_tracker("ocsort"),
    "norfair IoU": norfair_tracker,
}


def read_sequences(data: Path) -> Iterator[Sequence]:
    for truth in read_ground_truth_folder(data / "mot17"):
        folder = data / "mot17" / truth.name
        rows = read_rows(folder / "det" / "det.txt", min_columns=7, hint="A detection line is: frame,-1,x,y,w,h,score.")
        info = SequenceInfo.read(folder / "seqinfo.ini")
        of_frames = [rows[rows[:, 0] == frame] for frame in range(1, info.num_frames + 1)]
        motion_file = data / "mot17_camera_motion" / f"GMC-{truth.name.rpartition('-')[0]}.txt"
        yield Sequence(
            truth=truth,
            frame_rate=info.frame_rate or 30.0,
            detections=[Detections(xywh_to_xyxy(part[:, 2:6]), part[:, 6]) for part in of_frames],
            camera_motion=read_camera_motion(motion_file) if motion_file.is_file() else {},
        )


def follow_all(make: FollowerMaker, sequences: list[Sequence]) -> tuple[list[SequenceResults], float]:
    """Results of one tracker on all sequences, and the milliseconds it took for a frame."""
    results, seconds = [], 0.0
    for sequence in sequences:
        follower = make(sequence)
        start = time.perf_counter()
        tracks = [follower(frame, detections) for frame, detections in enumerate(sequence.detections)]
        seconds += time.perf_counter() - start
        results.append(SequenceResults.from_tracks(tracks))
    return results, 1000 * seconds / sum(len(sequence.detections) for sequence in sequences)


@dataclass(frozen=True)
class Row:
    """Scores of one tracker."""

    tracker: str
    scores: Scores
    by_visibility: VisibilityScores
    milliseconds: float


def score(tracker: str, sequences: list[Sequence]) -> Row:
    results, milliseconds = follow_all(TRACKERS[tracker], sequences)
    pairs = list(zip((sequence.truth for sequence in sequences), results, strict=True))
    return Row(tracker, evaluate_sequences(pairs).combined, score_by_visibility(pairs), milliseconds)


def print_scores(rows: list[Row]) -> None:
    names = ("HOTA", "AssA", "DetA", "MOTA", "IDF1", "FP", "FN", "IDSW")
    table = table_of("Motion only, public FRCNN boxes, all sequences together", (*names, "ms/frame"))
    for row in rows:
        values = [getattr(row.scores, name.lower()) for name in names]
        cells = [f"{value:.2f}" if isinstance(value, float) else str(value) for value in values]
        table.add_row(row.tracker, *cells, f"{row.milliseconds:.2f}")
    Console(width=120).print(table)


def print_visibility(rows: list[Row]) -> None:
    levels = [f"{level.low:g}-{level.high:g}" for level in rows[0].by_visibility.levels]
    title = "Recall by the visible share of a person; refound boxes, and how many are correct"
    table = table_of(title, (*levels, "refound", "right", "right id"))
    for row in rows:
        refound = [state for state in row.by_visibility.states if state.state == TrackState.REFOUND]
        cells = [f"{level.recall:.2f}" for level in row.by_visibility.levels]
        for state in refound:
            cells += [str(state.num_boxes), f"{state.right:.1f} %", f"{state.right_identity:.1f} %"]
        table.add_row(row.tracker, *cells)
    Console(width=120).print(table)


def table_of(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("tracker", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mot17 and mot17_camera_motion")
    parser.add_argument("--only", nargs="+", choices=TRACKERS, default=list(TRACKERS), help="trackers to run")
    chosen = parser.parse_args()
    if not (chosen.data / "mot17").is_dir():
        print(f"{chosen.data}/mot17: no such folder, so there is nothing to measure; give one with --data")
        return
    sequences = list(read_sequences(chosen.data))
    rows = []
    for name in chosen.only:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the peers' own deprecations
            try:
                rows.append(score(name, sequences))
            except ImportError as error:
                print(f"{name}: not installed ({error})")
    if rows:
        print_scores(rows)
        print_visibility(rows)


if __name__ == "__main__":
    main()
