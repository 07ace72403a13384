"""A real clip is tracked, its boxes are corrected as in CVAT, and a network learns from them.

That it is exported then, and tracks another clip, the commands of the README show (`tests/test_docs.py`).
"""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np
import pytest

from outrack.cli import main
from outrack.datasets import AnnotatedImage, DatasetOptions, find_source, fingerprint, open_dataset, read_video_boxes
from tests.conftest import ROOT

CLIP = ROOT / "samples" / "crossing.mp4"
NUM_FRAMES = 16
SMALL = (
    "schedule.steps=2",
    "schedule.warmup=0",
    "model.width=192",
    "model.height=160",
    "data.pairs=1",
    "data.workers=0",
)
MOVED = np.array([40.0, 60, 90, 200])


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the tracker says of the clip, ready for CVAT."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))
    assert main(["track", str(CLIP), "-o", "boxes/crossing.xml", "--max-frames", str(NUM_FRAMES), "--quiet"]) == 0
    return tmp_path / "boxes" / "crossing.xml"


def key(track: Element, frame: int, xyxy: np.ndarray, *, outside: bool = False, keyframe: bool = True) -> None:
    """A box as CVAT writes it."""
    sides = {name: f"{value:.2f}" for name, value in zip(("xtl", "ytl", "xbr", "ybr"), xyxy, strict=True)}
    flags = {"frame": str(frame), "keyframe": str(int(keyframe)), "outside": str(int(outside)), "occluded": "0"}
    SubElement(track, "box", flags | sides | {"z_order": "0"})


def correct(path: Path) -> tuple[int, int, int]:
    """Move one box, delete one track, add one; the identities of the three."""
    document = ElementTree.parse(path)
    root = document.getroot()
    moved, deleted = root.findall("track")[:2]
    for name, value in zip(("xtl", "ytl", "xbr", "ybr"), MOVED, strict=True):
        moved[0].set(name, f"{value:.2f}")
    root.remove(deleted)
    added = SubElement(root, "track", {"id": "77", "label": "person", "source": "manual"})
    start, end = np.array([100.0, 300, 130, 400]), np.array([160.0, 306, 190, 406])
    key(added, 2, start)
    for frame in (3, 4, 5, 6, 7):  # CVAT exports the frames between, too
        key(added, frame, start + (end - start) * (frame - 2) / 6, keyframe=False)
    key(added, 8, end)
    key(added, 9, end, outside=True)
    key(added, 14, end)  # comes back, and stays to the end
    document.write(path, encoding="utf-8", xml_declaration=True)
    return int(moved.get("id", "")), int(deleted.get("id", "")), 77


def people_of(images: list[AnnotatedImage], identity: int) -> dict[int, np.ndarray]:
    """Where a person is, by frame."""
    return {
        image.frame: image.annotation.xyxy[image.annotation.ids == identity][0]
        for image in images
        if image.annotation.ids is not None and identity in image.annotation.ids
    }


def test_manual_corrections_are_used_for_training(boxes: Path, tmp_path: Path) -> None:
    original = read_video_boxes(boxes, with_ids=True)
    moved, deleted, added = correct(boxes)
    corrected = read_video_boxes(boxes, with_ids=True)
    assert [image.frame for image in corrected] == list(range(NUM_FRAMES))
    assert people_of(corrected, moved)[0] == pytest.approx(MOVED)
    assert people_of(original, moved)[0] != pytest.approx(MOVED)
    assert people_of(original, deleted) and not people_of(corrected, deleted)
    new = people_of(corrected, added)
    assert list(new) == [*range(2, 9), 14, 15]
    assert new[5] == pytest.approx([130, 303, 160, 403])

    settings = [word for setting in SMALL for word in ("--set", setting)]
    assert main(["train", "--data", "boxes", "--init", "default", "-o", "runs/crossing", *settings]) == 0
    data = json.loads((tmp_path / "runs" / "crossing" / "data.json").read_text())
    unnamed = read_video_boxes(boxes)
    assert data["fingerprint"] == fingerprint(unnamed) != fingerprint(read_without_ids(original))
    assert data["boxes"] == sum(len(image.annotation) for image in corrected)


def read_without_ids(images: list[AnnotatedImage]) -> list[AnnotatedImage]:
    return [replace(image, annotation=replace(image.annotation, ids=None)) for image in images]


def test_an_export_next_to_the_trackers_file_is_preferred(boxes: Path, caplog: pytest.LogCaptureFixture) -> None:
    """CVAT hands out a zip; the file that it was given may still lie there."""
    corrected = boxes.parent / "corrected.xml"
    corrected.write_bytes(boxes.read_bytes())
    correct(corrected)
    with zipfile.ZipFile(boxes.with_suffix(".zip"), "w") as archive:
        archive.write(corrected, "annotations.xml")
    corrected.unlink()
    images = open_dataset(boxes.parent, DatasetOptions(with_ids=True))
    assert people_of(images, 77)
    assert "crossing.xml: passed over, as crossing.zip has boxes of the same video" in caplog.text


def test_the_video_is_found_wherever_it_lies(boxes: Path, tmp_path: Path) -> None:
    note = boxes.with_suffix(".source")
    assert note.read_text() == f"{CLIP}\n"
    shutil.copy(CLIP, "street.mp4")
    words = ("--max-frames", "2", "--quiet")
    assert main(["track", "street.mp4", "-o", "boxes/", *words]) == 0
    assert not (boxes.parent / "street.source").exists()  # one folder above the boxes
    assert find_source(boxes.parent / "street.txt") == tmp_path / "street.mp4"
    assert main(["track", str(CLIP), "-o", "scores.txt", *words]) == 0
    assert not Path("scores.source").exists()
