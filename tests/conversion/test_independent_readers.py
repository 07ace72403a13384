"""What is written here is read by other libraries, and what they write is read here."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from outrack.conversion import Labels, convert
from outrack.conversion.formats import FORMATS
from outrack.conversion.losses import fitted
from outrack.io.results import read_sequence_results


def write(labels: Labels, name: str, path: Path) -> Path:
    target = FORMATS[name]
    target.write(path, fitted(labels, target)[0], "link")
    return path


def test_pycocotools_reads_boxes_identities_and_categories(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    path = write(two_people(), "coco", tmp_path / "labels.json")
    with contextlib.redirect_stdout(io.StringIO()):
        read = coco.COCO(str(path))
    assert [category["name"] for category in read.loadCats(read.getCatIds())] == ["person", "car"]
    (image,) = read.loadImgs(2)
    assert (path.parent / image["file_name"]).is_file()
    boxes = read.loadAnns(read.getAnnIds(imgIds=2))
    assert [box["bbox"] for box in boxes] == [[1, 2, 10, 20], [20, 4, 10.25, 20.5], [40, 8, 20, 12]]
    assert [box["track_id"] for box in boxes] == [box["instance_id"] for box in boxes] == [3, 7, 9]
    assert read.getImgIds(catIds=[2]) == [1, 2]


def test_trackeval_reads_ground_truth_and_results(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    trackeval = pytest.importorskip("trackeval")
    write(two_people(), "mot", tmp_path / "gt")
    write(two_people(), "mot-results", tmp_path / "trackers" / "ours" / "data" / "street.txt")
    dataset = trackeval.datasets.MotChallenge2DBox(
        {
            "GT_FOLDER": str(tmp_path / "gt"),
            "TRACKERS_FOLDER": str(tmp_path / "trackers"),
            "SKIP_SPLIT_FOL": True,
            "SEQ_INFO": {"street": None},
            "PRINT_CONFIG": False,
        }
    )
    data = dataset.get_preprocessed_seq_data(dataset.get_raw_seq_data("ours", "street"), "pedestrian")
    assert (data["num_timesteps"], data["num_gt_dets"], data["num_gt_ids"], data["num_tracker_dets"]) == (2, 4, 2, 4)
    assert all(np.allclose(np.diag(overlap), 1) for overlap in data["similarity_scores"])


def test_supervision_reads_coco_and_yolo_and_we_read_what_it_writes(
    tmp_path: Path, two_people: Callable[..., Labels]
) -> None:
    supervision = pytest.importorskip("supervision")
    labels = two_people(None)
    coco = write(labels, "coco", tmp_path / "labels.json")
    from_coco = supervision.DetectionDataset.from_coco(str(tmp_path), str(coco))
    yolo = write(labels, "yolo", tmp_path / "yolo")
    places = (str(yolo / "images" / "stills"), str(yolo / "labels" / "stills"), str(yolo / "data.yaml"))
    for dataset in (from_coco, supervision.DetectionDataset.from_yolo(*places)):
        assert dataset.classes == ["person", "car"] and len(dataset) == 2
        for _, _, found in dataset:
            order = np.argsort(found.xyxy[:, 0])
            assert np.allclose(found.xyxy[order], [[1, 2, 11, 22], [20, 4, 30.25, 24.5], [40, 8, 60, 20]], atol=1e-4)
            assert found.class_id is not None and found.class_id[order].tolist() == [0, 0, 1]
    theirs = tmp_path / "theirs"
    from_coco.as_yolo(str(theirs / "images"), str(theirs / "labels"), str(theirs / "data.yaml"))
    done = convert(theirs, tmp_path / "theirs.json")
    assert (done.source, done.num_pictures, done.num_boxes, done.lost) == ("yolo", 2, 6, {})


def test_our_own_evaluation_reads_the_result_files(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    for name, file in (("csv", "a.csv"), ("jsonl", "a.jsonl"), ("mot-results", "a.txt"), ("coco", "a.json")):
        found = read_sequence_results(write(two_people(), name, tmp_path / file), benchmark="plain")
        kept = found.ids < 9
        assert found.ids[kept].tolist() == [3, 7, 3, 7], name
        if name != "mot-results":
            assert found.states is not None and found.states[kept].tolist() == [0, 0, 0, 1], name
