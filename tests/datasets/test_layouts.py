"""`open_dataset` recognises every layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets.coco import write_coco_vid
from outrack.datasets.index import cache_folder, fingerprint
from outrack.datasets.layouts import LAYOUTS, DatasetOptions, open_dataset, recognise
from outrack.datasets.mot import CENTERTRACK

LINES = ["1,1,10,10,20,30,1,1,1", "1,2,12,10,20,30,1,1,0.1", "2,1,11,10,20,30,1,1,1"]


def test_a_sequence_a_root_and_a_download(make_sequence: Callable[..., Path], tmp_path: Path) -> None:
    one = make_sequence(LINES, name="MADE-01")
    make_sequence(LINES, name="MADE-02")
    assert recognise(one)[0].name == "MOTChallenge"
    assert len(open_dataset(one)) == 4
    assert len(open_dataset(one.parent)) == 8
    download = tmp_path / "MOT99"
    (download / "train").mkdir(parents=True)
    one.rename(download / "train" / one.name)
    assert len(open_dataset(download)) == 4


def test_options_reach_the_reader(make_sequence: Callable[..., Path]) -> None:
    folder = make_sequence(LINES)
    full, half = open_dataset(folder), open_dataset(folder, DatasetOptions(half="fairmot-train", rule=CENTERTRACK))
    assert [len(image.annotation) for image in full] == [2, 1, 0, 0]
    assert [len(image.annotation) for image in half] == [1, 1]


def test_the_second_opening_is_equal_and_follows_changes(make_sequence: Callable[..., Path]) -> None:
    folder = make_sequence(LINES)
    first = open_dataset(folder)
    assert len(list((cache_folder() / "index").iterdir())) == 1
    assert fingerprint(open_dataset(folder)) == fingerprint(first)
    (folder / "gt" / "gt.txt").write_text("\n".join(LINES[:2]))
    assert [len(image.annotation) for image in open_dataset(folder)] == [2, 0, 0, 0]


def test_the_index_does_not_depend_on_the_working_directory(
    make_sequence: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_sequence(LINES)
    monkeypatch.chdir(folder.parent)
    open_dataset(Path(folder.name))
    monkeypatch.chdir(folder)
    assert open_dataset(Path())[0].read().pixels.shape == (48, 64, 3)


def test_stills(tmp_path: Path, write_image: Callable[..., Path]) -> None:
    image = write_image(tmp_path / "images" / "a.jpg")
    people = Annotation.of_people(np.array([[10.0, 10, 30, 40]]))
    write_coco_vid(tmp_path / "coco.json", [AnnotatedImage(image, 64, 48, people)])
    assert recognise(tmp_path)[0].name == recognise(tmp_path / "coco.json")[0].name == "COCO"
    assert open_dataset(tmp_path)[0].annotation.xyxy.tolist() == [[10, 10, 30, 40]]
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    assert recognise(tmp_path)[0].name == "YOLO"
    (tmp_path / "labels_with_ids").mkdir()
    assert recognise(tmp_path)[0].name == "JDE"
    for name in ("train", "val"):
        box = {"tag": "person", "fbox": [10, 10, 20, 30]}
        (tmp_path / f"annotation_{name}.odgt").write_text(json.dumps({"ID": "a", "gtboxes": [box]}))
    assert recognise(tmp_path)[0].name == "CrowdHuman"
    assert len(open_dataset(tmp_path)) == 2
    assert len(open_dataset(tmp_path / "annotation_val.odgt")) == 1


def test_boxes_of_videos(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    for name in ("one", "two"):
        write_video(tmp_path / f"{name}.mp4")
        (tmp_path / "boxes").mkdir(exist_ok=True)
        (tmp_path / "boxes" / f"{name}.txt").write_text("1,1,10,10,20,30,0.9\n3,1,10,10,20,30,0.9\n2,1,9,9,9,9,0.2\n")
    images = open_dataset(tmp_path / "boxes")
    assert [(image.video, image.frame) for image in images] == [(v, f) for v in ("one", "two") for f in range(3)]
    assert [len(i.annotation) for i in open_dataset(tmp_path / "boxes" / "one.txt", DatasetOptions(min_score=0.5))] == [
        1,
        0,
        1,
    ]


def test_an_unknown_layout_lists_what_was_searched_for(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{}")
    with pytest.raises(ValueError, match="not a known layout of datasets") as error:
        open_dataset(tmp_path)
    assert all(layout.name in str(error.value) and layout.looks_like in str(error.value) for layout in LAYOUTS)
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        open_dataset(tmp_path / "nothing")
    (tmp_path / "street.mp4").touch()
    for data in (tmp_path, tmp_path / "street.mp4"):
        with pytest.raises(ValueError, match=r"street\.mp4 is a video, which needs boxes: `outrack track "):
            open_dataset(data)


def test_a_dataset_without_an_image_to_learn_from_is_refused(make_sequence: Callable[..., Path]) -> None:
    folder = make_sequence(LINES, images=[1, 2])
    with pytest.raises(ValueError, match=r"but it has no images to learn from.*The half is 'fairmot-val'"):
        open_dataset(folder, DatasetOptions(half="fairmot-val"))


@pytest.mark.parametrize(
    ("path", "layout", "num_images"),
    [
        ("mot17", "MOTChallenge", 28),
        ("people/coco", "COCO", 589),
        ("people/football", "YOLO", 124),
        ("people/pennfudan", "masks", 170),
    ],
)
def test_the_real_data(shared: Path, path: str, layout: str, num_images: int) -> None:
    assert recognise(shared / "data" / path)[0].name == layout
    images = open_dataset(shared / "data" / path)
    assert len(images) == num_images
    assert fingerprint(open_dataset(shared / "data" / path)) == fingerprint(images)
