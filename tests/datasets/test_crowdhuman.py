"""CrowdHuman label files."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from outrack.datasets.crowdhuman import read_crowdhuman

PEOPLE = [
    {
        "tag": "person",
        "fbox": [10, 10, 20, 30],
        "vbox": [10, 10, 20, 15],
        "hbox": [12, 10, 5, 5],
        "extra": {"box_id": 0},
    },
    {"tag": "person", "fbox": [-5, 0, 20, 20], "vbox": [0, 0, 15, 20], "extra": {"ignore": 1}},
    {"tag": "mask", "fbox": [30, 5, 30, 10], "vbox": [30, 5, 30, 10], "extra": {"ignore": 1}},
]


def write_odgt(path: Path, **images: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps({"ID": name, "gtboxes": boxes}) + "\n" for name, boxes in images.items()))
    return path


def test_full_body_boxes_visibility_and_ignore_regions(tmp_path: Path, write_image: Callable[..., Path]) -> None:
    write_image(tmp_path / "Images" / "a.jpg", 64, 48)
    write_image(tmp_path / "Images" / "b.jpg", 32, 16)
    images = read_crowdhuman(write_odgt(tmp_path / "val.odgt", a=PEOPLE, b=[]))
    assert [(image.width, image.height, image.video) for image in images] == [(64, 48, None), (32, 16, None)]
    label = images[0].annotation
    assert label.xyxy.tolist() == [[10, 10, 30, 40], [-5, 0, 15, 20], [30, 5, 60, 15]]
    assert label.ignore.tolist() == [False, True, True]
    assert label.visibility is not None
    assert label.visibility.tolist() == [0.5, 0.75, 1]
    assert label.ids is None
    assert len(images[1].annotation) == 0
    assert images[0].read().scene != images[1].read().scene


def test_exif_orientation_does_not_turn_the_size(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees"
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=exif)
    image = read_crowdhuman(write_odgt(tmp_path / "val.odgt", a=PEOPLE))[0]
    assert (image.width, image.height) == (64, 48)
    assert image.read().pixels.shape == (48, 64, 3)


def test_missing_images_are_counted(
    tmp_path: Path, write_image: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    write_image(tmp_path / "images" / "a.jpg")
    odgt = write_odgt(tmp_path / "val.odgt", a=PEOPLE, b=PEOPLE, c=PEOPLE)
    with caplog.at_level(logging.WARNING):
        assert len(read_crowdhuman(odgt, images=tmp_path / "images")) == 1
    assert "2 of 3 images are missing" in caplog.text
    (tmp_path / "images" / "a.jpg").unlink()
    with pytest.raises(FileNotFoundError, match="none of its 3 images exists"):
        read_crowdhuman(odgt, images=tmp_path / "images")


@pytest.mark.parametrize(
    "line",
    [
        '{"ID": "a"}',
        "not json",
        '{"ID": "a", "gtboxes": [{"tag": "person"}]}',
        '{"ID": "a", "gtboxes": [5]}',
        '{"ID": "a", "gtboxes": [{"tag": "person", "fbox": null}]}',
        '{"ID": "a", "gtboxes": [{"tag": "person", "fbox": [1, 2, 3, 4], "extra": null}]}',
        '{"ID": "b", "gtboxes": []}',
        "[]",
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "val.odgt").write_text(f'{{"ID": "b", "gtboxes": []}}\n{line}\n')
    with pytest.raises(ValueError, match=r'val\.odgt, line 2: expected \{"ID"'):
        read_crowdhuman(tmp_path / "val.odgt")


def test_a_box_that_is_not_finite_is_refused(tmp_path: Path, write_image: Callable[..., Path]) -> None:
    write_image(tmp_path / "a.jpg")
    odgt = write_odgt(tmp_path / "val.odgt", a=[{"tag": "person", "fbox": [float("nan"), 1, 2, 3]}])
    with pytest.raises(ValueError, match=r"a box of a\.jpg is not finite"):
        read_crowdhuman(odgt)
