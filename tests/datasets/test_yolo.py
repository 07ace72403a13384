"""YOLO and JDE folders, and stills with masks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.datasets import open_dataset
from outrack.datasets.instance_masks import read_instance_masks
from outrack.datasets.yolo import read_jde, read_yolo


@pytest.fixture
def folder(tmp_path: Path, write_image: Callable[..., Path]) -> Path:
    """images/{a,sub/b}.jpg of 64x48, of which only a has a label: two people and a ball."""
    write_image(tmp_path / "images" / "a.jpg")
    write_image(tmp_path / "images" / "sub" / "b.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.5\r\n2 0.5 0.5 0.1 0.1\n\n0 0.25 0.5 0.5 1\n")
    return tmp_path


def test_boxes_come_in_pixels_and_images_without_label_are_empty(folder: Path) -> None:
    first, second = read_yolo(folder)
    np.testing.assert_allclose(first.annotation.xyxy, [[24, 12, 40, 36], [0, 0, 32, 48]])
    assert first.annotation.class_ids.tolist() == [0, 0]
    assert second.path == folder / "images" / "sub" / "b.jpg"
    assert len(second.annotation) == 0


def test_classes_are_filtered_and_numbered(folder: Path) -> None:
    assert read_yolo(folder, classes=(2, 0))[0].annotation.class_ids.tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match=r"no box has class \[5\]; its labels have class \[0, 2\]"):
        read_yolo(folder, classes=(5,))


def test_labels_without_images_are_counted_or_refused(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "labels" / "c.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    with caplog.at_level(logging.WARNING):
        assert len(read_yolo(folder)) == 2
    assert "1 label files have no image, c.txt first" in caplog.text
    (folder / "images" / "a.jpg").unlink()
    with pytest.raises(ValueError, match="none of its 2 label files has an image of the same name"):
        read_yolo(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0.5 0.5 0.25\n", r"a\.txt, line 1: expected at least 5 columns, got 4"),
        ("0 0.5 0.5 0.25 nan\n", r"a\.txt, line 1: a number is not finite"),
        ("0 0.5 0.5 0.25 0.5 0.9\n", r"a\.txt, line 1: expected 5 columns, got 6.*score or an id"),
        ("0 0.5 0.5 0.25 0.5\n\n0 0.5 0.5 0.25 0.5 0.9\n", r"a\.txt, line 3: expected 5 columns, got 6"),
        ("0 0.5 0.5 0.25 0.5\n0 120 80 30 60\n", r"a\.txt, line 2: .*divided by the image size"),
        ("0 0.5 0.5 0.25 0.5 0.5 0.5 2 0 0 0\n", r"a\.txt, line 1: this may be a polygon or a box with keypoints"),
        ("0.5 0.5 0.5 0.25 0.5\n", r"a\.txt, line 1: expected a whole number as class, got 0\.5"),
        ("0,5 0,5 0,5 0,25 0,5\n", r"a\.txt, line 1: expected numbers"),
    ],
)
def test_a_broken_label_is_named(folder: Path, text: str, message: str) -> None:
    (folder / "labels" / "a.txt").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_yolo(folder)


def test_polygons_next_to_boxes_give_their_extent(folder: Path) -> None:
    (folder / "labels" / "a.txt").write_text(
        "0 0.5 0.5 0.25 0.5\n0 0.125 0.25 0.25 0.25 0.25 0.75 0.125 0.75\n0 0.5 0.5 0.75 1 1 0.5\n"
    )
    np.testing.assert_allclose(
        read_yolo(folder)[0].annotation.xyxy, [[24, 12, 40, 36], [8, 12, 16, 36], [32, 24, 64, 48]]
    )


def test_a_label_of_an_image_with_dots_in_its_name_is_found(folder: Path, write_image: Callable[..., Path]) -> None:
    write_image(folder / "images" / "street.rf.12ab.jpg")
    (folder / "labels" / "street.rf.12ab.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    (image,) = [image for image in read_yolo(folder) if image.path.name.startswith("street")]
    np.testing.assert_allclose(image.annotation.xyxy, [[24, 12, 40, 36]])


def test_missing_folders_are_named(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"labels_with_ids: no such folder"):
        read_jde(folder)


def test_jde_labels_carry_identities(folder: Path) -> None:
    (folder / "labels_with_ids").mkdir()
    (folder / "labels_with_ids" / "a.txt").write_text("0 17 0.5 0.5 0.25 0.5\n0 -1 0.25 0.5 0.5 1\n")
    label = read_jde(folder)[0].annotation
    np.testing.assert_allclose(label.xyxy, [[24, 12, 40, 36], [0, 0, 32, 48]])
    assert label.ids is not None
    assert label.ids.tolist() == [17, -1]


def test_polygons_have_no_identities(folder: Path) -> None:
    (folder / "labels_with_ids").mkdir()
    (folder / "labels_with_ids" / "a.txt").write_text("0 17 0.5 0.5 0.25 0.5\n0 0.1 0.2 0.2 0.2 0.2 0.8 0.1 0.8\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 2: expected 6 columns, got 9"):
        read_jde(folder)


def test_a_truncated_image_is_named_when_it_is_read(folder: Path) -> None:
    path = folder / "images" / "a.jpg"
    path.write_bytes(path.read_bytes()[:-400])
    image = read_yolo(folder)[0]
    with pytest.raises(ValueError, match=r"a\.jpg: not a readable image"):
        image.read()


def test_an_image_of_another_size_is_named_when_it_is_read(folder: Path, write_image: Callable[..., Path]) -> None:
    image = read_yolo(folder)[0]
    write_image(image.path, 32, 32)
    with pytest.raises(ValueError, match="the label says 64x48, but the image has 32x32"):
        image.read()


def test_stills_with_masks(tmp_path: Path, write_image: Callable[..., Path]) -> None:
    write_image(tmp_path / "images" / "a.png", 12, 10)
    mask = np.zeros((10, 12), np.uint8)
    mask[2:5, 3:9] = 1
    (tmp_path / "masks").mkdir()
    with pytest.raises(FileNotFoundError, match=r"a\.png: no mask; looked for .*a_mask\.png"):
        read_instance_masks(tmp_path)
    Image.fromarray(mask).save(tmp_path / "masks" / "a_mask.png")
    image = read_instance_masks(tmp_path)[0]
    assert image.annotation.xyxy.tolist() == [[3, 2, 9, 5]]
    assert image.read().pixels.shape == (10, 12, 3)


def test_a_mask_of_several_channels_is_refused(tmp_path: Path, write_image: Callable[..., Path]) -> None:
    write_image(tmp_path / "images" / "a.png", 12, 10)
    write_image(tmp_path / "masks" / "a.png", 12, 10)
    with pytest.raises(ValueError, match=r"a\.png: expected a mask of one channel, one value per person, got 3"):
        read_instance_masks(tmp_path)


def test_the_real_stills(shared: Path) -> None:
    people = shared / "data" / "people"
    football, penn = read_yolo(people / "football"), read_instance_masks(people / "pennfudan")
    assert (len(football), sum(len(image.annotation) for image in football)) == (124, 2858)
    assert (len(penn), sum(len(image.annotation) for image in penn)) == (170, 423)


LABEL = "0 0.5 0.5 0.25 0.5\n"


def split_names(path: Path) -> list[str]:
    return [image.path.name for image in open_dataset(path)]


def test_of_the_splits_of_ultralytics_only_the_training_pictures_are_read(
    tmp_path: Path, write_image: Callable[..., Path]
) -> None:
    for split in ("train", "val"):
        write_image(tmp_path / "images" / split / f"{split}.jpg")
        (tmp_path / "labels" / split).mkdir(parents=True)
        (tmp_path / "labels" / split / f"{split}.txt").write_text(LABEL)
    assert split_names(tmp_path) == ["train.jpg"]
    (tmp_path / "data.yaml").write_text("path: /elsewhere\ntrain: images/train\nval: images/val\nnames: {0: person}\n")
    assert split_names(tmp_path) == split_names(tmp_path / "data.yaml") == ["train.jpg"]
    (tmp_path / "labels" / "train" / "train.txt").write_text(LABEL * 2)  # the index notices changed labels
    assert len(open_dataset(tmp_path)[0].annotation) == 2
    (tmp_path / "data.yaml").write_text("train: pictures\n")
    with pytest.raises(ValueError, match=r"data\.yaml: expected folders of training pictures .* got pictures"):
        open_dataset(tmp_path / "data.yaml")
    assert split_names(tmp_path) == ["train.jpg"]
    (tmp_path / "data.yaml").write_text("path: .\ntrain: train.txt\nnames: {0: person}\n")  # as CVAT writes it
    assert split_names(tmp_path) == ["train.jpg"]


def test_the_folders_of_roboflow_are_read(tmp_path: Path, write_image: Callable[..., Path]) -> None:
    for split in ("train", "valid"):
        write_image(tmp_path / split / "images" / f"{split}.jpg")
        (tmp_path / split / "labels").mkdir()
        (tmp_path / split / "labels" / f"{split}.txt").write_text(LABEL)
    assert split_names(tmp_path) == ["train.jpg"]
    (tmp_path / "data.yaml").write_text("train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['person']\n")
    assert split_names(tmp_path) == split_names(tmp_path / "data.yaml") == ["train.jpg"]
    assert split_names(tmp_path / "valid") == ["valid.jpg"]
