"""Label outputs, rows delayed by --min-length, and standard output."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.datasets import open_dataset
from outrack.io.video_boxes import read_boxes_coco
from outrack.structures import Detections, Frame, Tracks
from outrack.video import open_writers

NO_DETECTIONS = Detections.empty()


def frame_at(index: int) -> Frame:
    return Frame(np.zeros((48, 64, 3), np.uint8), index, index / 10)


def write_frames(path: Path, make_tracks, lives: dict[int, range], num_frames: int, **settings) -> None:
    """Tracks at one place each, in the frames that `lives` says, ten frames a second."""
    with open_writers([path], frame_rate=10, **settings) as writers:
        for index in range(num_frames):
            ids = [track_id for track_id, frames in lives.items() if index in frames]
            tracks = make_tracks([[20.0 * i, 5, 20 * i + 10, 25] for i in ids], ids=ids) if ids else Tracks.empty()
            writers.write(frame_at(index), NO_DETECTIONS, tracks)


class Source:
    """What writers ask of a source."""

    name, size = "street & co", (640, 480)

    def __init__(self, *, may_go_on: bool) -> None:
        self.may_go_on = may_go_on

    def picture_of(self, index: int) -> None:
        return None


@pytest.mark.parametrize(("may_go_on", "ends"), [(True, [(20, "1")]), (False, [])])
def test_cvat_tracks_end_where_a_longer_video_continues(tmp_path: Path, make_tracks, may_go_on: bool, ends: list):
    path = tmp_path / "clip.xml"
    write_frames(path, make_tracks, {3: range(20)}, 20, source=Source(may_go_on=may_go_on))
    boxes = [(int(box.get("frame")), box.get("outside")) for box in ET.parse(path).getroot().iter("box")]
    assert boxes == [*((frame, "0") for frame in range(20)), *ends]


def test_cvat_carries_its_labels(tmp_path: Path, make_tracks):
    path = tmp_path / "clip.xml"
    source = Source(may_go_on=False)
    with open_writers([path], frame_rate=10, source=source, class_names=("person", "car<s>")) as writers:
        tracks = make_tracks([[0, 0, 9, 9], [20, 0, 29, 9], [40, 0, 49, 9]])
        tracks = replace(tracks, class_ids=np.array([0, 1, 7]))
        writers.write(Frame(None, 0, 0.0), NO_DETECTIONS, tracks)
    root = ET.parse(path).getroot()
    labels = [name.text for name in root.findall("meta/task/labels/label/name")]
    assert labels == ["person", "car<s>", "class-7"]
    assert [track.get("label") for track in root.findall("track")] == labels
    assert root.findtext("meta/task/name") == "street & co"
    assert root.findtext("meta/task/original_size/width") == "640"


def test_coco_vid_is_read_back(tmp_path: Path, make_tracks):
    path = tmp_path / "street.json"
    with open_writers([path], frame_rate=10) as writers:
        tracks = make_tracks([[30.5, 10, 40, 30], [1, 2, 11, 22]], ids=[7, 3], states=[0, 2], score=0.25)
        writers.write(frame_at(4), NO_DETECTIONS, tracks)
        writers.write(frame_at(6), NO_DETECTIONS, Tracks.empty())
        assert path.read_bytes() == b"", "an incomplete json would be invalid"
    content = json.loads(path.read_text())
    assert content["videos"] == [{"id": 1, "name": "video", "width": 64, "height": 48, "fps": 10}]
    assert [image["frame_id"] for image in content["images"]] == [4, 6]
    assert [box["track_id"] for box in content["annotations"]] == [3, 7]
    assert content["annotations"][1]["bbox"] == [30.5, 10, 9.5, 20]
    boxes = read_boxes_coco(path)
    assert boxes.labelled_frames.tolist() == [5, 7]
    assert boxes.ids.tolist() == [7], "a merely predicted box is no label"
    assert boxes.xyxy.tolist() == [[30.5, 10, 40, 30]]


@pytest.mark.parametrize("before", ["before", None])
def test_a_failed_coco_vid_keeps_the_previous_file(
    before: str | None, tmp_path: Path, make_tracks, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "street.json"
    if before is not None:
        path.write_text(before)
    writers = open_writers([path], frame_rate=10, overwrite=before is not None)
    writers.write(frame_at(0), NO_DETECTIONS, make_tracks([[1, 2, 11, 22]], ids=[3]))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(OSError, match=r"street\.json: cannot be written \(No space"):
        writers.close()
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == (
        [] if before is None else [("street.json", "before")]  # without one, no empty file is in the way
    )


def test_short_tracks_are_left_out_and_the_rows_of_long_ones_come_in_order(tmp_path: Path, make_tracks):
    lives = {1: range(0, 40), 2: range(5, 9), 3: range(3, 30), 4: range(38, 40)}
    path = tmp_path / "a.csv"
    write_frames(path, make_tracks, lives, 40, min_length_s=1.0, memory_s=0.5)
    rows = [(int(row["frame"]), int(row["id"])) for row in csv.DictReader(path.read_text().splitlines())]
    assert rows == sorted((index + 1, i) for i in (1, 3) for index in lives[i])


def test_rows_wait_no_longer_than_they_must(tmp_path: Path, make_tracks):
    path = tmp_path / "a.csv"
    with open_writers([path], frame_rate=10, min_length_s=1.0, memory_s=0.5) as writers:
        for index in range(40):
            ids = [1] if index < 3 else [2] if index > 20 else []
            tracks = make_tracks([[1, 2, 11, 22]], ids=ids) if ids else Tracks.empty()
            writers.write(frame_at(index), NO_DETECTIONS, tracks)
            text = path.read_text()
            assert text.startswith("frame") == (index > 7), "written once the lost track can no longer be recovered"
            if index > 30:
                assert text.count("\n") == index - 19


@pytest.mark.parametrize("name", ["-.mp4", "-.xml"])
def test_standard_output_takes_what_streams(name: str):
    with pytest.raises(ValueError, match="for standard output use - "):
        open_writers([Path(name)], frame_rate=10)
    with pytest.raises(ValueError, match="the same output is given twice"):
        open_writers([Path("-"), Path("-.csv")], frame_rate=10)


DET = "".join(f"{frame},-1,{10 + frame},10,16,40,0.9\n" for frame in range(1, 21))


def outrack(*words: str, text: str = "", cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "outrack", "track", *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, cwd=cwd, timeout=120)


def test_from_standard_input_to_standard_output(tmp_path: Path):
    (tmp_path / "e").mkdir()
    done = outrack("e", "--detections", "-", "-o", "-", "-o", "a.csv", text=DET, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [entry["frame"] for entry in entries] == list(range(1, 21))
    assert "standard output" in done.stderr and "people" in done.stderr
    table = outrack("e", "--detections", "-", "-o", "-.csv", "-q", text=DET, cwd=tmp_path)
    assert (table.stdout, table.stderr) == ((tmp_path / "a.csv").read_text(), "")


def test_a_reader_that_goes_away_ends_the_run_in_one_word(tmp_path: Path):
    (tmp_path / "e").mkdir()
    (tmp_path / "det.txt").write_text("".join(f"{frame},-1,10,10,16,40,0.9\n" for frame in range(1, 20001)))
    command = f"{sys.executable} -m outrack track e --detections det.txt -o - -o a.txt | head -3"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert len(done.stdout.splitlines()) == 3
    assert "Traceback" not in done.stderr and "interrupted" in done.stderr
    assert (tmp_path / "a.txt").read_text().endswith("-1\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "-.mp4"), "for standard output use -, -.jsonl, -.csv, -.txt"),
        (("-o", "-", "--public", "-"), "cannot both come from standard input"),
    ],
)
def test_unsupported_standard_streams_are_reported(tmp_path: Path, words: tuple[str, ...], message: str):
    (tmp_path / "e").mkdir()
    done = outrack("e", "--detections", "-", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_run_that_stops_early_ends_its_tracks_and_names_what_it_wrote(tmp_path: Path, make_video):
    (tmp_path / "videos").mkdir()
    make_video("videos/street.mp4")
    (tmp_path / "det.txt").write_text(DET)
    words = ("videos/street.mp4", "--detections", "det.txt", "--overwrite", "-o", "boxes/street.xml")
    done = outrack(*words, "-o", "boxes/street.json", "--max-frames", "12", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "boxes/street.source" in done.stdout
    boxes = [(box.get("frame"), box.get("outside")) for box in ET.parse(tmp_path / "boxes/street.xml").iter("box")]
    assert boxes[-1] == ("12", "1")
    for num_frames in ("20", "40"):  # neither the last frame that was asked for nor the last of the video is passed
        outrack(*words, "--max-frames", num_frames, cwd=tmp_path)
        boxes = [(box.get("frame"), box.get("outside")) for box in ET.parse(tmp_path / "boxes/street.xml").iter("box")]
        assert boxes[-1] == ("19", "0")


def test_boxes_of_a_video_in_coco_vid_are_used_for_training(
    tmp_path: Path, make_video, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))
    make_video("street.mp4")
    (tmp_path / "det.txt").write_text(DET)
    done = outrack("street.mp4", "--detections", "det.txt", "-o", "street.json", "--min-length", "0.5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    images = open_dataset(tmp_path / "street.json")
    assert [(image.video, image.frame) for image in images] == [("street", index) for index in range(20)]
    assert len(images[4].annotation) == 1
    short = outrack("street.mp4", "--detections", "det.txt", "-o", "a.csv", "--min-length", "99", cwd=tmp_path)
    assert "1 omitted by --min-length" in short.stdout
    assert (tmp_path / "a.csv").read_text().count("\n") == 1  # its header


def test_pictures_keep_their_names_in_coco_vid(tmp_path: Path):
    (tmp_path / "shots").mkdir()
    for number in (1, 2, 4):
        Image.new("RGB", (64, 48)).save(tmp_path / "shots" / f"{number:06d}.png")
    (tmp_path / "shots" / "seqinfo.ini").write_text("[Sequence]\nseqLength=4\nimDir=.\n")
    (tmp_path / "det.txt").write_text(DET)
    done = outrack("shots", "--detections", "det.txt", "-o", "a.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "found 3 pictures, but seqinfo.ini has 4 frames" in done.stderr
    images = open_dataset(tmp_path / "a.json")
    assert [image.path.name for image in images] == ["000001.png", "000002.png", "000004.png"]
    assert [image.frame for image in images] == [0, 1, 3]
