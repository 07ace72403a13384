"""Names of files, kinds of ground truth, and halves of sequences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from outrack.evaluation import evaluate
from outrack.evaluation.folders import (
    detect_benchmark,
    find_ground_truth,
    read_ground_truth_folder,
    read_results,
)

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


def test_one_sequence_is_its_folder_or_its_file(
    add_truth: Writer, add_results: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = add_truth("MOT17-02-SDP", frames(1, 10, ",1,1"), num_frames=12) / "MOT17-02-SDP"
    results = add_results("MOT17-02-SDP", frames(1, 8, ""))
    monkeypatch.chdir(sequence)
    for place in (sequence, sequence / "gt" / "gt.txt", Path(), Path("gt/gt.txt")):
        assert list(find_ground_truth(place)) == ["MOT17-02-SDP"]
        (truth,) = read_ground_truth_folder(place, benchmark="mot17")
        assert truth.num_frames == 12
        assert evaluate(place, results).combined.fn == 2
    with pytest.raises(ValueError, match=r"gt.txt: .* a folder with one file per sequence; the ground truth has A, B"):
        read_results(sequence / "gt" / "gt.txt", ["A", "B"])
    (tmp_path / "gt.txt").write_text("1,1,0,0,20,40\n")
    assert list(find_ground_truth(tmp_path / "gt.txt")) == ["gt"]  # no folder of a sequence


def test_results_that_end_early_give_a_warning(
    add_truth: Writer, add_results: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    ground_truth = add_truth("MOT17-02-SDP", frames(1, 300, ",1,1"), num_frames=300)
    for last, warned in [(60, True), (269, True), (271, False)]:
        caplog.clear()
        evaluate(ground_truth, add_results("MOT17-02-SDP", frames(1, last, "")))
        assert (f"the results end at frame {last}, the ground truth at 300" in caplog.text) == warned
    caplog.clear()
    evaluate(ground_truth, add_results("MOT17-02-SDP", frames(1, 150, "")), half="fairmot-train")
    assert not caplog.text


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
    ("half", "num_boxes", "fn"),
    [
        ("full", 11, 3),
        ("fairmot-train", 5, 0),
        ("fairmot-val", 6, 3),
        ("centertrack-train", 6, 0),
        ("centertrack-val", 5, 3),
    ],
)
def test_a_half_counts_its_own_frames_only(
    half: str, num_boxes: int, fn: int, add_truth: Writer, add_results: Writer
) -> None:
    ground_truth = add_truth("MOT17-02-SDP", frames(1, 11, ",1,1"), 11)
    scores = evaluate(ground_truth, add_results("MOT17-02-SDP", frames(1, 8, "")), half=half).combined
    assert (scores.num_boxes, scores.fn) == (num_boxes, fn)


def test_the_name_of_a_half_in_the_release_before_still_works(add_truth: Writer, add_results: Writer) -> None:
    ground_truth, results = add_truth("MOT17-02-SDP", frames(1, 11, ",1,1"), 11), add_results("MOT17-02-SDP", [])
    with pytest.warns(DeprecationWarning, match="split was renamed to half"):
        found = evaluate(ground_truth, results, split="fairmot-val")
    assert found == evaluate(ground_truth, results, half="fairmot-val")


def test_an_unknown_half_is_refused(add_truth: Writer, add_results: Writer) -> None:
    ground_truth = add_truth("MOT17-02-SDP", frames(1, 11, ",1,1"), 11)
    with pytest.raises(ValueError, match="unknown half 'half'"):
        evaluate(ground_truth, add_results("MOT17-02-SDP", []), half="half")


CVAT_KEY = '<box frame="{}" keyframe="1" outside="{}" occluded="0" xtl="0" ytl="0" xbr="20" ybr="40"/>'


def cvat_export(path: Path, task: str = "") -> Path:
    """One person in frames 2 to 9 (of a video from 0)."""
    boxes = CVAT_KEY.format(2, 0) + CVAT_KEY.format(10, 1)
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"<annotations><meta><task>{task}</task></meta><track id='4' label='Person'>{boxes}</track></annotations>"
    )
    return path


def test_exports_of_cvat_are_ground_truth(tmp_path: Path, add_results: Writer) -> None:
    cvat_export(tmp_path / "labels" / "street.xml", "<size>20</size>")
    results = add_results("street", [f"{frame},9,0,0,20,40,0.5" for frame in range(3, 13)])
    scores = evaluate(tmp_path / "labels", results, benchmark="plain").combined
    assert (scores.num_boxes, scores.num_ids, scores.fn, scores.fp) == (8, 1, 0, 2)


def test_only_labelled_frames_count(tmp_path: Path, add_results: Writer) -> None:
    task = "<size>3</size><start_frame>2</start_frame><frame_filter>step=3</frame_filter>"  # frames 2, 5, 8
    truth = cvat_export(tmp_path / "labels" / "street.xml", task)
    add_results("street", [f"{frame},9,0,0,20,40,0.5" for frame in range(1, 9)])  # 0 to 7 of the video
    found = read_results(tmp_path / "results" / "street.txt", ["street"], benchmark="plain")
    scores = evaluate(read_ground_truth_folder(truth, benchmark="plain"), found, benchmark="plain").combined
    assert (scores.num_boxes, scores.fn, scores.fp) == (3, 1, 0)


def test_two_ground_truths_of_one_name_are_refused(tmp_path: Path, add_results: Writer) -> None:
    cvat_export(tmp_path / "labels" / "street.xml")
    (tmp_path / "labels" / "street.txt").write_text("1,1,0,0,20,40\n")
    with pytest.raises(ValueError, match=r"street\.txt and street\.xml are both ground truth of street"):
        evaluate(tmp_path / "labels", add_results("street", []), benchmark="plain")


def test_coco_vid_is_ground_truth_and_results(tmp_path: Path) -> None:
    images = [
        {"id": n, "file_name": f"{n}.jpg", "width": 64, "height": 48, "video_id": 1, "frame_id": n} for n in (0, 1)
    ]
    box = {"image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 30], "track_id": 7}
    content = {
        "videos": [{"id": 1, "name": "street"}],
        "images": images,
        "annotations": [{"id": 1, **box}, {"id": 2, **box, "image_id": 0}],
        "categories": [{"id": 1, "name": "person"}],
    }
    for folder in ("labels", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "street.json").write_text(json.dumps(content))
    (tmp_path / "mine" / "scores.json").write_text("{}")  # a report is no result
    scores = evaluate(tmp_path / "labels", tmp_path / "mine", benchmark="plain").combined
    assert (scores.num_boxes, scores.num_ids, scores.fn, scores.fp) == (2, 1, 0, 0)


def test_a_project_of_cvat_is_the_ground_truth_of_each_of_its_videos(tmp_path: Path, add_results: Writer) -> None:
    tasks = "".join(
        f"<task><id>{number}</id><name>{name}</name><size>20</size></task>"
        for number, name in ((3, "north.mp4"), (4, "south"))
    )
    tracks = "".join(
        f'<track id="{number}" label="person" task_id="{number}">'
        f"{CVAT_KEY.format(number, 0)}{CVAT_KEY.format(number + 4, 1)}</track>"
        for number in (3, 4)
    )
    export = tmp_path / "project.xml"
    export.write_text(f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta>{tracks}</annotations>")
    truths = read_ground_truth_folder(export, benchmark="plain")
    assert [(truth.name, truth.frames.tolist()) for truth in truths] == [
        ("north", [4, 5, 6, 7]),
        ("south", [5, 6, 7, 8]),
    ]
    add_results("north", ["4,1,0,0,20,40,1"])
    folder = add_results("south", ["5,1,0,0,20,40,1"])
    assert evaluate(tmp_path, folder, benchmark="plain").combined.fn == 6


def test_tracks_of_other_classes_do_not_count_against_ground_truth_of_people(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cvat_export(tmp_path / "labels" / "street.xml", "<size>20</size>")
    (truth,) = read_ground_truth_folder(tmp_path / "labels", benchmark="plain")
    header = "frame,id,x1,y1,x2,y2,class_id,state\n"
    people = [
        f"{frame},{identity},{','.join(map(str, box))},0,detected\n"
        for frame, identity, box in zip(truth.frames.tolist(), truth.ids.tolist(), truth.xyxy.tolist(), strict=True)
    ]
    (tmp_path / "results").mkdir()
    path = tmp_path / "results" / "street.csv"
    path.write_text(header + "".join(people))
    alone = evaluate(tmp_path / "labels", tmp_path / "results", benchmark="plain").combined
    path.write_text(header + "".join(people) + "3,90,0,0,20,20,2,detected\n4,90,0,0,20,20,2,detected\n")
    with_car = evaluate(tmp_path / "labels", tmp_path / "results", benchmark="plain").combined
    assert (alone.fp, with_car.fp, with_car.mota) == (0, 0, alone.mota)
    assert "street.csv: the ground truth has only people; 2 boxes of other classes do not count" in caplog.text
