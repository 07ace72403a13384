"""Track with a model that returns Results as Ultralytics does: `boxes.xyxy`, `boxes.conf` and `boxes.cls`.

The model here is a stand-in that finds what moves, and needs no Ultralytics. With it installed, write
`model = YOLO("yolo11n.pt")` and leave out the two classes.

python examples/ultralytics_results.py [video] [output.csv] [frames]
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scipy import ndimage

import outrack

SAMPLE = Path(__file__).parents[1] / "samples" / "crossing.mp4"


class Results:
    """What an Ultralytics model found in one picture."""

    def __init__(self, xyxy: np.ndarray, conf: np.ndarray) -> None:
        self.boxes = SimpleNamespace(xyxy=xyxy, conf=conf, cls=np.zeros(len(xyxy)))


class MovementModel:
    """Boxes around what changed since the previous picture; called as an Ultralytics model is, with BGR pixels."""

    previous: np.ndarray | None = None

    def __call__(self, bgr: np.ndarray, conf: float) -> list[Results]:
        grey = ndimage.uniform_filter(bgr[..., 1].astype(np.float32), 5)
        changed = np.zeros(grey.shape, bool) if self.previous is None else abs(grey - self.previous) > 12
        self.previous = grey
        areas, _ = ndimage.label(ndimage.binary_dilation(changed, iterations=6))
        found = [(x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(areas)]
        boxes = np.array(found, float).reshape(-1, 4)
        score = np.minimum((boxes[:, 3] - boxes[:, 1]) / 80, 1)  # taller is more likely a person
        return [Results(boxes[score > conf], score[score > conf])]


def main(video: str | Path = SAMPLE, output: str | Path = "people.csv", frames: str = "100") -> None:
    model = MovementModel()
    summary = outrack.track(
        video,
        output,
        detector=lambda frame: model(frame.pixels[..., ::-1], conf=0.1),  # Ultralytics expects BGR
        max_frames=int(frames),
        overwrite=True,
    )
    print(summary.num_people, "people in", summary.num_frames, "frames:", output)


if __name__ == "__main__":
    main(*sys.argv[1:])
