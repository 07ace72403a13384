"""The cost of splitting a long video: tracks in parts compared with tracks of the whole, on labelled real video.

    python benchmarks/bench_parts.py --data ../shared/data
    python benchmarks/bench_parts.py --data ../shared/data --parts 2 4 --work runs/real-video

Every sequence is tracked from stored detections and camera motion (those of `bench_real_video.py`), once whole and once
in parts with the overlap and the stitching of `outrack track --parts`, with seams at several positions. Scores are
computed on frames that were not used for training. It prints HOTA and IDF1 of both, mean and standard deviation over
the positions of the seams, and how many tracks that cross a seam change their identity there: pairs of boxes, one on
each side of the seam, that have one identity in the whole run and two in the run in parts. `--overlap 0` shows the
effect of the overlap. Both use the same detections, so changes of the network's size near a seam are not included.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from bench_real_video import SHARED, found_in, our_boxes
from real_video.found import Found
from real_video.sequences import JUDGED, TRAINED_ON, LabelledVideo

from outrack.boxes import iou
from outrack.detectors import default_weights
from outrack.evaluation import SequenceResults, evaluate_sequences
from outrack.jobs.in_parts import WARM_UP_S
from outrack.structures import Tracks
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.stitching import PartTracks, stitched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--weights", type=Path, default=default_weights())
    parser.add_argument("--work", type=Path, default=Path("runs/real-video"))
    parser.add_argument("--parts", type=int, nargs="+", default=[2, 3])
    parser.add_argument("--places", type=int, default=8, help="number of positions of the seams")
    parser.add_argument("--overlap", type=float, help="seconds; by default that of the command")
    options = parser.parse_args()
    boxes = our_boxes(options.weights, "balanced")
    print("sequence       parts  HOTA whole  cut            IDF1 whole  cut            ids lost at seams")
    for name in [name for name in JUDGED if name not in TRAINED_ON]:
        video = LabelledVideo.open(options.data, name)
        found = found_in(video, boxes, options.work)
        config = TrackerConfig(frame_rate=video.frame_rate).with_values(dict(boxes.settings))
        config = config.starting_at(boxes.threshold)
        overlap_s = config.max_lost_s + WARM_UP_S if options.overlap is None else options.overlap
        overlap = round(overlap_s * video.frame_rate)
        frames = range(video.first, video.num_frames)
        whole = tracked(found, frames, video, config)
        best = scores(video, frames, whole)
        for parts in options.parts:
            rows = []
            for place in np.linspace(0.3, 0.7, options.places):
                seams = [frames.start + int(len(frames) * (k + place) / parts) for k in range(parts)][: parts - 1]
                cut = in_parts(found, frames, seams, overlap, video, config)
                lost, going = lost_at(whole, cut, [seam - frames.start for seam in seams])
                rows.append((*scores(video, frames, cut), lost, going))
            hota, idf1, lost, going = np.array(rows, float).T
            print(
                f"{name:15}{parts:5}{best[0]:12.2f}  {hota.mean():.2f} +- {hota.std(ddof=1):.2f}  {best[1]:10.2f}  "
                f"{idf1.mean():.2f} +- {idf1.std(ddof=1):.2f}  {lost.sum():4.0f} of {going.sum():.0f}",
                flush=True,
            )


def tracked(found: Found, frames: range, video: LabelledVideo, config: TrackerConfig) -> list[Tracks]:
    tracker = Tracker(config)
    tracks = []
    for frame in frames:
        seen = found.detections[frame]
        seen = seen[seen.scores >= config.low_score]
        motion = found.motion[frame] if frame > frames.start else None
        tracks.append(tracker.update(seen, timestamp=(frame - frames.start) / video.frame_rate, camera_motion=motion))
    return tracks


def in_parts(
    found: Found, frames: range, seams: Sequence[int], overlap: int, video: LabelledVideo, config: TrackerConfig
) -> list[Tracks]:
    first_own_frames, ends = [frames.start, *seams], [*seams, frames.stop]
    starts = [frames.start, *(max(frames.start, seam - overlap) for seam in seams)]
    runs = [tracked(found, range(start, end), video, config) for start, end in zip(starts, ends, strict=True)]
    parts = [part_of(run, start, found, config) for run, start in zip(runs, starts, strict=True)]
    whole_ids = stitched(parts, first_own_frames, config)
    cut: list[Tracks] = []
    for run, start, own, ids in zip(runs, starts, first_own_frames, whole_ids, strict=True):
        rows = np.cumsum([0, *(len(tracks) for tracks in run)])
        for k, tracks in enumerate(run):
            if start + k >= own:
                named = ids[rows[k] : rows[k + 1]]
                order = named.argsort()
                cut.append(
                    Tracks(
                        tracks.xyxy[order],
                        named[order],
                        tracks.scores[order],
                        tracks.class_ids[order],
                        tracks.states[order],
                        tracks.detection_index[order],
                    )
                )
    return cut


def part_of(run: Sequence[Tracks], start: int, found: Found, config: TrackerConfig) -> PartTracks:
    looks: dict[int, list[np.ndarray]] = {}
    for k, tracks in enumerate(run):
        seen = found.detections[start + k]
        seen = seen[seen.scores >= config.low_score]
        for one, row in zip(tracks.ids.tolist(), tracks.detection_index.tolist(), strict=True):
            if row >= 0 and seen.embeddings is not None:
                looks.setdefault(one, []).append(seen.embeddings[row])

    def mean(some: list[np.ndarray]) -> np.ndarray:
        total = np.mean(some, axis=0)
        return total / np.linalg.norm(total)

    return PartTracks(
        frames=np.concatenate([np.full(len(tracks), start + k) for k, tracks in enumerate(run)]),
        ids=np.concatenate([tracks.ids for tracks in run]),
        class_ids=np.concatenate([tracks.class_ids for tracks in run]),
        xyxy=np.concatenate([tracks.xyxy for tracks in run]),
        first_embeddings={one: mean(some[:10]) for one, some in looks.items()},
        last_embeddings={one: mean(some[-10:]) for one, some in looks.items()},
    )


def scores(video: LabelledVideo, frames: range, tracks: list[Tracks]) -> tuple[float, float]:
    found = evaluate_sequences([(video.truth_of(frames), SequenceResults.from_tracks(tracks))]).combined
    return found.hota, found.idf1


def lost_at(whole: list[Tracks], cut: list[Tracks], seams: Sequence[int]) -> tuple[int, int]:
    """Of the identities of the whole run on both sides of a seam, the number that change at the seam in the split
    run."""
    lost = going = 0
    for seam in seams:
        before, after = names(whole[seam - 1], cut[seam - 1]), names(whole[seam], cut[seam])
        both = before.keys() & after.keys()
        going += len(both)
        lost += sum(before[one] != after[one] for one in both)
    return lost, going


def names(whole: Tracks, cut: Tracks) -> dict[int, int]:
    """{identity of the whole run: that of the box of the cut run which lies on it}."""
    if not len(whole) or not len(cut):
        return {}
    overlap = iou(whole.xyxy, cut.xyxy)
    best = overlap.argmax(axis=1)
    return {int(whole.ids[i]): int(cut.ids[j]) for i, j in enumerate(best.tolist()) if overlap[i, j] >= 0.5}


if __name__ == "__main__":
    main()
