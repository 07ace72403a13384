"""The same job with BoxMOT's tracker and OpenCV, on the boxes of the same network.

python examples/side_by_side/by_boxmot.py VIDEO OUT_STEM [MAX_FRAMES]    (pip install boxmot)
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from boxmot import ByteTrack

import outrack

video, out, *most = sys.argv[1:]
detector = outrack.load_detector()
capture = cv2.VideoCapture(video)
size = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
sink = cv2.VideoWriter(f"{out}.mp4", cv2.VideoWriter_fourcc(*"mp4v"), capture.get(cv2.CAP_PROP_FPS), size)
tracker = ByteTrack()
number = 0
with Path(f"{out}.txt").open("w") as table:
    while number < (int(most[0]) if most else 10**9):
        there, frame = capture.read()
        if not there:
            break
        number += 1
        found = detector(frame[..., ::-1])
        rows = tracker.update(np.column_stack([found.xyxy, found.scores, found.class_ids]), frame)
        for x1, y1, x2, y2, identity, score, *_ in rows:
            print(number, int(identity), x1, y1, x2 - x1, y2 - y1, score, -1, -1, -1, sep=",", file=table)
        sink.write(tracker.plot_results(frame, show_trajectories=False))
sink.release()
