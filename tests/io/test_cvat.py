"""CVAT exports: XML with key frames, MOT 1.1 zips."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.io.cvat import read_boxes_cvat_xml, read_boxes_cvat_zip
from outrack.io.cvat_project import parts_of_export
from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.cvat import CvatWriter


def key(frame: int, x: float, *, outside: int = 0) -> str:
    place = f'xtl="{x}" ytl="5" xbr="{x + 10}" ybr="25"'
    return f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" {place}/>'


def from_zero(frames: NDArray[np.int64] | None) -> list[int]:
    """As CVAT counts."""
    assert frames is not None
    return [frame - 1 for frame in frames.tolist()]


def export(path: Path, *tracks: str, meta: str = "", label: str = "person") -> Path:
    body = "".join(f'<track id="{number}" label="{label}">{boxes}</track>' for number, boxes in enumerate(tracks))
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?><annotations><meta>{meta}</meta>{body}</annotations>')
    return path


def test_boxes_between_key_frames_are_filled_in(tmp_path: Path) -> None:
    boxes = read_boxes_cvat_xml(export(tmp_path / "a.xml", key(2, 10) + key(6, 18) + key(7, 18, outside=1)))
    assert from_zero(boxes.frames) == [2, 3, 4, 5, 6]
    assert boxes.xyxy[:, 0].tolist() == [10, 12, 14, 16, 18]
    assert boxes.xyxy[0].tolist() == [10, 5, 20, 25]
    assert set(boxes.ids.tolist()) == {0}


def test_a_track_may_leave_and_come_back(tmp_path: Path) -> None:
    track = key(9, 40) + key(0, 10) + key(2, 14, outside=1) + key(10, 40, outside=1)
    boxes = read_boxes_cvat_xml(export(tmp_path / "a.xml", track))
    assert from_zero(boxes.frames) == [0, 1, 9]
    assert boxes.xyxy[:, 0].tolist() == [10, 12, 40]


def test_a_track_stays_to_the_end_and_all_frames_of_the_task_were_looked_at(tmp_path: Path) -> None:
    meta = "<task><size>6</size></task>"
    boxes = read_boxes_cvat_xml(export(tmp_path / "a.xml", key(3, 10), meta=meta))
    assert from_zero(boxes.frames) == [3, 4, 5]
    assert from_zero(boxes.labelled_frames) == [0, 1, 2, 3, 4, 5]


def test_a_task_of_a_part_of_a_video_counts_in_frames_of_the_video(tmp_path: Path) -> None:
    meta = "<task><size>3</size><start_frame>10</start_frame><frame_filter>step=5</frame_filter></task>"
    boxes = read_boxes_cvat_xml(export(tmp_path / "a.xml", key(10, 10) + key(20, 20), meta=meta))
    assert from_zero(boxes.labelled_frames) == [10, 15, 20]
    assert from_zero(boxes.frames) == [10, 15, 20]
    assert boxes.xyxy[:, 0].tolist() == [10, 15, 20]


def test_two_key_frames_of_one_frame_are_not_confused(tmp_path: Path) -> None:
    boxes = read_boxes_cvat_xml(export(tmp_path / "a.xml", key(0, 10) + key(0, 12) + key(1, 14, outside=1)))
    assert boxes.xyxy[:, 0].tolist() == [12]


def test_a_rotated_box_is_read_by_its_upright_extent_and_turns_the_shorter_way(tmp_path: Path) -> None:
    boxes = '<box frame="{}" outside="{}" xtl="0" ytl="10" xbr="20" ybr="60" rotation="{}"/>'
    track = boxes.format(0, 0, 90.0) + boxes.format(1, 0, 350) + boxes.format(3, 0, 10) + boxes.format(4, 1, 10)
    read = read_boxes_cvat_xml(export(tmp_path / "a.xml", track))
    assert from_zero(read.frames) == [0, 1, 2, 3]
    np.testing.assert_allclose(read.xyxy[0], [-15, 25, 35, 45])
    np.testing.assert_allclose(read.xyxy[2], [0, 10, 20, 60], atol=1e-9)  # half-way between -10 and 10 degrees


def test_shapes_other_than_boxes_give_their_extent_or_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    polygon = '<polygon frame="0" outside="0" points="10,20;30,5;25,40"/><polygon frame="1" outside="1" points="1,1"/>'
    ellipse = '<ellipse frame="0" cx="10" cy="20" rx="5" ry="8"/>' + key(1, 0, outside=1)
    mask = '<mask frame="0" left="3" top="4" width="5" height="6" rle="1"/>' + key(1, 0, outside=1)
    points = '<points frame="0" points="1,2;3,4"/>'
    read = read_boxes_cvat_xml(export(tmp_path / "a.xml", polygon, ellipse, mask, points))
    assert read.xyxy.tolist() == [[10, 5, 30, 40], [5, 12, 15, 28], [3, 4, 8, 10]]
    assert "1 of 4 tracks have no boxes and are skipped (points)" in caplog.text


def project(path: Path) -> Path:
    tasks = "".join(
        f"<task><id>{number}</id><name>{name}</name><size>10</size></task>"
        for number, name in ((11, "a.mp4"), (12, "b"))
    )
    tracks = (
        f'<track id="0" label="person" task_id="11">{key(0, 10)}{key(5, 20)}</track>'
        f'<track id="1" label="person" task_id="12">{key(2, 40)}{key(6, 48, outside=1)}</track>'
    )
    path.write_text(f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta>{tracks}</annotations>")
    return path


def test_of_a_project_the_task_of_the_video_is_read(tmp_path: Path) -> None:
    path = project(tmp_path / "project.xml")
    first, second = read_boxes_cvat_xml(path, video="a.mp4"), read_boxes_cvat_xml(path, video="b.mp4")
    assert (from_zero(first.frames), set(first.ids.tolist())) == (list(range(10)), {0})
    assert (from_zero(second.frames), set(second.ids.tolist())) == ([2, 3, 4, 5], {1})
    with pytest.raises(ValueError, match=r"2 tasks \(a\.mp4, b\), and none of them has the name project\.xml"):
        read_boxes_cvat_xml(path)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(path, "annotations.xml")
    assert from_zero(read_boxes_cvat_zip(tmp_path / "b.zip").frames) == [2, 3, 4, 5]


def test_other_labels_are_left_out_and_none_at_all_is_an_error(tmp_path: Path) -> None:
    path = export(tmp_path / "a.xml", key(0, 10), label="Car")
    with pytest.raises(ValueError, match=r"no track is labelled person or .*; the labels are Car"):
        read_boxes_cvat_xml(path)
    assert len(read_boxes_cvat_xml(path, labels=("car",))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3", "not a well-formed XML file"),
        ("<annotations><image id='0'/></annotations>", 'Is it "CVAT for images"?'),
        (
            "<annotations><track label='person'><box frame='x'/></track></annotations>",
            "a number is missing or malformed",
        ),
        (
            "<annotations><track label='person'><box frame='1'/></track></annotations>",
            "a number is missing or malformed",
        ),
        (
            "<annotations><track label='person'><polygon frame='1' points='1,2,3'/></track></annotations>",
            "a number is missing or malformed",
        ),
        (
            "<annotations><track label='person'><box frame='-1' xtl='0' ytl='0' xbr='5' ybr='5'/></track>"
            "</annotations>",
            r"a number is missing or malformed \(frame -1\)",
        ),
        (
            "<annotations><track label='person'><box frame='1' xtl='nan' ytl='0' xbr='5' ybr='5'/></track>"
            "</annotations>",
            r"a number is missing or malformed \(frame 1: \[nan",
        ),
    ],
)
def test_broken_exports_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(ValueError, match=rf"a\.xml: .*{message}"):
        read_boxes_cvat_xml(tmp_path / "a.xml")


@pytest.mark.parametrize(
    "meta", ["<task><size>5000000000</size></task>", "<task><size>5</size><frame_filter>step=-1</frame_filter></task>"]
)
def test_a_task_that_cannot_be_is_refused(tmp_path: Path, meta: str) -> None:
    with pytest.raises(ValueError, match=r"a\.xml: a number is missing or malformed \(size 5"):
        read_boxes_cvat_xml(export(tmp_path / "a.xml", key(0, 10), meta=meta))


def test_what_track_writes_is_read_back_within_its_tolerance(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    starts = np.array([[20.0, 30, 40, 90], [200, 30, 230, 110]])
    truth = [starts + np.cumsum(rng.normal(0, 1, (30, 2, 1)), axis=0)[t] for t in range(30)]
    visible = [np.array([t < 25, t % 10 > 2]) for t in range(30)]
    with CvatWriter(tmp_path / "a.xml", tolerance=1.5) as out:
        for t in range(30):
            n = int(visible[t].sum())
            xyxy, ids = truth[t][visible[t]], np.array([1, 2])[visible[t]]
            zeros = np.zeros(n, np.int64)
            tracks = Tracks(xyxy=xyxy, ids=ids, scores=np.ones(n), class_ids=zeros, states=zeros, detection_index=zeros)
            out.write(Frame(None, t, t / 10), Detections(np.empty((0, 4)), np.empty(0)), tracks)
    boxes = read_boxes_cvat_xml(tmp_path / "a.xml")
    assert from_zero(boxes.labelled_frames) == list(range(30))
    assert len(boxes) == sum(int(v.sum()) for v in visible)
    for frame, identity, xyxy in zip(from_zero(boxes.frames), boxes.ids, boxes.xyxy, strict=True):
        assert visible[frame][identity - 1]
        assert np.abs(xyxy - truth[frame][identity - 1]).max() <= 1.5 + 0.01


def make_zip(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"gt/{name}.txt", text)
    return path


def test_labels_of_a_zip_choose_the_class(tmp_path: Path) -> None:
    gt = "1,1,5,5,9,9,1,1,1\n1,2,5,5,9,9,1,2,1\n1,3,5,5,9,9,0,2,1\n"
    assert read_boxes_cvat_zip(make_zip(tmp_path / "a.zip", gt=gt, labels="\ufeffcar\r\nPerson\r\n")).ids.tolist() == [
        2
    ]
    assert read_boxes_cvat_zip(make_zip(tmp_path / "b.zip", gt=gt)).ids.tolist() == [1]
    with pytest.raises(ValueError, match=r"c\.zip/gt/labels\.txt: no label is person or .*; the labels are car, dog"):
        read_boxes_cvat_zip(make_zip(tmp_path / "c.zip", gt=gt, labels="car\ndog\n"))


def test_an_export_as_cvat_hands_it_out_holds_the_xml(tmp_path: Path) -> None:
    xml = export(tmp_path / "a.xml", key(2, 10) + key(6, 18) + key(7, 18, outside=1))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(xml, "annotations.xml")
    plain, zipped = read_boxes_cvat_xml(xml), read_boxes_cvat_zip(tmp_path / "a.zip")
    assert np.array_equal(plain.xyxy, zipped.xyxy)
    assert np.array_equal(plain.frames, zipped.frames)


def test_a_broken_zip_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'a\.zip: it contains neither annotations\.xml nor gt/gt\.txt.*"MOT 1\.1"'):
        read_boxes_cvat_zip(make_zip(tmp_path / "a.zip", labels="person"))
    with pytest.raises(ValueError, match=r"b\.zip/gt/gt\.txt, line 1: expected at least 9 columns"):
        read_boxes_cvat_zip(make_zip(tmp_path / "b.zip", gt="1,2,3\n"))
    (tmp_path / "c.zip").write_text("no")
    with pytest.raises(ValueError, match=r"c\.zip: not a readable zip file"):
        read_boxes_cvat_zip(tmp_path / "c.zip")


@pytest.mark.parametrize("encoding", ["utf9", "idna", "utf-7", "rot13", "punycode", "utf-16"])
def test_an_encoding_that_cannot_be_read_is_an_error_of_the_file(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.xml").write_text(f'<?xml version="1.0" encoding="{encoding}"?><annotations/>')
    with pytest.raises(ValueError, match=r"a\.xml: not a well-formed XML file"):
        read_boxes_cvat_xml(tmp_path / "a.xml")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.xml", "annotations.xml")
    assert parts_of_export(tmp_path / "a.zip") == {"a": "a.zip"}
    with pytest.raises(ValueError, match=r"a\.zip.annotations\.xml: not a well-formed XML file"):
        read_boxes_cvat_zip(tmp_path / "a.zip")


def test_entities_that_grow_are_refused(tmp_path: Path) -> None:
    entities = ['<!ENTITY a0 "xxxxxxxxxx">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    (tmp_path / "a.xml").write_text(f"<!DOCTYPE a [{''.join(entities)}]><annotations>&a11;</annotations>")
    with pytest.raises(ValueError, match=r"a\.xml: not a well-formed XML file"):
        read_boxes_cvat_xml(tmp_path / "a.xml")


def test_files_outside_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("person")
    entity = f'<!DOCTYPE a [<!ENTITY a SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    (tmp_path / "a.xml").write_text(f'{entity}<annotations><track id="1" label="car">&a;</track></annotations>')
    with pytest.raises(ValueError, match=r"a\.xml: not a well-formed XML file"):
        read_boxes_cvat_xml(tmp_path / "a.xml")


def test_key_frames_far_apart_do_not_fill_the_memory(tmp_path: Path) -> None:
    tracks = [key(0, 10) + key(9_999_998, 18) + key(9_999_999, 18, outside=1)] * 50
    with pytest.raises(ValueError, match=r"a\.xml.* span more than 3,000,000 boxes, those of track 0"):
        read_boxes_cvat_xml(export(tmp_path / "a.xml", *tracks))


def test_an_hour_between_two_key_frames_is_filled_in_at_once(tmp_path: Path) -> None:
    boxes = read_boxes_cvat_xml(export(tmp_path / "a.xml", key(0, 0) + key(100_000, 100) + key(100_001, 0, outside=1)))
    assert len(boxes) == 100_001
    assert boxes.xyxy[50_000, 0] == pytest.approx(50)


@pytest.mark.parametrize("place", ['xtl="nan"', 'xtl="1e400"', 'xtl="1e300"', 'frame="1e3"', f'frame="{"9" * 5000}"'])
def test_a_number_that_is_in_no_picture_is_refused(tmp_path: Path, place: str) -> None:
    name = place.partition("=")[0]
    broken = re.sub(rf'{name}="[^"]*"', place, key(1, 10))
    with pytest.raises(ValueError, match=r"a\.xml: a number is missing or malformed"):
        read_boxes_cvat_xml(export(tmp_path / "a.xml", broken))


@pytest.mark.parametrize("damage", ["compression", "offset", "size"])
def test_a_zip_that_cannot_be_unpacked_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("annotations.xml", "<annotations/>")
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    if damage == "compression":
        content[directory + 10] = 99
    elif damage == "offset":
        content[directory + 42 : directory + 46] = b"\xff\xff\xff\x7f"
    else:
        content[directory + 24 : directory + 28] = b"\xff\xff\xff\x7f"
    path.write_bytes(content)
    assert parts_of_export(path) == {"a": "a.zip"}
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))}: "):
        read_boxes_cvat_zip(path)
