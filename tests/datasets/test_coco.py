"""COCO and COCO-VID files, read and written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets.coco import read_coco, write_coco_vid


@pytest.fixture
def coco(tmp_path: Path, write_image: Callable[..., Path]) -> dict[str, Any]:
    """A COCO content of two images that exist below tmp_path/images."""
    for name in ("a.jpg", "b.jpg"):
        write_image(tmp_path / "images" / name)
    return {
        "images": [
            {"id": 7, "file_name": "a.jpg", "width": 64, "height": 48},
            {"id": 9, "file_name": "b.jpg", "width": 64, "height": 48},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 10, 20, 30], "iscrowd": 0},
            {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 64, 10], "iscrowd": 1},
            {"id": 3, "image_id": 7, "category_id": 3, "bbox": [5, 5, 9, 9], "iscrowd": 0},
        ],
        "categories": [{"id": 1, "name": "person"}, {"id": 3, "name": "car"}],
    }


def save(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_people_crowds_and_empty_images(tmp_path: Path, coco: dict[str, Any]) -> None:
    first, second = read_coco(save(tmp_path / "a.json", coco))
    assert first.annotation.xyxy.tolist() == [[10, 10, 30, 40], [0, 0, 64, 10]]
    assert first.annotation.ignore.tolist() == [False, True]
    assert first.annotation.ids is None
    assert first.annotation.visibility is None
    assert len(second.annotation) == 0
    assert first.read().pixels.shape == (48, 64, 3)


def test_classes_are_numbered_as_requested(tmp_path: Path, coco: dict[str, Any]) -> None:
    first, _ = read_coco(save(tmp_path / "a.json", coco), classes=("car", "person"))
    assert first.annotation.class_ids.tolist() == [1, 1, 0]
    with pytest.raises(ValueError, match="no category is named dog; it has person, car"):
        read_coco(tmp_path / "a.json", classes=("dog",))


@pytest.mark.parametrize("place", ["x.json", "images/x.json", "annotations/x.json", "json/instances_images.json"])
def test_the_usual_image_folders_are_found(tmp_path: Path, coco: dict[str, Any], place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    assert read_coco(save(tmp_path / place, coco))[0].path == tmp_path / "images" / "a.jpg"


@pytest.mark.parametrize("first_frame", [0, 1])
@pytest.mark.parametrize("key", ["track_id", "instance_id"])
def test_foreign_videos_count_from_0_or_1(tmp_path: Path, coco: dict[str, Any], first_frame: int, key: str) -> None:
    coco["videos"] = [{"id": 4, "name": "walk"}]
    for number, entry in enumerate(coco["images"]):
        entry |= {"video_id": 4, "frame_id": number + first_frame}
    coco["annotations"][0][key] = 12
    images = read_coco(save(tmp_path / "a.json", coco))
    assert [(image.video, image.frame) for image in images] == [("walk", 0), ("walk", 1)]
    assert images[0].annotation.ids is not None
    assert images[0].annotation.ids.tolist() == [12, -1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["annotations"][0].update(image_id=5), "annotation 1 refers to image 5, which is not listed"),
        (lambda c: c["annotations"][0].update(category_id=77), "annotation 1 refers to category 77, which is not"),
        (lambda c: c["annotations"][1].update(bbox=[1, 2, float("nan"), 4]), "annotation 2: bbox must be 4 finite"),
        (lambda c: c["annotations"][1].update(bbox=[1, 2, 4]), "annotation 2: bbox must be 4 finite"),
        (lambda c: c["annotations"][1].update(bbox=None), "annotation 2: bbox must be 4 finite numbers, got None"),
        (lambda c: c["annotations"][1].update(bbox=["1", 2, 3, 4]), "annotation 2: bbox must be 4 finite"),
        (lambda c: c["annotations"][0].pop("bbox"), "annotation 1: bbox must be 4 finite numbers, got None"),
        (lambda c: c["annotations"][0].update(track_id=3.5), "annotation 1: expected a whole number as track_id"),
        (lambda c: c["annotations"][0].update(track_id=10**30), "annotation 1: expected a whole number as track_id"),
        (lambda c: c["annotations"][0].update(image_id=[7]), "annotation 1: expected a number or a text as image_id"),
        (lambda c: c["annotations"].append(None), "annotations must be a list of objects"),
        (lambda c: c["images"][0].pop("id"), "image number 1: expected a number or a text as id, got None"),
        (lambda c: c["images"][1].update(id=7), r"image id 7 is used twice \(a\.jpg and b\.jpg\)"),
        (lambda c: c["images"][1].update(file_name="a.jpg"), r"a\.jpg is listed twice"),
        (lambda c: c["images"][0].update(width=None), "image 7: expected a number as width, got None"),
        (lambda c: c["images"][0].update(height=0), r"a\.jpg: expected a width and height of 1 or more"),
        (lambda c: c["images"][0].update(video_id=1), "image 7: expected a number as frame_id, got None"),
        (
            lambda c: [i.update(video_id=1, frame_id=4) for i in c["images"]],
            r"b\.jpg: frame 3 of video 1 is there twice",
        ),
        (lambda c: c["categories"][1].update(id=1), r"category id 1 is used twice \(person and car\)"),
        (lambda c: c.update(images={}), "images must be a list of objects"),
        (lambda c: c.pop("images"), "expected a COCO json with images"),
    ],
)
def test_broken_files_are_named(
    tmp_path: Path, coco: dict[str, Any], change: Callable[[dict[str, Any]], object], message: str
) -> None:
    change(coco)
    with pytest.raises(ValueError, match=rf"a\.json: {message}"):
        read_coco(save(tmp_path / "a.json", coco))


def test_a_rotated_box_is_read_by_its_upright_extent(tmp_path: Path, coco: dict[str, Any]) -> None:
    coco["annotations"][0] |= {"bbox": [20, 10, 4, 16], "attributes": {"rotation": 90.0, "occluded": False}}
    first, _ = read_coco(save(tmp_path / "a.json", coco))
    np.testing.assert_allclose(first.annotation.xyxy[0], [14, 16, 30, 20])


def test_identities_that_cvat_and_datumaro_note_as_attributes(tmp_path: Path, coco: dict[str, Any]) -> None:
    seen, gone, _ = coco["annotations"]
    seen["attributes"] = {"track_id": 7, "outside": False}
    gone["attributes"] = {"track_id": 8, "outside": True}
    first, _ = read_coco(save(tmp_path / "a.json", coco))
    assert first.annotation.ids is not None
    assert first.annotation.ids.tolist() == [7]


def test_boxes_divided_by_the_image_size_are_refused(tmp_path: Path, coco: dict[str, Any]) -> None:
    for entry in coco["annotations"]:
        entry["bbox"] = [0.25, 0.25, 0.5, 0.5]
    with pytest.raises(ValueError, match=r"a\.json: all boxes lie within two pixels of their image's corner.*divided"):
        read_coco(save(tmp_path / "a.json", coco))


def test_what_is_not_json_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("1,2,3")
    with pytest.raises(ValueError, match=r"a\.json: not a JSON file"):
        read_coco(tmp_path / "a.json")


def test_written_videos_and_stills_are_read_back_equal(tmp_path: Path, write_image: Callable[..., Path]) -> None:
    rng = np.random.default_rng(1)

    def label(n: int) -> Annotation:
        corner = rng.uniform(-5, 20, (n, 2))
        return Annotation(
            np.concatenate([corner, corner + rng.uniform(8, 20, (n, 2))], axis=1),
            rng.integers(0, 2, n),
            rng.random(n) < 0.5,
            rng.random(n),
            np.arange(1, n + 1),
        )

    places = [("one", 5), ("one", 6), ("two", 0), (None, 0)]
    images = [
        AnnotatedImage(write_image(tmp_path / "frames" / f"{number}.jpg"), 64, 48, label(number), video, frame)
        for number, (video, frame) in enumerate(places)
    ]
    write_coco_vid(tmp_path / "out.json", images, class_names=("person", "rider"))
    again = read_coco(tmp_path / "out.json", classes=("person", "rider"))
    assert [(i.path, i.width, i.height, i.video, i.frame) for i in again] == [
        (i.path, i.width, i.height, i.video, i.frame) for i in images
    ]
    for old, new in zip(images, again, strict=True):
        np.testing.assert_allclose(new.annotation.xyxy, old.annotation.xyxy, atol=1e-9)
        for name in ("class_ids", "ignore", "visibility"):
            assert np.array_equal(getattr(new.annotation, name), getattr(old.annotation, name)), name
    # Id 1 of "one" and of "two" are two people: `track_id` counts within a video, `instance_id` over all.
    ids = [new.annotation.ids.tolist() for new in again if new.annotation.ids is not None]
    assert ids == [[], [1], [1, 2], [1, 2, 3]]
    boxes = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert [box["instance_id"] for box in boxes] == [1, 2, 3, 4, 5, 6]


def test_the_real_stills(shared: Path) -> None:
    images = read_coco(shared / "data" / "people" / "coco" / "annotations.json")
    assert len(images) == 589
    assert sum(len(image.annotation) for image in images) == 1181
    assert len(images[0].read().annotation) == len(images[0].annotation)
