"""Count people who cross a vertical line, in both directions.

python examples/count_crossings.py [VIDEO] [X_IN_PIXELS] [MAX_FRAMES]
"""

from __future__ import annotations

import sys
from pathlib import Path

import outrack

SAMPLE = Path(__file__).parents[1] / "samples" / "crossing.mp4"


def main(video: str | Path = SAMPLE, x: str = "320", max_frames: str = "60") -> None:
    line = float(x)
    was_right: dict[int, bool] = {}
    to_the_right = to_the_left = 0
    for _, _, tracks in outrack.track(video, max_frames=int(max_frames)):
        centres = (tracks.xyxy[:, 0] + tracks.xyxy[:, 2]) / 2
        for person, centre in zip(tracks.ids.tolist(), centres, strict=True):
            is_right = bool(centre > line)
            before = was_right.get(person, is_right)
            to_the_right += is_right and not before
            to_the_left += before and not is_right
            was_right[person] = is_right
    print(f"{to_the_right} crossed to the right, {to_the_left} to the left")


if __name__ == "__main__":
    main(*sys.argv[1:])
