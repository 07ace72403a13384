"""Every malformed file ends in an error that names file and line; files that TrackEval accepts are accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from outrack.evaluation import SequenceResults, evaluate
from outrack.evaluation.folders import read_ground_truth_folder
from outrack.io.results import read_sequence_results
from outrack.io.sequences import rows_by_frame
from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.tables import CsvWriter, JsonLinesWriter

TRUTH = ["1,1,10,10,20,40,1,1,1", "2,1,12,10,20,40,1,1,0.5", "2,2,100,10,20,40,1,1,1"]
RESULT = ["1,7,10,10,20,40,0.9,-1,-1,-1", "2,7,12,10,20,40,0.9,-1,-1,-1"]
Writer = Callable[..., Path]


def test_perfect_results_score_100(add_truth: Writer, add_results: Writer) -> None:
    perfect = [line.replace(",1,1,1", ",1,-1,-1").replace(",1,1,0.5", ",1,-1,-1") for line in TRUTH]
    found = evaluate(add_truth("MOT17-02-SDP", TRUTH), add_results("MOT17-02-SDP", perfect))
    scores = found.combined
    assert (scores.hota, scores.mota, scores.idf1, scores.motp) == (100, 100, 100, 100)
    assert (scores.fp, scores.fn, scores.idsw, scores.mt, scores.num_boxes, scores.num_ids) == (0, 0, 0, 2, 3, 2)
    assert found.sequences == {"MOT17-02-SDP": scores}


def test_an_empty_result_file_is_a_tracker_without_tracks(add_truth: Writer, add_results: Writer) -> None:
    scores = evaluate(add_truth("MOT17-02-SDP", TRUTH), add_results("MOT17-02-SDP", [])).combined
    assert (scores.fn, scores.fp, scores.ml, scores.hota, scores.mota) == (3, 0, 2, 0, 0)


def test_windows_line_ends_blank_lines_and_float_ids(add_truth: Writer, add_results: Writer) -> None:
    ground_truth, folder = add_truth("MOT17-02-SDP", TRUTH), add_results("MOT17-02-SDP", RESULT)
    plain = evaluate(ground_truth, folder).combined
    text = "\r\n\r\n".join(line.replace(",7,", ",7.0,") for line in RESULT)
    (folder / "MOT17-02-SDP.txt").write_bytes(text.encode())
    assert evaluate(ground_truth, folder).combined == plain
    assert plain.fn == 1 and plain.idsw == 0


def test_options_that_match_nothing_are_reported(
    add_truth: Writer, add_results: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    truth = add_truth("MOT17-02-SDP", [line.replace("40,1,1", "40,0,1") for line in TRUTH])
    scores = evaluate(truth, add_results("MOT17-02-SDP", [RESULT[0], "2,7,10,10,-20,40,1"])).combined
    assert (scores.num_boxes, scores.fp) == (0, 2)
    assert "MOT17-02-SDP: none of its ground-truth boxes counts" in caplog.text
    assert "MOT17-02-SDP.txt, line 2: 1 box with a negative width or height: each counts as a false" in caplog.text


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([*RESULT, RESULT[0]], r"MOT17-02-SDP.txt, line 3: identity 7 appears twice in frame 1"),
        ([RESULT[0], "11,7,10,10,20,40,1"], r"line 2: frame 11 lies beyond the 10 frames of MOT17-02-SDP"),
        (["0,7,10,10,20,40,1"], r"line 1: expected a frame from 1, got 0"),
        ([RESULT[0], "", "2,7.5,10,10,20,40,1"], r"line 3: expected a whole number as identity, got 7.5"),
        (["1.5,7,10,10,20,40,1"], r"line 1: expected a whole number as frame, got 1.5"),
        ([RESULT[0], "2,7,10,10"], r"line 2: expected at least 7 columns, got 4"),
        (["1,-1,10,10,20,40,1"], r"line 1: expected an identity of 0 or more, got -1. Is this a file of detections"),
        ([RESULT[0], "2,7,10,10,20,nan,1"], r"line 2: a number is not finite"),
        (["1,a,10,10,20,40,1"], r"line 1: expected numbers"),
        ([RESULT[0], "2,7,10,10,20,40,1,3,-1,-1"], r"line 2: expected only pedestrians"),
    ],
)
def test_a_malformed_result_file_is_refused(
    lines: list[str], message: str, add_truth: Writer, add_results: Writer
) -> None:
    ground_truth = add_truth("MOT17-02-SDP", TRUTH)
    with pytest.raises(ValueError, match=message):
        evaluate(ground_truth, add_results("MOT17-02-SDP", lines))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([*TRUTH, TRUTH[0]], r"gt.txt, line 4: identity 1 appears twice in frame 1"),
        (["11,1,10,10,20,40,1,1,1"], r"line 1: expected a frame from 1 to 10, the length of the sequence, got 11"),
        ([TRUTH[0], "2,1,10,10,20,40,1"], r"line 2: expected at least 8 columns, got 7.*Is this a det.txt"),
        (["1,1.5,10,10,20,40,1,1,1"], r"line 1: expected a whole number as identity, got 1.5"),
        (["1,-1,10,10,20,40,1,1,1"], r"line 1: expected an identity of 0 or more, got -1"),
        (["1,1,10,10,20,-40,1,1,1"], r"line 1: expected a width and height of 0 or more"),
        (["1,1e300,10,10,20,40,1,1,1"], r"line 1: expected a whole number as identity, got 1"),
        (["1,1,10,10,20,40,1,1,0,0", "1,2,10,10,20,40,1,4,0,1"], r"line 2: columns 8 to 10 look like VisDrone's"),
        (["1,1,10,10,20,40,1,-1,-1"], r'line 1: expected a class from 1 to 13, got -1.*benchmark "plain"'),
    ],
)
def test_malformed_ground_truth_is_refused(
    lines: list[str], message: str, add_truth: Writer, add_results: Writer
) -> None:
    folder = add_results("MOT17-02-SDP", RESULT)
    with pytest.raises(ValueError, match=message):
        evaluate(add_truth("MOT17-02-SDP", lines), folder)


def test_a_sequence_without_results_is_named(add_truth: Writer, add_results: Writer) -> None:
    add_truth("MOT17-02-SDP", TRUTH)
    ground_truth, folder = add_truth("MOT17-04-SDP", TRUTH), add_results("MOT17-02-SDP", RESULT)
    with pytest.raises(FileNotFoundError, match=r"no results for MOT17-04-SDP; expected MOT17-04-SDP.txt"):
        evaluate(ground_truth, folder)
    assert evaluate(ground_truth, folder, sequences=["MOT17-02-SDP"]).sequences.keys() == {"MOT17-02-SDP"}


def test_results_without_a_sequence_are_named(add_truth: Writer, add_results: Writer) -> None:
    ground_truth = add_truth("MOT17-02-SDP", TRUTH)
    add_results("MOT17-02-SDP", RESULT)
    folder = add_results("MOT17-01-SDP", RESULT)
    with pytest.raises(ValueError, match=r"MOT17-01-SDP.txt belongs to no sequence of the ground truth"):
        evaluate(ground_truth, folder)
    assert evaluate(ground_truth, folder, sequences=["MOT17-02-SDP"]).combined.fn == 1
    with pytest.raises(FileNotFoundError, match="no ground truth for MOT17-99; found MOT17-02-SDP"):
        evaluate(ground_truth, folder, sequences=["MOT17-99"])


def test_missing_folders_and_lengths_are_named(tmp_path: Path, add_truth: Writer, add_results: Writer) -> None:
    ground_truth, folder = add_truth("MOT17-02-SDP", TRUTH), add_results("MOT17-02-SDP", RESULT)
    with pytest.raises(FileNotFoundError, match="nowhere: no such folder of results"):
        evaluate(ground_truth, tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="nowhere: no such folder of ground truth"):
        evaluate(tmp_path / "nowhere", folder)
    (tmp_path / "bare").mkdir()
    with pytest.raises(FileNotFoundError, match=r"expected ground truth as SEQ/gt/gt.txt or SEQ.txt"):
        evaluate(tmp_path / "bare", folder)
    (ground_truth / "MOT17-02-SDP" / "seqinfo.ini").unlink()
    with pytest.raises(FileNotFoundError, match=r'the length of the sequence is read.*benchmark "plain"'):
        evaluate(ground_truth, folder)


def test_no_sequence_at_all(add_truth: Writer, add_results: Writer) -> None:
    with pytest.raises(ValueError, match="no sequence to evaluate"):
        evaluate([], {})


def test_a_file_without_a_visibility_column_has_none(add_truth: Writer) -> None:
    lines = [line.rpartition(",")[0] for line in TRUTH]
    (truth,) = read_ground_truth_folder(add_truth("MOT17-02-SDP", lines))
    assert truth.visibility is None


def test_rows_of_frames_keep_the_order_of_the_file() -> None:
    rows = rows_by_frame(np.array([3, 1, 3, 5, 1]), range(1, 5))
    assert [part.tolist() for part in rows] == [[1, 4], [], [0, 2], []]


def test_results_from_tracks_count_frames_from_1() -> None:
    zero = np.zeros(1, np.int64)
    one = Tracks(np.array([[0.0, 0, 1, 1]]), zero + 4, np.ones(1), zero, zero + 1, zero)
    results = SequenceResults.from_tracks([Tracks.empty(), one, one])
    assert results.frames.tolist() == [2, 3] and results.ids.tolist() == [4, 4]
    assert results.states is not None and results.states.tolist() == [1, 1]
    assert len(SequenceResults.from_tracks([]).frames) == 0


CSV = "frame,timestamp_s,id,x1,y1,x2,y2,score,class_id,state\n"
FRAME = '{"frame":2,"timestamp_s":0.1,"tracks":['


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".CSV", ".JSONL"])
def test_tables_of_outrack_equal_its_text_and_have_states(suffix: str, add_truth: Writer, add_results: Writer) -> None:
    ground_truth, folder = add_truth("MOT17-02-SDP", TRUTH), add_results("MOT17-02-SDP", RESULT)
    text = evaluate(ground_truth, folder).combined
    zeros = np.zeros(2, np.int64)
    boxes = np.array([[10.0, 10, 30, 50], [12, 10, 32, 50]])
    tracks = Tracks(boxes, np.array([7, 8]), np.ones(2), zeros, np.array([0, 1]), zeros)
    with (CsvWriter if suffix.lower() == ".csv" else JsonLinesWriter)(folder / f"MOT17-02-SDP{suffix}") as writer:
        for index, rows in enumerate((np.array([0]), np.array([1]), np.array([], int))):
            writer.write(Frame(None, index, index / 10), Detections.empty(), tracks[rows])
    (folder / "MOT17-02-SDP.txt").unlink()
    found = read_sequence_results(folder / f"MOT17-02-SDP{suffix}")
    assert found.states is not None and found.states.tolist() == [0, 1]
    assert (found.frames.tolist(), found.ids.tolist()) == ([1, 2], [7, 8])
    table = evaluate(ground_truth, folder).combined
    assert (table.fn, table.fp, table.idsw) == (text.fn, text.fp, 1)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "frame,id\n1,2\n", r"a.csv, line 1: no column class_id, state, x1, x2, y1, y2"),
        ("a.csv", f"{CSV}1,0,7,0,0,x,9,1,0,detected\n", r"a.csv, line 2: expected numbers .*'x'"),
        ("a.csv", f"{CSV}1,0,7,0,0,inf,9,1,0,detected\n", r"a.csv, line 2: expected .*a box of 4 finite numbers"),
        ("a.csv", f"{CSV}1,0,7,0,0,5,9,1,0,seen\n", r"a.csv, line 2: expected a state of detected, .*got 'seen'"),
        ("a.csv", f"{CSV}1,0,7,0,0,5,9,1,2,detected\n", r"a.csv, line 2: expected only pedestrians"),
        ("a.csv", f"{CSV}1,0,,0,0,4,9,1,0,detected\n", r"a.csv, line 2: the column id is empty"),
        ("a.jsonl", f"{FRAME}]}}\n{{\n", r"a.jsonl, line 2: expected .*\"frame\": 1"),
        ("a.jsonl", f'{FRAME}{{"id":1}}]}}', r"a.jsonl, line 1: expected .*xyxy is missing"),
        ("a.jsonl", f'{FRAME}{{"xyxy":[0,0,5,9]}}]}}', r"a.jsonl, line 1: expected .*a track has no id"),
    ],
)
def test_a_malformed_table_is_refused(name: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        read_sequence_results(tmp_path / name)
