"""Results of every kind as arrays on a common time axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.io.run_record import write_run_record
from outrack.report import find_results, read_run
from outrack.structures import TrackState

from .conftest import RECORD


def test_json_lines_contain_frames_times_and_states(results: Path) -> None:
    run = read_run(results)
    assert (run.name, run.unit, run.record, run.points) == ("street", "s", None, None)
    assert run.frames.tolist() == [1, 2, 3, 4, 5, 6]
    assert run.starts == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert list(zip(run.position.tolist(), run.ids.tolist(), strict=True)) == [
        *[(0, 1), (1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (5, 1)]
    ]
    assert run.states is not None
    assert run.states[5] == TrackState.REFOUND
    assert run.xyxy[0].tolist() == [11, 10, 19, 50]


def test_predicted_occlusions_are_read(results: Path) -> None:
    results.write_text('{"frame": 1, "timestamp_s": 0, "tracks": [], "occlusions": [[3, 4, 0.5], [5, 6, 0.2]]}\n')
    points = read_run(results).points
    assert points is not None
    assert points.tolist() == [[3, 4], [5, 6]]


@pytest.mark.parametrize("name", ["a.csv", "A.CSV"])
def test_a_table_names_no_empty_frames_and_they_are_filled_in_its_steps(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    header = "frame,timestamp_s,id,x1,y1,x2,y2,score,class_id,state\n"
    rows = [f"{frame},{(frame - 1) / 10},7,0,0,5,5,1,0,detected\n" for frame in (1, 4, 13)]  # --stride 3
    path.write_text(header + "".join(rows))
    assert find_results(path) == find_results(tmp_path) == [path]
    run = read_run(path)
    assert run.frames.tolist() == [1, 4, 7, 10, 13]
    assert run.starts == pytest.approx([0.0, 0.3, 0.6, 0.9, 1.2, 1.5])
    assert run.position.tolist() == [0, 1, 4]


@pytest.mark.parametrize(("rate", "unit", "last"), [(None, "frames", 3.0), (25.0, "s", 0.12)])
def test_text_without_times_counts_frames_unless_a_rate_is_given(
    tmp_path: Path, rate: float | None, unit: str, last: float
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("1,1,0,0,5,5,1,-1,-1,-1\n3,1,0,0,5,5,1,-1,-1,-1\n2,1,0,0,5,5,1,-1,-1,-1\n")
    run = read_run(path, frame_rate=rate)
    assert (run.unit, run.states) == (unit, None)
    assert run.starts[-1] == pytest.approx(last)
    assert run.position.tolist() == [0, 1, 2]


def test_the_summary_next_to_a_file_has_its_frame_rate(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1,1,0,0,5,5,1,-1,-1,-1\n2,1,0,0,5,5,1,-1,-1,-1\n")
    write_run_record(tmp_path / "a.summary.json", RECORD)
    run = read_run(tmp_path / "a.txt")
    assert run.record == RECORD
    assert run.starts == pytest.approx([0.0, 0.1, 0.2])


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
def test_an_empty_file_is_a_run_without_tracks(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    run = read_run(tmp_path / name)
    assert len(run.ids) == len(run.frames) == 0
    assert run.starts.tolist() == [0.0]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"frame": 1, "timestamp_s": "noon", "tracks": []}', "line 1: expected a number as timestamp_s, got 'noon'"),
        ('{"frame": 1, "timestamp_s": 1e999, "tracks": []}', "line 1: expected a finite number as timestamp_s"),
        ('{"frame": 1, "tracks": [], "occlusions": [3]}', "line 1: expected"),
        ('{"frame": 1, "tracks": [{"id": 1, "xyxy": [0, 0, 1, 1], "state": "gone"}]}', "got 'gone'"),
        ('{"frame": 1, "tracks": [{"xyxy": [0, 0, 1, 1]}]}', "line 1: expected"),
    ],
)
def test_a_malformed_line_is_named(results: Path, line: str, complaint: str) -> None:
    results.write_text(line + "\n")
    with pytest.raises(ValueError, match=complaint):
        read_run(results)


def test_a_folder_gives_the_most_informative_format_of_each_name(tmp_path: Path) -> None:
    for name in ("a.txt", "a.jsonl", "b.txt", "b.csv", "b.summary.json", "c.txt", "notes.json", "a.mp4"):
        (tmp_path / name).write_text("{}")
    assert [path.name for path in find_results(tmp_path)] == ["a.jsonl", "b.csv", "c.txt"]


def test_invalid_result_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no results found"):
        find_results(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        find_results(tmp_path / "a.jsonl")
    (tmp_path / "a.mp4").write_text("")
    with pytest.raises(ValueError, match="Give a video as --video"):
        find_results(tmp_path / "a.mp4")


def test_equal_times_cause_no_division_by_zero(results: Path) -> None:
    results.write_text("".join(f'{{"frame": {n}, "timestamp_s": 0, "tracks": []}}\n' for n in (1, 2)))
    assert np.isfinite(read_run(results).starts).all()


def test_exchanged_corners_are_refused_and_a_time_that_goes_back_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.csv"
    header = "frame,timestamp_s,id,x1,y1,x2,y2\n"
    path.write_text(f"{header}1,0,7,9,0,5,5\n")
    with pytest.raises(ValueError, match=r"a\.csv, line 2: expected the corners x1, y1, x2, y2 of a box, got \[9"):
        read_run(path)
    path.write_text(f"{header}1,0,7,0,0,5,5\n2,0.4,7,0,0,5,5\n4,0.1,7,0,0,5,5\n5,0.5,7,0,0,5,5\n")
    assert read_run(path).starts[:-1] == pytest.approx([0, 0.4, 0.4, 0.4, 0.5])
    assert "a.csv: the time goes back from 0.4 s in frame 2 to 0.1 s in frame 4" in caplog.text


def test_a_score_that_is_not_finite_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"frame": 1, "tracks": [{"id": 1, "xyxy": [1, 2, 3, 4], "score": NaN}]}\n')
    with pytest.raises(ValueError, match=r"line 1: expected .* finite id, score and class, got box .* score nan"):
        read_run(path)
