"""Track the results of any detector from a COCO results file, whose `image_id` counts the frames from 1.

python examples/coco_results.py [results.json] [video] [output.csv]
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import outrack

RESULTS = Path(__file__).with_suffix(".json")  # of the first 12 frames of the sample clip
SAMPLE = Path(__file__).parents[1] / "samples" / "crossing.mp4"


def main(results: str | Path = RESULTS, video: str | Path = SAMPLE, output: str | Path = "people.csv") -> None:
    found_in = defaultdict(list)
    for found in json.loads(Path(results).read_text(encoding="utf-8")):
        found_in[found["image_id"]].append(found)  # {"image_id", "category_id", "bbox": [x, y, width, height], "score"}
    summary = outrack.track(
        video, output, detector=lambda frame: found_in[frame.index + 1], max_frames=max(found_in), overwrite=True
    )
    print(summary.num_people, "people in", summary.num_frames, "frames:", output)


if __name__ == "__main__":
    main(*sys.argv[1:])
