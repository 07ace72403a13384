"""Track a video into an annotated video and a CSV table.

python examples/track_video.py [VIDEO] [FOLDER] [MAX_FRAMES]
"""

from __future__ import annotations

import sys
from pathlib import Path

import outrack

SAMPLE = Path(__file__).parents[1] / "samples" / "crossing.mp4"


def main(video: str | Path = SAMPLE, folder: str = "out", max_frames: str = "60") -> None:
    outputs = [Path(folder) / f"{Path(video).stem}.tracked{suffix}" for suffix in (".mp4", ".csv")]
    summary = outrack.track(video, outputs, max_frames=int(max_frames), overwrite=True)
    print(f"{summary.num_people} people in {summary.num_frames} frames, {summary.frames_per_second:.0f} per second")
    for path in summary.outputs:
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
