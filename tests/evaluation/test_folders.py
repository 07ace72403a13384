"""Names of files, kinds of ground truth, and halves of sequences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from outrack.evaluation import evaluate
from outrack.evaluation.folders import detect_benchmark

Writer = Callable[..., Path]


def frames(first: int, last: int, end: str) -> list[str]:
    return [f"{frame},1,{frame},10,20,40,1{end}" for frame in range(first, last + 1)]


def test_a_private_file_serves_all_copies_of_a_sequence(add_truth: Writer, add_results: Writer) -> None:
    for detector in ("DPM", "FRCNN", "SDP"):
        ground_truth = add_truth(f"MOT17-02-{detector}", frames(1, 10, ",1,1"))
    folder = add_results("MOT17-02", frames(1, 8, ""))
    found = evaluate(ground_truth, folder)
    assert len(found.sequences) == 3 and found.combined.fn == 6
    add_results("MOT17-02-SDP", frames(1, 10, ""))  # a file of the full name comes first
    assert [scores.fn for scores in evaluate(ground_truth, folder).sequences.values()] == [2, 2, 0]


@pytest.mark.parametrize(
    ("names", "benchmark"),
    [
        (["MOT17-02-SDP", "MOT17-04"], "mot17"),
        (["MOT16-02"], "mot16"),
        (["MOT20-01"], "mot20"),
        (["TUD-Campus", "Venice-2"], "mot15"),
        (["MOT17-02", "MOT20-01"], "plain"),
        (["my-street"], "plain"),
        ([], "plain"),
    ],
)
def test_the_benchmark_follows_from_the_names(names: list[str], benchmark: str) -> None:
    assert detect_benchmark(names) == benchmark


def test_plain_ground_truth_needs_neither_classes_nor_lengths(tmp_path: Path, add_results: Writer) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "street.txt").write_text("1,1,0,0,20,40\n2,1,0,0,20,40\n2,2,50,0,20,40\n")
    results = add_results("street", ["1,9,0,0,20,40,0.5", "2,9,0,0,20,40,0.5", "7,9,0,0,20,40,0.5"])
    scores = evaluate(folder, results, benchmark="plain").combined
    assert (scores.num_boxes, scores.fn, scores.fp) == (3, 1, 1)  # a result after the last person is a false one


def test_plain_ground_truth_counts_every_class_with_a_flag(add_truth: Writer, add_results: Writer) -> None:
    lines = ["1,1,0,0,20,40,1,7,0.5", "1,2,50,0,20,40,1,3,1", "1,3,90,0,20,40,0,1,1"]
    ground_truth = add_truth("street", lines)
    scores = evaluate(ground_truth, add_results("street", ["1,9,0,0,20,40,1,3"]), benchmark="plain").combined
    assert (scores.num_boxes, scores.fn, scores.fp) == (2, 1, 0)


@pytest.mark.parametrize(
    ("split", "num_boxes", "fn"),
    [
        ("full", 11, 3),
        ("fairmot-train", 5, 0),
        ("fairmot-val", 6, 3),
        ("centertrack-train", 6, 0),
        ("centertrack-val", 5, 3),
    ],
)
def test_a_half_counts_its_own_frames_only(
    split: str, num_boxes: int, fn: int, add_truth: Writer, add_results: Writer
) -> None:
    ground_truth = add_truth("MOT17-02-SDP", frames(1, 11, ",1,1"), 11)
    scores = evaluate(ground_truth, add_results("MOT17-02-SDP", frames(1, 8, "")), split=split).combined
    assert (scores.num_boxes, scores.fn) == (num_boxes, fn)


def test_an_unknown_split_is_refused(add_truth: Writer, add_results: Writer) -> None:
    ground_truth = add_truth("MOT17-02-SDP", frames(1, 11, ",1,1"), 11)
    with pytest.raises(ValueError, match="unknown split 'half'"):
        evaluate(ground_truth, add_results("MOT17-02-SDP", []), split="half")
