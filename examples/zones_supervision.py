"""Zones and lines of supervision on our tracks: people in the left half, and crossings of the middle.

python examples/zones_supervision.py [VIDEO] [MAX_FRAMES]        (needs supervision: pip install "outrack[viz]")
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import supervision as sv

import outrack

SAMPLE = Path(__file__).parents[1] / "samples" / "crossing.mp4"


def main(video: str | Path = SAMPLE, max_frames: str = "60") -> None:
    with outrack.open_source(video, max_frames=int(max_frames)) as source:
        assert source.size is not None
        width, height = source.size
        half = sv.PolygonZone(np.array([[0, 0], [width // 2, 0], [width // 2, height], [0, height]]))
        middle = sv.LineZone(start=sv.Point(width / 2, height), end=sv.Point(width / 2, 0))
        most = 0
        for _, _, tracks in outrack.track(source):
            people = tracks.to_supervision()  # with tracker_id, and state in people.data
            most = max(most, int(half.trigger(people).sum()))
            middle.trigger(people)
    print(f"up to {most} in the left half; crossed: {middle.in_count} one way, {middle.out_count} the other")


if __name__ == "__main__":
    main(*sys.argv[1:])
