from __future__ import annotations

from pathlib import Path

import pytest

from outrack.detectors import Detector, PrecomputedDetections
from outrack.structures import Frame


def written(folder: Path, text: str) -> Path:
    path = folder / "det.txt"
    path.write_text(text)
    return path


def test_frames_are_looked_up_by_number_best_first(tmp_path: Path):
    path = written(tmp_path, "3,-1,10,20,30,40,0.5\n1,-1,0,0,5,5,0.9,-1,-1,-1\n\n3,-1,1,2,3,4,0.8\n")
    detector = PrecomputedDetections(path)
    assert detector.last_frame == 3
    third = detector(Frame(None, 2, 0.0))
    assert third.xyxy.tolist() == [[1, 2, 4, 6], [10, 20, 40, 60]]
    assert third.scores.tolist() == [0.8, 0.5]
    assert third.occlusions is None
    assert len(detector(Frame(None, 0, 0.0))) == 1
    assert len(detector(Frame(None, 1, 0.0))) == 0
    assert len(detector(Frame(None, 99, 0.0))) == 0


def test_conf_drops_boxes_but_not_the_length(tmp_path: Path):
    detector = PrecomputedDetections(written(tmp_path, "1,-1,0,0,5,5,0.9\n2,-1,0,0,5,5,0.1\n"), min_score=0.5)
    assert (len(detector(Frame(None, 0, 0.0))), len(detector(Frame(None, 1, 0.0)))) == (1, 0)
    assert detector.last_frame == 2


def test_fractions_of_the_picture_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match=r"det\.txt: all boxes lie within two pixels; .*fractions of the picture"):
        PrecomputedDetections(written(tmp_path, "1,-1,0.1,0.2,0.1,0.3,0.9\n2,-1,0.5,0.2,0.5,0.8,0.9\n"))
    PrecomputedDetections(written(tmp_path, "1,-1,0,0,0.5,0.5,0.9\n2,-1,0.1,0.2,40,90,0.9\n"))


def test_boxes_that_are_all_too_weak_are_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    PrecomputedDetections(written(tmp_path, "1,-1,0,0,5,5,-1\n2,-1,0,0,5,5,-1\n"), min_score=0.1)
    assert "none of its 2 boxes has a score of 0.1 or more; the best has -1" in caplog.text


def test_an_empty_file_has_no_frames(tmp_path: Path):
    detector = PrecomputedDetections(written(tmp_path, ""))
    assert detector.last_frame == 0
    assert isinstance(detector, Detector)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,-1,0,0,5,5", "line 3: expected at least 7 columns, got 6"),
        ("1,-1,0,0,5,5,nan", "line 3: a number is not finite"),
        ("1,-1,0,0,five,5,1", "line 3: expected numbers"),
        ("1e300,-1,0,0,5,5,1", "line 3: expected a whole number as frame, got 1"),
        ("0,-1,0,0,5,5,1", "line 3: expected a frame from 1, got 0"),
        ("1.5,-1,0,0,5,5,1", r"line 3: expected a whole number as frame, got 1\.5"),
        ("2,-1,1e300,0,5,5,1", r"line 3: x, y, width, height \[1e\+300, 0\.0, 5\.0, 5\.0\] are far outside"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, message: str):
    path = written(tmp_path, f"1,-1,0,0,5,5,0.9\n\n{line}\n")
    with pytest.raises(ValueError, match=rf"det\.txt, {message}"):
        PrecomputedDetections(path)


def test_boxes_without_area_are_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = written(tmp_path, "1,-1,0,0,5,5,0.9\n\n2,-1,0,0,0,5,1\n1,-1,0,0,5,-2,1\n3,-1,1,2,3,4,0.8\n")
    detector = PrecomputedDetections(path)
    assert [len(detector(Frame(None, index, 0.0))) for index in range(3)] == [1, 0, 1]
    assert "det.txt, line 3: dropped 2 boxes without area (the first has width 0 and height 5)" in caplog.text


def test_ground_truth_gives_its_pedestrians(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = written(tmp_path, "1,1,0,0,5,5,1,1,1\n1,2,9,9,5,5,1,3,1\n1,3,20,20,5,5,0,1,1\n")
    assert PrecomputedDetections(path)(Frame(None, 0, 0.0)).xyxy.tolist() == [[0, 0, 5, 5]]
    assert "1 of 3 rows are pedestrians that count" in caplog.text


def test_an_absent_file_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="no such detections file"):
        PrecomputedDetections(tmp_path / "det.txt")


def test_percent_are_refused_unless_the_threshold_is_percent(tmp_path: Path):
    path = written(tmp_path, "1,-1,0,0,5,5,0.9\n1,-1,0,0,5,5,87\n")
    with pytest.raises(ValueError, match=r"det\.txt, line 2: a score of 87; expected 0 to 1.*Divide percent by 100"):
        PrecomputedDetections(path, min_score=0.1)
    assert len(PrecomputedDetections(path, min_score=10)(Frame(None, 0, 0.0))) == 1
