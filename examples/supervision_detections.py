"""Track `supervision.Detections` in your own loop: two people walk, and the detector finds each of them twice.

python examples/supervision_detections.py        (needs supervision: pip install "outrack[viz]")
"""

from __future__ import annotations

import numpy as np
import supervision as sv

import outrack


def my_detector(frame: int) -> sv.Detections:
    """Replace this with a model and, for example, `sv.Detections.from_ultralytics` or `from_inference`."""
    people = np.array([[100 + 5 * frame, 100, 140 + 5 * frame, 220], [400 - 5 * frame, 300, 440 - 5 * frame, 420]])
    return sv.Detections(
        xyxy=np.concatenate([people, people + 3]).astype(float),
        confidence=np.array([0.9, 0.8, 0.5, 0.5]),
        class_id=np.zeros(4, int),
    )


def main() -> None:
    tracker = outrack.Tracker(frame_rate=25)
    for frame in range(60):
        people = tracker.update(my_detector(frame).with_nms(threshold=0.5))  # with tracker_id, and the states in data
        if frame % 10 == 0:
            print(frame, people.tracker_id, people.xyxy[:, 0].round())


if __name__ == "__main__":
    main()
