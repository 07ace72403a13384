"""`convert`: recognised formats, refusals and reported losses."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from outrack.conversion import Labels, convert
from outrack.conversion.formats import FORMATS
from outrack.conversion.guess import format_of_input, format_of_output
from outrack.conversion.losses import fitted

CVAT = """<annotations><meta><task><name>street</name><size>3</size>
<original_size><width>64</width><height>48</height></original_size></task></meta>
<track id="0" label="person"><box frame="0" outside="0" occluded="1" keyframe="1" xtl="1" ytl="2" xbr="11" ybr="22"/>
<box frame="2" outside="1" occluded="0" keyframe="1" xtl="1" ytl="2" xbr="11" ybr="22"/></track>
<track id="1" label="Person"><polygon frame="0" outside="0" occluded="0" keyframe="1" points="20,4;30,4;25,24"/></track>
<track id="2" label="car"><box frame="0" outside="0" occluded="0" keyframe="1" rotation="90" xtl="40" ytl="20"
 xbr="50" ybr="24"/></track>
<track id="3" label="person"><skeleton frame="0" keyframe="1"><points frame="0" label="nose" points="3,4"/></skeleton>
</track></annotations>"""


def test_polygons_rotated_boxes_and_skeletons_of_cvat_are_counted(tmp_path: Path) -> None:
    source = tmp_path / "street.xml"
    source.write_text(CVAT)
    done = convert(source, tmp_path / "street.json")
    assert done.lost == {
        "polygons (replaced by the boxes around them)": 1,
        "rotated boxes (replaced by the upright boxes around them)": 1,
        "tracks without a box (skeleton)": 1,
        "occluded flags": 1,
        "further names of people (now person)": 1,
    }
    content = json.loads((tmp_path / "street.json").read_text())
    assert [category["name"] for category in content["categories"]] == ["person", "car"]
    first = {box["track_id"]: box["bbox"] for box in content["annotations"] if box["image_id"] == 1}
    assert first == {0: [1, 2, 10, 20], 1: [20, 4, 10, 20], 2: [43, 17, 4, 10]}
    assert [box["image_id"] for box in content["annotations"] if box["track_id"] == 0] == [1, 2]


def test_a_folder_of_cvat_has_its_exports_zipped_or_not(tmp_path: Path) -> None:
    (tmp_path / "cvat").mkdir()
    (tmp_path / "cvat" / "street.xml").write_text(CVAT)
    with zipfile.ZipFile(tmp_path / "cvat" / "square.zip", "w") as archive:
        archive.writestr("annotations.xml", CVAT.replace("street", "square"))
    assert convert(tmp_path / "cvat", tmp_path / "all.json", from_format="cvat").num_videos == 2


@pytest.mark.parametrize(("target", "changed"), [("cvat", 1), ("cvat-mot", 0), ("jsonl", 0)])
def test_classes_that_change_within_a_track_are_lost_in_cvat_alone(
    target: str, changed: int, two_people: Callable[..., Labels]
) -> None:
    labels = two_people()
    first, second = labels.pictures
    boxes = tuple(replace(box, class_id=1) if box.identity == 3 else box for box in first.boxes)
    _, lost = fitted(replace(labels, pictures=(replace(first, boxes=boxes), second)), FORMATS[target])
    assert lost["boxes whose class differs from that of their track's last box"] == changed


def test_masks_of_coco_are_counted_and_their_boxes_taken(tmp_path: Path) -> None:
    box = {"id": 1, "image_id": 1, "category_id": 18, "bbox": [1, 2, 10, 20], "iscrowd": 1}
    annotations = [
        box | {"segmentation": {"counts": "PQ1", "size": [48, 64]}},
        box | {"id": 2, "category_id": 1, "iscrowd": 0, "segmentation": [[1, 2, 11, 2, 6, 22]], "keypoints": [3, 4, 2]},
        box | {"id": 3, "category_id": 1, "iscrowd": 0, "bbox": [5, 5, 0, 9]},
        box | {"id": 4, "category_id": 1, "iscrowd": 0, "attributes": {"rotation": 90.0}},
    ]
    source = tmp_path / "labels.json"
    source.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
                "annotations": annotations,
                "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}],
            }
        )
    )
    done = convert(source, tmp_path / "labels.odgt")
    assert done.num_boxes == 2  # the dog has no place in CrowdHuman
    assert done.lost == {
        "masks (RLE) besides boxes": 1,
        "polygons besides boxes": 1,
        "keypoints besides boxes": 1,
        "rotated boxes (replaced by the upright boxes around them)": 1,
        "boxes without area": 1,
        "boxes of other classes (omitted)": 1,
    }


def test_yolo_lines_of_six_columns_and_foreign_classes_are_named(tmp_path: Path, write_image: Callable) -> None:
    folder = tmp_path / "yolo"
    write_image(folder / "images" / "a.jpg")
    (folder / "labels").mkdir()
    (folder / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.5 0.9\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 1: expected 5 columns, got 6.*score or an id"):
        convert(folder, tmp_path / "a.json")
    (folder / "labels" / "a.txt").write_text("2 0.5 0.5 0.25 0.5\n0 0.1 0.1 0.2 0.1 0.2 0.5\n")
    (folder / "data.yaml").write_text("names: {0: car, 2: person}\n")
    done = convert(folder, tmp_path / "a.json")
    assert done.lost == {"polygons (replaced by the boxes around them)": 1}
    content = json.loads((tmp_path / "a.json").read_text())
    assert [category["name"] for category in content["categories"]] == ["person", "car", "class-1"]
    assert [box["category_id"] for box in content["annotations"]] == [1, 2]


def test_stills_need_to_be_called_videos(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    source = tmp_path / "yolo"
    labels = fitted(two_people(None), FORMATS["jde"])[0]
    FORMATS["jde"].write(source, labels, "copy")
    with pytest.raises(ValueError, match=r"stills/000001\.png is a still.*--as-video"):
        convert(source, tmp_path / "mot", to_format="mot")
    done = convert(source, tmp_path / "mot", to_format="mot", as_videos=True, frame_rate=5)
    assert done.written == (tmp_path / "mot" / "stills",)
    assert (tmp_path / "mot" / "stills" / "img1" / "000002.png").is_symlink()
    assert (tmp_path / "mot" / "stills" / "seqinfo.ini").read_text().count("frameRate=5\nseqLength=2") == 1
    assert (tmp_path / "mot" / "stills" / "gt" / "gt.txt").read_text().splitlines()[0] == "1,3,1,2,10,20,1,1,1"


def test_the_test_servers_zip_has_each_sequence_of_mot17_three_times(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    line = "1,4,1.00,2.00,10.00,20.00,0.9000,-1,-1,-1\n"
    for name in ("MOT17-01", "MOT20-04"):
        (folder / f"{name}.txt").write_text(line)
    done = convert(folder, tmp_path / "up.zip", to_format="mot-zip")
    with zipfile.ZipFile(tmp_path / "up.zip") as archive:
        names = [f"MOT17-01-{detector}.txt" for detector in ("DPM", "FRCNN", "SDP")]
        assert sorted(archive.namelist()) == [*names, "MOT20-04.txt"]
        assert {archive.read(name).decode() for name in archive.namelist()} == {line}
    assert (done.source, done.num_videos, done.lost) == ("mot-results", 2, {})
    back = convert(tmp_path / "up.zip", tmp_path / "again", to_format="mot-results")
    assert [path.name for path in back.written] == ["MOT17-01.txt", "MOT20-04.txt"]
    assert back.lost == {"copies for public detectors": 2}


def test_detections_without_identities_are_not_made_tracks(tmp_path: Path) -> None:
    det = tmp_path / "street" / "det" / "det.txt"
    det.parent.mkdir(parents=True)
    det.write_text("1,-1,1,2,10,20,0.5\n3,-1,1,2,10,20,0.75\n")
    with pytest.raises(ValueError, match=r"no identity, but cvat needs one for each box.*Track the boxes first"):
        convert(det, tmp_path / "street.xml")
    assert convert(det, tmp_path / "street.csv").lost == {
        "video of unknown frame rate (25 frames per second are assumed for time stamps)": 1
    }
    rows = (tmp_path / "street.csv").read_text().splitlines()
    assert rows[1:] == [
        "1,0.000000,-1,1.00,2.00,11.00,22.00,0.5000,0,detected",
        "3,0.080000,-1,1.00,2.00,11.00,22.00,0.7500,0,detected",
    ]


def test_an_unknown_size_is_requested(tmp_path: Path) -> None:
    source = tmp_path / "street.txt"
    source.write_text("1,4,-8.00,2.00,16.00,20.00,0.9,-1,-1,-1\n1,5,70.00,2.00,16.00,20.00,0.9,-1,-1,-1\n")
    with pytest.raises(ValueError, match=r"the size of street/000001\.jpg is unknown.*--size 1920x1080"):
        convert(source, tmp_path / "yolo", to_format="yolo")
    done = convert(source, tmp_path / "yolo", to_format="yolo", size=(64, 40))
    assert done.lost["parts of boxes outside the picture"] == 2 and done.num_boxes == 1
    assert (tmp_path / "yolo" / "labels" / "street" / "000001.txt").read_text() == "0 0.0625 0.3 0.125 0.5\n"


def test_nothing_is_replaced_unasked_and_no_input_at_all(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    source = tmp_path / "street.jsonl"
    FORMATS["jsonl"].write(source, two_people(), "none")
    goal = tmp_path / "street.csv"
    goal.write_text("mine")
    with pytest.raises(FileExistsError, match="already exists"):
        convert(source, goal)
    assert goal.read_text() == "mine"
    assert convert(source, goal, overwrite=True).num_identities == 3
    with pytest.raises(ValueError, match="this file is also an input"):
        convert(source, source, overwrite=True)


def test_no_file_of_a_folder_that_is_read_is_replaced(tmp_path: Path, two_people: Callable[..., Labels]) -> None:
    folder = tmp_path / "mot"
    FORMATS["mot"].write(folder, two_people(), "none")
    (truth,) = folder.glob("*/gt/gt.txt")
    before = truth.read_bytes()
    with pytest.raises(ValueError, match=r"gt\.txt: this file is also an input"):
        convert(folder, truth, overwrite=True)
    assert truth.read_bytes() == before
    for _ in range(2):  # an output beside the sequences may be written again
        assert convert(folder, folder / "all.json", overwrite=True).num_identities == 3
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "a.txt").write_text("1,4,1,2,10,20,0.9,-1,-1,-1\n")
    with pytest.raises(ValueError, match=r"a\.txt: this file is also an input"):
        convert(tables, tables, from_format="mot-results", to_format="mot-det", overwrite=True)


def test_one_file_holds_one_video(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("1,4,1,2,10,20,0.9,-1,-1,-1\n")
    with pytest.raises(ValueError, match=r"both\.csv: there are 2 videos \(a, b\); give a folder"):
        convert(tmp_path, tmp_path / "both.csv", from_format="mot-results")
    assert len(convert(tmp_path, tmp_path / "out", to_format="csv").written) == 2
    with pytest.raises(ValueError, match=r"coco is a single file; expected a name ending in \.json"):
        convert(tmp_path / "a.txt", tmp_path, to_format="coco")
    with pytest.raises(ValueError, match=r"csv files end in \.csv"):
        convert(tmp_path / "a.txt", tmp_path / "a.xml", to_format="csv")


@pytest.mark.parametrize(
    ("name", "content", "format_name"),
    [
        ("gt.txt", "", "mot-gt"),
        ("det.txt", "", "mot-det"),
        ("street.txt", "1,1,2,3,4,5,1,1,1\n", "mot-gt"),
        ("street.txt", "1,-1,2,3,4,5,0.5\n", "mot-det"),
        ("street.txt", "1,1,2,3,4,5,0.5,-1,-1,-1\n", "mot-results"),
        ("street.odgt", "", "crowdhuman"),
        ("street.csv", "", "csv"),
    ],
)
def test_formats_are_recognised(tmp_path: Path, name: str, content: str, format_name: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert format_of_input(path).name == format_name


def test_an_ambiguous_format_is_requested(tmp_path: Path) -> None:
    (tmp_path / "street.txt").write_text("")
    with pytest.raises(ValueError, match=r"street\.txt: cannot recognise the format; give --from mot\|"):
        format_of_input(tmp_path / "street.txt")
    with pytest.raises(ValueError, match=r"out\.zip: cannot tell which format to write; give --to"):
        format_of_output(tmp_path / "out.zip")
    (tmp_path / "broken.zip").write_text("no zip")
    with pytest.raises(ValueError, match=r"broken\.zip: not a zip file"):
        format_of_input(tmp_path / "broken.zip")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        format_of_input(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"expected a format of mot, .*got 'kitti'"):
        convert(tmp_path / "street.txt", tmp_path / "a.csv", from_format="kitti")


def test_identities_twice_in_a_frame_are_refused(tmp_path: Path) -> None:
    (tmp_path / "street.txt").write_text("1,4,1,2,10,20,0.9,-1,-1,-1\n" * 2)
    with pytest.raises(ValueError, match="identity 4 appears twice in frame 1 of street"):
        convert(tmp_path / "street.txt", tmp_path / "street.json")
    assert not (tmp_path / "street.json").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "frame,x1,y1,x2,y2\n9999999,1,2,3,4\n"),
        ("a.jsonl", '{"frame": 9999999, "tracks": []}\n'),
        ("a.txt", "9999999,1,2,3,4,5,0.5,-1,-1,-1\n"),
        ("a.xml", "<annotations><meta><task><size>9999999</size></task></meta></annotations>"),
    ],
)
def test_a_frame_that_would_fill_the_memory_is_refused(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=r"a\.\w+: its last frame is 9,999,999"):
        convert(tmp_path / name, tmp_path / "b.json")


def test_a_number_that_is_not_a_class_is_refused(tmp_path: Path, write_image: Callable) -> None:
    (tmp_path / "a.csv").write_text("frame,x1,y1,x2,y2,class_id\n1,1,2,3,4,999999999\n")
    (tmp_path / "gt.txt").write_text("1,1,2,3,4,5,1,999999999,1\n")
    write_image(tmp_path / "yolo" / "images" / "a.jpg")
    (tmp_path / "yolo" / "labels").mkdir()
    (tmp_path / "yolo" / "labels" / "a.txt").write_text("999999999 0.5 0.5 0.25 0.5\n")
    for name in ("a.csv", "gt.txt", "yolo"):
        with pytest.raises(ValueError, match=r"found class 99999999\d; expected one below 100,000"):
            convert(tmp_path / name, tmp_path / "b.json")


@pytest.mark.parametrize(
    ("number", "message"),
    [(2, r"a\.txt: class 2 has no name; the folder names 0 to 1: person, car"), (-1, r"a\.txt: expected classes of 0")],
)
def test_a_class_that_a_yolo_folder_does_not_name_is_refused(
    number: int, message: str, tmp_path: Path, write_image: Callable
) -> None:
    write_image(tmp_path / "yolo" / "images" / "a.jpg")
    (tmp_path / "yolo" / "labels").mkdir()
    (tmp_path / "yolo" / "labels" / "a.txt").write_text(f"1 0.5 0.5 0.25 0.5\n{number} 0.5 0.5 0.25 0.5\n")
    (tmp_path / "yolo" / "data.yaml").write_text("names: [person, car]\n")
    with pytest.raises(ValueError, match=message):
        convert(tmp_path / "yolo", tmp_path / "b.json")


def test_boxes_in_no_picture_and_categories_without_a_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.odgt").write_text('{"ID": "p", "gtboxes": [{"tag": "person", "fbox": [0, 0, 1e200, 1e200]}]}\n')
    (tmp_path / "a.csv").write_text("frame,x1,y1,x2,y2\n1,0,0,1e200,9\n")
    (tmp_path / "a.json").write_text('{"images": [], "annotations": [], "categories": [{"id": 3}]}')
    for name, message in (
        ("a.odgt", ": .*far outside any picture"),
        ("a.csv", ", line 2: .*far outside any picture"),
        ("a.json", ": .*category 3 has no name"),
    ):
        with pytest.raises(ValueError, match=f"{name}{message}"):
            convert(tmp_path / name, tmp_path / "b.json")
