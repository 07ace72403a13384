"""How long each person is in view, frame by frame.

python examples/time_in_view.py [VIDEO] [MAX_FRAMES]
"""

from __future__ import annotations

import sys
from pathlib import Path

import outrack

SAMPLE = Path(__file__).parents[1] / "samples" / "crossing.mp4"


def main(video: str | Path = SAMPLE, max_frames: str = "60") -> None:
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    for frame, _, tracks in outrack.track(video, max_frames=int(max_frames)):
        for person in tracks.ids.tolist():
            first.setdefault(person, frame.timestamp_s)
            last[person] = frame.timestamp_s
    for person, start in first.items():
        print(f"person {person}: {last[person] - start:.1f} s in view, from {start:.1f} s on")


if __name__ == "__main__":
    main(*sys.argv[1:])
