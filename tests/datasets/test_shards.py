"""Tar archives of pictures and labels: written, read in any order, by others' tools, and broken."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets import open_dataset, write_shards
from outrack.io.tar_members import members_of

BOXES = np.array([[2.5, 3, 12, 20], [-4, 1, 9, 18]])


@pytest.fixture
def images(tmp_path: Path) -> list[AnnotatedImage]:
    """Five frames of a video and a still, each with its own colour; jpg and png."""
    found = []
    for number in range(6):
        path = tmp_path / "pictures" / (f"{number}.jpg" if number % 2 else f"{number}.PNG")
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (32, 24), (40 * number, 0, 0)).save(path)
        label = Annotation(
            BOXES, np.zeros(2, np.int64), np.array([False, True]), np.array([1.0, 0.5]), np.array([3, 7])
        )
        found.append(AnnotatedImage(path, 32, 24, label, "street", number, upright=True))
    return [*found[:5], replace(found[5], video=None, frame=0, annotation=Annotation.of_people(np.empty((0, 4))))]


def test_what_is_packed_is_what_is_read_in_any_order(images: list[AnnotatedImage], tmp_path: Path) -> None:
    paths = list(write_shards(tmp_path / "shards", images, per_shard=4))
    assert [path.name for path in paths] == ["shard-000000.tar", "shard-000001.tar"]
    for attempt in ("first", "from the index"):
        found = open_dataset(tmp_path / "shards")
        assert len(found) == 6, attempt
        for one, other in reversed(list(zip(images, found, strict=True))):
            assert np.array_equal(one.read().pixels, other.read().pixels)
            for field in ("width", "height", "video", "frame", "upright"):
                assert getattr(one, field) == getattr(other, field)
            for field in ("xyxy", "class_ids", "ignore"):
                assert np.array_equal(getattr(one.annotation, field), getattr(other.annotation, field))
        assert found[0].annotation.ids is not None and found[0].annotation.ids.tolist() == [3, 7]
        assert found[0].annotation.visibility is not None and found[0].annotation.visibility.tolist() == [1.0, 0.5]
    repacked = list(write_shards(tmp_path / "again", open_dataset(tmp_path / "shards"), per_shard=4))
    assert [path.read_bytes() for path in repacked] == [path.read_bytes() for path in paths]
    with pytest.raises(FileExistsError, match="already contains shards"):
        next(write_shards(tmp_path / "again", images))


def write_tar(path: Path, files: dict[str, bytes], mode: str = "w") -> None:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (32, 24)).save(stream, "PNG")
    return stream.getvalue()


def ids_and_visibility(image: AnnotatedImage) -> tuple[list[int] | None, list[float] | None]:
    label = image.annotation
    ids = None if label.ids is None else label.ids.tolist()
    return ids, None if label.visibility is None else label.visibility.tolist()


def test_a_frame_without_boxes_keeps_what_its_dataset_knows(images: list[AnnotatedImage], tmp_path: Path) -> None:
    whole = images[0].annotation
    empty = whole[np.zeros(2, bool)]
    labels = [whole, empty, replace(empty, ids=None), replace(empty, visibility=None)]
    video = [replace(image, annotation=label) for image, label in zip(images, labels, strict=False)]
    (path,) = write_shards(tmp_path / "shards", video)
    assert list(map(ids_and_visibility, open_dataset(path))) == [
        ([3, 7], [1.0, 0.5]),
        ([], []),
        (None, []),
        ([], None),
    ]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([{"track_id": 3, "visibility": 1}, {"track_id": 7, "visibility": 0.5}], ([3, 7], [1.0, 0.5])),
        ([{"track_id": 3, "visibility": 1}, {}], ([3, -1], None)),
        ([{}, {"track_id": 7, "visibility": 1}], ([-1, 7], None)),
        ([{}, {}], (None, None)),
        ([], (None, None)),
    ],
)
def test_without_a_list_of_what_is_known_the_boxes_show_it(
    boxes: list[dict[str, float]], expected: tuple[list[int] | None, list[float] | None], tmp_path: Path
) -> None:
    labels = {"width": 32, "height": 24, "annotations": [{"bbox": [1, 2, 9, 9], **box} for box in boxes]}
    write_tar(tmp_path / "x.tar", {"a.png": picture(), "a.json": json.dumps(labels).encode()})
    (image,) = open_dataset(tmp_path / "x.tar")
    assert ids_and_visibility(image) == expected


def test_archives_of_other_tools_are_read(tmp_path: Path) -> None:
    labels = {
        "width": 32,
        "height": 24,
        "annotations": [{"bbox": [1, 2, 3, 4]}, {"bbox": [1, 2, 3, 4], "category_id": 9}],
    }
    files = {
        "part/a.seg.png": picture(),  # the key is the name up to its first dot
        "part/a.json": json.dumps(labels).encode(),
        "part/b.png": picture(),  # without labels
        "part/a.txt": b"a caption",
    }
    write_tar(tmp_path / "train-0.tar", files)
    (image,) = open_dataset(tmp_path / "train-0.tar")
    assert image.annotation.xyxy.tolist() == [[1, 2, 4, 6]]
    assert image.read().scene == str(tmp_path / "train-0.tar" / "part" / "a.seg.png")


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (b"{", "not the labels of a picture"),
        (b"[1]", "not the labels of a picture"),
        (b'{"width": 32}', "height is missing"),
        (b'{"width": 32, "height": 24, "annotations": [{"bbox": [1, 2]}]}', "not the labels of a picture"),
    ],
)
def test_broken_labels_are_named(tmp_path: Path, labels: bytes, reason: str) -> None:
    write_tar(tmp_path / "x.tar", {"a.png": picture(), "a.json": labels})
    with pytest.raises(ValueError, match=rf"x\.tar/a\.json: .*{reason}"):
        open_dataset(tmp_path / "x.tar")


def test_broken_archives_are_named(images: list[AnnotatedImage], tmp_path: Path) -> None:
    (path,) = write_shards(tmp_path / "shards", images)
    found = open_dataset(path)
    place = members_of(path)["00000005.jpg"]
    content = path.read_bytes()
    path.write_bytes(content[: place.offset + 10])
    with pytest.raises(ValueError, match=r"shard-000000\.tar: .*(not an uncompressed tar archive|cut short)"):
        found[5].read()
    write_tar(path, {"a.png": picture(), "a.json": b"{}"}, "w:gz")
    with pytest.raises(ValueError, match=r"shard-000000\.tar: not an uncompressed tar archive"):
        open_dataset(path)
    write_tar(path, {"other.png": b""})
    with pytest.raises(FileNotFoundError, match=r"00000000\.png: no such image"):
        found[0].read()
