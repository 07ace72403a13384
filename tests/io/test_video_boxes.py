"""Boxes files of every kind, as `outrack track` and other tools write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from outrack.io.labels import read_labels
from outrack.io.sequences import LabelledSequence
from outrack.io.video_boxes import read_boxes_coco, read_boxes_csv, read_boxes_jsonl, read_boxes_mot
from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.video.writers.coco import CocoVidWriter
from outrack.video.writers.tables import CsvWriter, JsonLinesWriter, MotWriter

NO_DETECTIONS = Detections(np.empty((0, 4)), np.empty(0))


def frames_of_tracks() -> list[Tracks]:
    """Two people, none, one refound and one merely predicted, and the same again."""
    two = Tracks(
        xyxy=np.array([[10, 10, 20.5, 40], [30, 5, 44, 41.25]]),
        ids=np.array([2, 1]),
        scores=np.array([0.9, 0.5]),
        class_ids=np.zeros(2, np.int64),
        states=np.array([TrackState.DETECTED, TrackState.DETECTED]),
        detection_index=np.array([0, 1]),
    )
    later = Tracks(
        xyxy=np.array([[11, 10, 21.5, 40], [32, 5, 46, 41.25]]),
        ids=np.array([1, 2]),
        scores=np.array([0.25, 0.75]),
        class_ids=np.zeros(2, np.int64),
        states=np.array([TrackState.REFOUND, TrackState.PREDICTED]),
        detection_index=np.array([-1, -1]),
    )
    return [two, two[np.zeros(2, bool)], later, later]


@pytest.mark.parametrize(
    ("writer", "suffix", "read", "num_later"),
    [
        (MotWriter, ".txt", read_boxes_mot, 2),
        (CsvWriter, ".csv", read_boxes_csv, 1),
        (JsonLinesWriter, ".jsonl", read_boxes_jsonl, 1),
    ],
)
def test_what_track_writes_is_read_back(
    tmp_path: Path, writer: type, suffix: str, read: Callable[[Path], LabelledSequence], num_later: int
) -> None:
    with writer(tmp_path / f"a{suffix}") as out:
        for index, tracks in enumerate(frames_of_tracks()):
            out.write(Frame(None, index, index / 10), NO_DETECTIONS, tracks)
    boxes = read(tmp_path / f"a{suffix}")
    assert boxes.labelled_frames.tolist() == [1, 2, 3, 4]
    # Only CSV and JSON Lines can say that a box was merely predicted; it is left out then.
    assert boxes.frames.tolist() == [1, 1] + [3] * num_later + [4] * num_later
    assert boxes.ids[:3].tolist() == [1, 2, 1]
    assert boxes.xyxy[:3].tolist() == [[30, 5, 44, 41.25], [10, 10, 20.5, 40], [11, 10, 21.5, 40]]
    assert boxes.scores[:3].tolist() == [0.5, 0.9, 0.25]


def test_frames_that_a_stride_left_out_are_not_empty(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"{frame},1,5,5,9,9,1\n" for frame in (4, 7, 16)))
    assert read_boxes_mot(tmp_path / "a.txt").labelled_frames.tolist() == [4, 7, 10, 13, 16]


def test_json_lines_say_which_frames_are_empty(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"frame":1,"tracks":[]}\n{"frame":9,"tracks":[]}\n')
    boxes = read_boxes_jsonl(tmp_path / "a.jsonl")
    assert len(boxes) == 0
    assert boxes.labelled_frames.tolist() == [1, 9]


def test_a_last_line_that_was_cut_off_costs_only_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    line = '{"frame":%d,"tracks":[{"id":1,"xyxy":[1,2,3,4],"score":1}]}\n'
    path.write_text(line % 1 + line % 2 + (line % 3)[:-20])
    assert read_boxes_jsonl(path).frames.tolist() == [1, 2]
    assert "a.jsonl, line 3: the file ends in the middle of this line" in caplog.text
    path.write_text(line % 1 + (line % 2).rstrip())  # only the end of the line is missing
    assert read_boxes_jsonl(path).frames.tolist() == [1, 2]
    path.write_text(line % 1 + (line % 2)[:-20] + "\n" + line % 3)
    with pytest.raises(ValueError, match=r"a\.jsonl, line 2: expected"):
        read_boxes_jsonl(path)
    path.write_text((line % 1)[:-20])
    with pytest.raises(ValueError, match=r"a\.jsonl, line 1: expected"):
        read_boxes_jsonl(path)


def test_a_line_of_a_table_that_was_cut_off_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("frame,id,x1,y1,x2,y2\n1,1,5,5,9,9\n2,1,5,5\n")
    with pytest.raises(ValueError, match=r"a\.csv, line 3: fewer columns than the header; if the file was cut off"):
        read_boxes_csv(tmp_path / "a.csv")


def test_an_empty_file_has_no_frames(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    assert len(read_boxes_mot(tmp_path / "a.txt").labelled_frames) == 0


def test_detections_and_ground_truth_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,5,6,7,8,0.5\n1,-1,1,2,3,4,0.25\n")
    boxes = read_boxes_mot(tmp_path / "det.txt")
    assert boxes.ids.tolist() == [-1, -1]
    assert boxes.scores.tolist() == [0.5, 0.25]
    (tmp_path / "gt.txt").write_text("1,4,5,6,7,8,1,1,1\n1,5,5,6,7,8,1,3,1\n1,6,5,6,7,8,0,1,1\n")
    assert read_boxes_mot(tmp_path / "gt.txt").ids.tolist() == [4]


def test_a_score_and_an_id_of_zero_stay_zero(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "frame,id,x1,y1,x2,y2,score,class_id\n1,0,1,2,3,4,0.0,0\n1,1,1,2,3,4,0.5,2\n2,,1,2,3,4,,\n"
    )
    boxes = read_boxes_csv(tmp_path / "a.csv")
    assert boxes.ids.tolist() == [0, -1]  # the box of class 2 is no person
    assert boxes.scores.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "1,1,5,6,7\n", "line 1: expected at least 6 columns, got 5"),
        ("a.txt", "0,1,5,6,7,8,1\n", "line 1: expected a frame from 1, got 0"),
        ("a.txt", "1,1,5,6,7,8,1\n\n1.5,1,5,6,7,8,1\n", r"line 3: expected a whole number as frame, got 1\.5"),
        ("a.txt", "1,0,5,6,7,8,1,1,0,0\n1,1,5,6,7,8,1,4,0,1\n", "line 2: columns 8 to 10 look like VisDrone's"),
        ("a.txt", "2000000000,1,5,6,7,8,1\n", "line 1: expected a frame from 1 to 10000000, got 2000000000"),
        ("a.csv", "frame,frame,x1,y1,x2,y2\n1,1,0,0,5,5\n", "line 1: the column frame appears twice"),
        ("a.csv", "frame,x1,y1,x2,y2,class_id\n1,0,0,5,5,0.5\n", r"line 2: expected a whole number as class, got 0\.5"),
        ("a.csv", "frame,id,x1,y1,x2,y2\n1,1.5,0,0,5,5\n", r"line 2: expected a whole number as id, got 1\.5"),
        ("a.jsonl", '{"frame":1.5,"tracks":[]}\n', r"line 1: expected a whole number as frame, got 1\.5"),
        ("a.jsonl", '{"frame":0,"tracks":[]}\n', "line 1: expected a frame from 1, got 0"),
        ("a.jsonl", '{"frame":' + "9" * 400 + ',"tracks":[]}\n', "line 1: expected a frame from 1, got 999"),
        ("a.jsonl", "[" * 100000 + "\n", 'line 1: expected {"frame": 1'.replace("{", r"\{")),
        ("a.csv", "frame,id,left\n1,1,1\n", "line 1: no column x1, x2, y1, y2"),
        ("a.csv", "frame,x1,y1,x2,y2\n1,1,2,3,4\n1,1,two,3,4\n", "line 3: expected numbers"),
        ("a.csv", "frame,x1,y1,x2,y2\n1,1,-1e308,3,1e308\n", "line 2: the box .* is far outside any picture"),
        ("a.csv", "frame,x1,y1,x2,y2\n1,1,nan,3,4\n", "line 2: expected a box of 4 finite"),
        ("a.csv", "frame,x1,y1,x2,y2\n0,1,2,3,4\n", "line 2: expected a frame from 1"),
        ("a.csv", "frame,x1,y1,x2,y2\n1,1,2\n", "line 2: fewer columns than the header"),
        ("a.jsonl", '{"frame":1,"tracks":[]}\nfoo\n', r'line 2: expected \{"frame": 1'),
        ("a.jsonl", '{"frame":1}\n', r'line 1: expected \{"frame": 1'),
        ("a.jsonl", '{"frame":1,"tracks":[{"xyxy":[1,2,3]}]}\n', "line 1: expected a box of 4 finite"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    read = {".txt": read_boxes_mot, ".csv": read_boxes_csv, ".jsonl": read_boxes_jsonl}[Path(name).suffix]
    with pytest.raises(ValueError, match=rf"{name}, {message}"):
        read(tmp_path / name)


def test_ground_truth_keeps_people_who_are_not_seen(tmp_path: Path) -> None:
    path = tmp_path / "street.json"
    with CocoVidWriter(path, name="street", frame_rate=25) as writer:
        for index, tracks in enumerate(frames_of_tracks()):
            writer.write(Frame(np.zeros((60, 80, 3), np.uint8), index, index / 25), NO_DETECTIONS, tracks)
    assert read_boxes_coco(path).frames.tolist() == [1, 1, 3, 4]  # for training, without the predicted ones
    assert read_labels(path, "street").frames.tolist() == [1, 1, 3, 3, 4, 4]
