"""Text files with one line per box or per frame: MOTChallenge, CSV, JSON Lines. Frames count from 1."""

from __future__ import annotations

import json

from outrack.boxes import xyxy_to_xywh
from outrack.io.motchallenge import result_line
from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.video.writers.base import TextWriter

__all__ = ["CsvWriter", "JsonLinesWriter", "MotWriter"]


class MotWriter(TextWriter):
    """MOTChallenge results: `frame,id,left,top,width,height,score,-1,-1,-1`, sorted by frame, then id."""

    def lines(self, frame: Frame, detections: Detections, tracks: Tracks) -> str:
        rows = zip(tracks.ids.tolist(), xyxy_to_xywh(tracks.xyxy), tracks.scores.tolist(), strict=True)
        return "".join(result_line(frame.index + 1, *row) for row in sorted(rows, key=lambda row: row[0]))


class CsvWriter(TextWriter):
    """One row per box, with a header. Pixels have two decimals, seconds six; states are names."""

    header = "frame,timestamp_s,id,x1,y1,x2,y2,score,class_id,state\n"

    def lines(self, frame: Frame, detections: Detections, tracks: Tracks) -> str:
        return "".join(
            f"{frame.index + 1},{frame.timestamp_s:.6f},{track_id},{x1:.2f},{y1:.2f},{x2:.2f},{y2:.2f},"
            f"{score:.4f},{class_id},{state}\n"
            for track_id, (x1, y1, x2, y2), score, class_id, state in _rows(tracks)
        )


class JsonLinesWriter(TextWriter):
    """One object per frame, including frames without tracks:
    `{"frame", "timestamp_s", "tracks": [{"id", "xyxy", "score", "class_id", "state"}], "occlusions": [[x, y, score]]}`;
    `occlusions` is missing if the detector predicts none.
    """

    def lines(self, frame: Frame, detections: Detections, tracks: Tracks) -> str:
        entry: dict[str, object] = {
            "frame": frame.index + 1,
            "timestamp_s": round(frame.timestamp_s, 6),
            "tracks": [
                {
                    "id": track_id,
                    "xyxy": [round(value, 2) for value in xyxy],
                    "score": round(score, 4),
                    "class_id": class_id,
                    "state": state,
                }
                for track_id, xyxy, score, class_id, state in _rows(tracks)
            ],
        }
        if detections.occlusions is not None:
            entry["occlusions"] = [[round(value, 4) for value in point] for point in detections.occlusions.tolist()]
        return json.dumps(entry, separators=(",", ":")) + "\n"


def _rows(tracks: Tracks) -> list[tuple[int, list[float], float, int, str]]:
    """Id, box, score, class and state name of each track, by id."""
    states = [TrackState(state).word for state in tracks.states.tolist()]
    columns = (tracks.ids.tolist(), tracks.xyxy.tolist(), tracks.scores.tolist(), tracks.class_ids.tolist(), states)
    return sorted(zip(*columns, strict=True))
