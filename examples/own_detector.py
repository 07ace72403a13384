"""Track the boxes of any detector: here two people who pass each other, one of whom the detector then misses.

python examples/own_detector.py
"""

from __future__ import annotations

import numpy as np

import outrack


def my_detector(frame: int) -> np.ndarray:
    """Boxes x1, y1, x2, y2 and their scores, (N, 5): replace this with your own."""
    left, right = 100 + 5 * frame, 400 - 5 * frame
    boxes = [[left, 100, left + 40, 220, 0.9], [right, 90, right + 40, 210, 0.9]]
    hidden = abs(left - right) < 30  # the second person is behind the first
    return np.array(boxes[:1] if hidden else boxes, float)


def main() -> None:
    tracker = outrack.Tracker(frame_rate=25)
    for frame in range(60):
        found = my_detector(frame)
        tracks = tracker.update(outrack.Detections(xyxy=found[:, :4], scores=found[:, 4]))
        states = [outrack.TrackState(state).name for state in tracks.states]
        if frame % 10 == 0:
            print(frame, dict(zip(tracks.ids.tolist(), states, strict=True)))


if __name__ == "__main__":
    main()
