"""Compose a synthetic sequence with exact labels, track its detections, and score the tracks. Needs outrack[eval].

python examples/score_tracks.py [FOLDER] [FRAMES]
"""

from __future__ import annotations

import sys
from pathlib import Path

import outrack
from outrack.detectors import PrecomputedDetections
from outrack.evaluation import evaluate
from outrack.synth import ComposedVideo, crowd_source
from outrack.synth.writer import write_sequence


def main(folder: str = "out/synthetic", frames: str = "40") -> None:
    place = Path(folder)
    video = ComposedVideo(crowd_source(None, None), seed=0, size=(320, 192), num_frames=int(frames), num_people=6)
    sequence = write_sequence(video, place / "data", detections_seed=0)
    detector = PrecomputedDetections(sequence / "det" / "det.txt")
    outrack.track(sequence, place / "results" / f"{sequence.name}.txt", detector=detector, overwrite=True)
    scores = evaluate(place / "data", place / "results", benchmark="plain").combined
    print(f"HOTA {scores.hota:.1f}, MOTA {scores.mota:.1f}, IDF1 {scores.idf1:.1f}, {scores.idsw} identity switches")


if __name__ == "__main__":
    main(*sys.argv[1:])
