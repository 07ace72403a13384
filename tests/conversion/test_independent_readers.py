"""Other libraries read our files, and we read theirs."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outrack.conversion import Labels, convert
from outrack.conversion.formats import FORMATS
from outrack.conversion.losses import fitted
from outrack.io.results import read_sequence_results

foreign = pytest.mark.filterwarnings("ignore")  # what others warn of is theirs

PEOPLE = {3: [1, 2, 10, 20], 7: [20, 4, 10.25, 20.5], 9: [40, 8, 20, 12]}
"""Identities of `two_people` and their boxes: left, top, width, height."""


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


def test_supervision_reads_coco_and_yolo_and_we_read_its_files(
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


@foreign
@pytest.mark.parametrize(("name", "kind"), [("cvat", "cvat"), ("mot", "mot_seq"), ("cvat-mot", "mot_seq")])
def test_datumaro_reads_boxes_with_identities_and_we_read_its_files(
    tmp_path: Path, two_people: Callable[..., Labels], name: str, kind: str
) -> None:
    datumaro = pytest.importorskip("datumaro")
    labels = replace(two_people(), frame_rates={"street": 25.0})  # it refuses rates that are not whole
    path = write(labels, name, tmp_path / f"street{FORMATS[name].suffix}")
    if name == "cvat-mot":
        shutil.unpack_archive(path, tmp_path / "unpacked")
        path = tmp_path / "unpacked"
    read = datumaro.Dataset.import_from(str(path / "street" if name == "mot" else path), kind)
    frames = [{box.attributes["track_id"]: box.get_bbox() for box in item.annotations} for item in read]
    assert frames == [PEOPLE, PEOPLE]
    car = {box.attributes["track_id"]: box.label for box in next(iter(read)).annotations}[9]
    assert read.categories()[datumaro.AnnotationType.label][car].name == "car"

    read.export(str(tmp_path / "theirs"), "coco_instances")
    done = convert(next((tmp_path / "theirs" / "annotations").iterdir()), tmp_path / "back.json", as_videos=True)
    assert (done.num_pictures, done.num_boxes, done.num_identities) == (2, 6, 3)


@foreign
@pytest.mark.parametrize(("name", "kind"), [("coco-folder", "coco_instances"), ("yolo", "yolo")])
def test_datumaro_reads_pictures_with_boxes(
    tmp_path: Path, two_people: Callable[..., Labels], name: str, kind: str
) -> None:
    datumaro = pytest.importorskip("datumaro")
    done = convert(
        write(two_people(None), "coco", tmp_path / "labels.json"), tmp_path / name, to_format=name, pictures="copy"
    )
    read = datumaro.Dataset.import_from(str(done.written[0]), kind)
    assert [label.name for label in read.categories()[datumaro.AnnotationType.label]] == ["person", "car"]
    for item in read:
        assert item.media.data.shape[:2] == (48, 64)
        boxes = sorted([*box.get_bbox(), box.label] for box in item.annotations)
        assert np.allclose(boxes, [[*PEOPLE[3], 0], [*PEOPLE[7], 0], [*PEOPLE[9], 1]], atol=1e-4)


@foreign
def test_fiftyone_reads_pictures_and_videos_with_identities(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    """By its importers alone: a data set of its own needs MongoDB."""
    coco = pytest.importorskip("fiftyone.utils.coco")
    cvat = pytest.importorskip("fiftyone.utils.cvat")
    folder = write(two_people(), "coco-folder", tmp_path / "people")
    with coco.COCODetectionDatasetImporter(
        data_path=str(folder / "images"),
        labels_path=str(folder / "annotations" / "instances_default.json"),
        label_types="detections",
    ) as importer:
        pictures = list(importer)
    assert [Path(path).relative_to(folder / "images").as_posix() for path, _, _ in pictures] == [
        "street/000001.png",
        "street/000002.png",
    ]
    for (_, _, found), state in zip(pictures, ("detected", "refound"), strict=True):
        boxes = {box["track_id"]: (np.array(box.bounding_box) * [64, 48, 64, 48]).tolist() for box in found.detections}
        assert boxes == PEOPLE
        assert [box.confidence for box in found.detections] == [0.5, 0.9, 0.25]
        assert [box["state"] for box in found.detections] == ["detected", state, "detected"]

    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "street.mp4").touch()
    xml = write(two_people(), "cvat", tmp_path / "labels" / "street.xml")
    with cvat.CVATVideoDatasetImporter(data_path=str(tmp_path / "videos"), labels_path=str(xml.parent)) as importer:
        ((path, _, _, frames),) = list(importer)
    assert path == str(tmp_path / "videos" / "street.mp4")
    for boxes in (frames[1]["detections"].detections, frames[2]["detections"].detections):
        assert [(box.label, box.index) for box in boxes] == [("person", "3"), ("person", "7"), ("car", "9")]
        found = [np.array(box.bounding_box) * [64, 48, 64, 48] for box in boxes]
        assert np.abs(np.subtract(found, list(PEOPLE.values()))).max() <= 1  # it rounds to pixels


@foreign
def test_motmetrics_reads_results_and_ground_truth(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    motmetrics = pytest.importorskip("motmetrics")
    truth = write(two_people(), "mot", tmp_path / "gt") / "street" / "gt" / "gt.txt"
    results = write(two_people(), "mot-results", tmp_path / "street.txt")
    for path, kind, ids in ((truth, "mot16", [3, 7, 9]), (results, "mot15-2D", [3, 7])):
        table = motmetrics.io.loadtxt(str(path), fmt=kind)
        expected = [[frame, identity, *PEOPLE[identity]] for frame in (1, 2) for identity in ids]
        found = np.column_stack([[*map(list, table.index)], table[["X", "Y", "Width", "Height"]].to_numpy()])
        found[:, 2:4] += 1  # it counts pixels from 1
        assert np.allclose(found, expected)


def test_our_own_evaluation_reads_the_result_files(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    for name, file in (("csv", "a.csv"), ("jsonl", "a.jsonl"), ("mot-results", "a.txt"), ("coco", "a.json")):
        found = read_sequence_results(write(two_people(), name, tmp_path / file), benchmark="plain")
        kept = found.ids < 9
        assert found.ids[kept].tolist() == [3, 7, 3, 7], name
        if name != "mot-results":
            assert found.states is not None and found.states[kept].tolist() == [0, 0, 0, 1], name
