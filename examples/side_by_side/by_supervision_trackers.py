"""The same job with supervision and trackers, on the boxes of the same network.

python examples/side_by_side/by_supervision_trackers.py VIDEO OUT_STEM [MAX_FRAMES] (pip install supervision trackers)
"""

import sys
from pathlib import Path

import supervision as sv
from trackers import ByteTrackTracker

import outrack

video, out, *most = sys.argv[1:]
detector = outrack.load_detector()
info = sv.VideoInfo.from_video_path(video)
tracker = ByteTrackTracker(frame_rate=info.fps)
draw_boxes = sv.BoxAnnotator(color_lookup=sv.ColorLookup.TRACK)
draw_labels = sv.LabelAnnotator(color_lookup=sv.ColorLookup.TRACK)
frames = sv.get_video_frames_generator(video, end=int(most[0]) if most else None)
with sv.VideoSink(f"{out}.mp4", info) as sink, Path(f"{out}.txt").open("w") as table:
    for number, frame in enumerate(frames, start=1):
        found = detector(frame[..., ::-1])
        people = tracker.update(sv.Detections(xyxy=found.xyxy, confidence=found.scores, class_id=found.class_ids))
        people = people[people.tracker_id != -1]
        for (x1, y1, x2, y2), identity, score in zip(people.xyxy, people.tracker_id, people.confidence, strict=True):
            print(number, identity, x1, y1, x2 - x1, y2 - y1, score, -1, -1, -1, sep=",", file=table)
        drawn = draw_boxes.annotate(frame.copy(), people)
        sink.write_frame(draw_labels.annotate(drawn, people, [str(identity) for identity in people.tracker_id]))
