"""Frames per second and HOTA of whole pipelines on the same labelled video: ours and alternatives.

    python benchmarks/bench_whole_pipelines.py --data ../shared/data

From a video file to tracks, without drawing. Ours at each `--speed`, and without smoothing (`--online`). The others are
a loop as a user would write it: OpenCV decodes and scales, YOLOX-nano runs in ONNX Runtime with its defaults, and a
tracker of the package `trackers` assigns identities with its defaults. The pipelines alternate, and the best of a few
rounds counts, so that other load affects all of them. HOTA of MOT17 is that of the second half; the bundled network was
trained on the first one. The HOTA of a single run may be a few points off; `bench_real_video.py` has means with their
spread.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np
from peers import PeerName, PeerTracker
from real_video.sequences import LabelledVideo
from rich.console import Console
from rich.table import Table
from yolox import SIDE, YoloxNano

import outrack
from outrack.detectors import Speed
from outrack.evaluation import SequenceResults, evaluate_sequences
from outrack.structures import Tracks

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"
SPEEDS: tuple[Speed, ...] = ("fast", "balanced", "accurate")
PEERS: dict[str, PeerName] = {"SORT": "sort", "ByteTrack": "bytetrack", "OC-SORT": "ocsort", "BoT-SORT": "botsort"}

Pipeline = Callable[[LabelledVideo], list[Tracks]]
"""From a video to the tracks of each of its frames."""


def ours(speed: Speed | None, *, online: bool = False) -> Pipeline:
    detector = None if speed is None else outrack.load_detector(speed=speed)

    def run(video: LabelledVideo) -> list[Tracks]:
        return [result.tracks for result in outrack.track(video.path, detector=detector, online=online)]

    return run


def yolox_and(name: PeerName, weights: Path) -> Pipeline:
    detector = YoloxNano(weights)

    def run(video: LabelledVideo) -> list[Tracks]:
        tracker, tracks = PeerTracker(name, frame_rate=video.frame_rate), []
        capture = cv2.VideoCapture(str(video.path))
        while True:
            more, picture = capture.read()
            if not more:
                return tracks
            height, width, _ = picture.shape
            ratio = min(SIDE / height, SIDE / width)
            size = (int(width * ratio), int(height * ratio))
            canvas = np.full((SIDE, SIDE, 3), 114, np.uint8)
            canvas[: size[1], : size[0]] = cv2.resize(picture, size)[:, :, ::-1]
            tracks.append(tracker.update(detector.on_canvas(canvas, ratio)))

    return run


def hota(video: LabelledVideo, tracks: list[Tracks]) -> float:
    judged = video.used(skip=0, stride=1)
    results = SequenceResults.from_tracks(tracks[judged.start :])
    return evaluate_sequences([(video.truth_of(judged), results)]).combined.hota


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder with video_labelled")
    parser.add_argument("--yolox", type=Path, default=SHARED / "weights" / "yolox_nano" / "yolox_nano.onnx")
    parser.add_argument("--sequences", nargs="+", default=["MOT17-11", "ETH-Sunnyday", "TUD-Stadtmitte"])
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args()
    pipelines = {f"outrack, --speed {speed}": ours(speed) for speed in SPEEDS}
    pipelines |= {"outrack, defaults": ours(None), "outrack, --speed fast --online": ours("fast", online=True)}
    pipelines |= {f"YOLOX-nano + trackers {title}": yolox_and(name, chosen.yolox) for title, name in PEERS.items()}
    videos = [LabelledVideo.open(chosen.data, name) for name in chosen.sequences]
    spent: dict[tuple[str, str], float] = {}
    score: dict[tuple[str, str], float] = {}
    for _ in range(chosen.rounds):
        for video in videos:
            for name, run in pipelines.items():
                begun = time.perf_counter()
                tracks = run(video)
                seconds = time.perf_counter() - begun
                spent[name, video.name] = min(seconds, spent.get((name, video.name), seconds))
                score[name, video.name] = hota(video, tracks)
    table = Table("pipeline", title="frames per second and HOTA")
    for video in videos:
        table.add_column(video.name, justify="right")
    table.add_column("mean HOTA", justify="right")
    for name in pipelines:
        cells = [f"{video.num_frames / spent[name, video.name]:.1f}, {score[name, video.name]:.1f}" for video in videos]
        table.add_row(name, *cells, f"{np.mean([score[name, video.name] for video in videos]):.1f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
