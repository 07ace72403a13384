"""One list of names means people in every kind of file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outrack.conversion.mot_rows import mot_class
from outrack.io.coco import read_coco_images
from outrack.io.cvat import read_boxes_cvat_xml
from outrack.io.person_names import PERSON_NAMES, is_person

NAMES = (*PERSON_NAMES, "People", " HUMAN ")


def coco(path: Path, *names: str) -> Path:
    """One picture with a box of each category, whose left edge is its number from 1."""
    image = {"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}
    numbered = list(enumerate(names, start=1))
    boxes = [{"id": n, "image_id": 1, "category_id": n, "bbox": [n, 2, 3, 4]} for n, _ in numbered]
    categories = [{"id": n, "name": name} for n, name in numbered]
    path.write_text(json.dumps({"images": [image], "annotations": boxes, "categories": categories}))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_name_means_people_in_every_kind_of_file(tmp_path: Path, name: str) -> None:
    assert is_person(name)
    assert mot_class(name) == 1
    (image,) = read_coco_images(coco(tmp_path / "a.json", "car", name))
    assert [(box.xyxy[0], box.class_id) for box in image.boxes] == [(2, 0)]
    key = '<box frame="{}" outside="{}" occluded="0" keyframe="1" xtl="0" ytl="0" xbr="9" ybr="9"/>'
    track = f'<track id="1" label="{name}">{key.format(0, 0)}{key.format(1, 1)}</track>'
    (tmp_path / "a.xml").write_text(f"<annotations>{track}</annotations>")
    assert len(read_boxes_cvat_xml(tmp_path / "a.xml")) == 1


def test_other_names_do_not(tmp_path: Path) -> None:
    assert not is_person("personal computer")
    with pytest.raises(ValueError, match=r"no category is named person or pedestrian or people or human; it has car"):
        read_coco_images(coco(tmp_path / "a.json", "car"))


def test_a_requested_category_is_first_sought_in_its_own_case(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json", "Person", "person", "CAR")
    (image,) = read_coco_images(path, classes=("person", "Person", "car"))
    assert [box.class_id for box in image.boxes] == [1, 0, 2]
