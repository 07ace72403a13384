from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.video import CropWriter, needs_pictures, open_source, open_writers
from outrack.video.writers.cvat import CvatWriter

NO_DETECTIONS = Detections.empty()


def frame_at(index: int, timestamp_s: float | None = None, size: tuple[int, int] = (64, 48)) -> Frame:
    picture = np.full((size[1], size[0], 3), 4 * index % 256, np.uint8)
    return Frame(picture, index, index / 10 if timestamp_s is None else timestamp_s)


def shown_times(path: Path) -> list[float]:
    with open_source(path) as source:
        return [frame.timestamp_s for frame in source]


def test_every_kind_at_once(tmp_path: Path, make_tracks):
    paths = [tmp_path / "deep" / "er" / f"out{suffix}" for suffix in (".mp4", ".txt", ".jsonl", ".csv", ".xml")]
    tracks = make_tracks([[30.5, 10, 40, 30], [1, 2, 11, 22]], ids=[7, 3], states=[0, 1], score=0.25)
    detections = Detections(xyxy=[], scores=[], occlusions=[[5.5, 6.5, 0.75]])
    with open_writers(paths, frame_rate=10) as writers:
        writers.write(frame_at(0), detections, tracks, frame_at(0).pixels)
        writers.write(frame_at(1), NO_DETECTIONS, Tracks.empty(), frame_at(1).pixels)
        writers.write(frame_at(2), NO_DETECTIONS, tracks, frame_at(2).pixels)
        assert len(paths[2].read_text().splitlines()) == 3, "lines are flushed with each frame"
    mp4, mot, jsonl, table, cvat = paths
    assert mot.read_text() == (
        "1,3,1.00,2.00,10.00,20.00,0.2500,-1,-1,-1\n1,7,30.50,10.00,9.50,20.00,0.2500,-1,-1,-1\n"
        "3,3,1.00,2.00,10.00,20.00,0.2500,-1,-1,-1\n3,7,30.50,10.00,9.50,20.00,0.2500,-1,-1,-1\n"
    )
    entries = [json.loads(line) for line in jsonl.read_text().splitlines()]
    assert [entry["frame"] for entry in entries] == [1, 2, 3]
    assert entries[0]["tracks"][0] == {
        "id": 3,
        "xyxy": [1, 2, 11, 22],
        "score": 0.25,
        "class_id": 0,
        "state": "refound",
    }
    assert entries[0]["occlusions"] == [[5.5, 6.5, 0.75]]
    assert entries[1]["tracks"] == []
    assert "occlusions" not in entries[1]
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["frame"], row["id"], row["state"]) for row in rows] == [
        ("1", "3", "refound"),
        ("1", "7", "detected"),
        ("3", "3", "refound"),
        ("3", "7", "detected"),
    ]
    assert rows[2]["timestamp_s"] == "0.200000"
    assert shown_times(mp4) == pytest.approx([0, 0.1, 0.2])
    assert len(ET.parse(cvat).getroot().findall("track")) == 2


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_full_disk_leaves_complete_lines(name: str, tmp_path: Path, make_tracks):
    resource = pytest.importorskip("resource")
    path = tmp_path / name
    tracks = make_tracks([[1, 2, 11, 22], [30.5, 10, 40, 30]], ids=[3, 7])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_writers([path], frame_rate=10) as writers:
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, hard))
        try:
            with pytest.raises(OSError, match=rf"{name}: writing failed at frame"):
                for index in range(50):
                    writers.write(frame_at(index), NO_DETECTIONS, tracks)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    text = path.read_text()
    assert 300 < len(text) <= 700
    assert text.endswith("]}\n" if name == "a.jsonl" else "-1\n" if name == "a.txt" else "detected\n")


def test_the_video_keeps_times_and_pixels(tmp_path: Path):
    times_s = [3.0, 3.3, 3.6, 5.0]  # shown from 0; a stride of 3 at 10 fps, then a gap
    with open_writers([tmp_path / "out.mp4"], frame_rate=10 / 3) as writers:
        for index, timestamp_s in enumerate(times_s):
            writers.write(frame_at(10 * index, timestamp_s), NO_DETECTIONS, Tracks.empty(), frame_at(10 * index).pixels)
    assert shown_times(tmp_path / "out.mp4") == pytest.approx([0, 0.3, 0.6, 2.0], abs=1e-4)
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.frames == 4, "closed properly, the file has one index"
        means = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)]
    assert means == pytest.approx([0, 40, 80, 120], abs=3)


def test_an_odd_size_is_padded(tmp_path: Path):
    with open_writers([tmp_path / "odd.mp4"], frame_rate=10) as writers:
        frame = frame_at(20, size=(63, 47))
        writers.write(frame, NO_DETECTIONS, Tracks.empty(), frame.pixels[:, ::1])
    with av.open(str(tmp_path / "odd.mp4")) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape == (48, 64, 3)
    assert picture[-1, -1] == pytest.approx([80, 80, 80], abs=3)


def test_equal_times_do_not_stop_the_video(tmp_path: Path):
    with open_writers([tmp_path / "still.mp4"], frame_rate=10) as writers:
        for timestamp_s in (0.0, 0.0, 0.0, 0.1):
            writers.write(frame_at(0, timestamp_s), NO_DETECTIONS, Tracks.empty(), frame_at(0).pixels)
    assert len(shown_times(tmp_path / "still.mp4")) == 4


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_outputs_are_whole_after_an_exception(tmp_path: Path, make_tracks, stop):
    paths = [tmp_path / "out.mp4", tmp_path / "out.txt", tmp_path / "out.xml"]
    tracks = make_tracks([[1, 2, 11, 22]])
    with pytest.raises(stop), open_writers(paths, frame_rate=10) as writers:
        for index in range(7):
            writers.write(frame_at(index), NO_DETECTIONS, tracks, frame_at(index).pixels)
        raise stop
    assert len(shown_times(paths[0])) == 7
    assert len(paths[1].read_text().splitlines()) == 7
    assert ET.parse(paths[2]).getroot().find("track/box").get("xbr") == "11.00"


RECORD = """
import sys, time
from pathlib import Path
import numpy as np
from outrack.structures import Detections, Frame, Tracks
from outrack.video import open_writers
random = np.random.default_rng(0)
background = random.integers(0, 256, (96, 128, 3), np.uint8)
paths = [Path(name) for name in sys.argv[1:]]
one = np.ones(1, np.int64)
tracks = Tracks(np.array([[1.0, 2, 11, 22]]), one, np.ones(1), one, 0 * one, one)
with open_writers(paths, frame_rate=10) as writers:
    for index in range(100_000):
        picture = background.copy()
        picture[:24, :24] = random.integers(0, 256, (24, 24, 3), np.uint8)
        writers.write(Frame(picture, index, index / 10), Detections.empty(), tracks, picture)
        if index == 120:
            print("running", flush=True)
        if index > 120:
            time.sleep(0.01)
"""


def record(tmp_path: Path, *, limit: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", limit + RECORD, str(tmp_path / "out.mp4"), str(tmp_path / "out.txt")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_process_that_is_stopped_leaves_files_that_play(tmp_path: Path, how):
    process = record(tmp_path)
    assert process.stdout.readline() == "running\n"
    time.sleep(0.05)
    process.send_signal(how)
    _, errors = process.communicate(timeout=20)
    lines = (tmp_path / "out.txt").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == [str(i + 1) for i in range(len(lines))]
    times = shown_times(tmp_path / "out.mp4")
    assert times == pytest.approx([i / 10 for i in range(len(times))])
    if how is signal.SIGINT:
        assert "KeyboardInterrupt" in errors
        assert abs(len(times) - len(lines)) <= 1
    else:
        # At most the open fragment of two seconds and what the encoder still held are gone.
        assert len(times) >= 121 - 20 - 40


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs a limit on file size to play a full disk")
def test_a_full_disk_names_the_file_and_keeps_what_was_written(tmp_path: Path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    process = record(tmp_path, limit=limit)
    _, errors = process.communicate(timeout=30)
    last = errors.strip().splitlines()[-1]
    assert process.returncode == 1
    assert "OSError" in last
    assert "out.mp4: writing failed at frame" in last
    assert "Everything written before is kept" in last
    assert len(shown_times(tmp_path / "out.mp4")) > 10
    assert (tmp_path / "out.txt").read_text().endswith("-1,-1,-1\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_a_text_file(tmp_path: Path, make_tracks):
    (tmp_path / "out.csv").symlink_to("/dev/full")
    writers = open_writers([tmp_path / "out.csv"], frame_rate=10, overwrite=True)
    with writers, pytest.raises(OSError, match=r"out\.csv: writing failed at frame 1 \(No space left"):
        writers.write(frame_at(0), NO_DETECTIONS, make_tracks([[1, 2, 3, 4]]))


def test_an_output_that_exists_is_refused_before_anything_is_made(tmp_path: Path):
    (tmp_path / "old.txt").write_text("precious")
    with pytest.raises(
        FileExistsError, match=r"old\.txt: already exists\. .* \(--overwrite, in Python overwrite=True\)"
    ):
        open_writers([tmp_path / "new.mp4", tmp_path / "old.txt"], frame_rate=10)
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]
    with open_writers([tmp_path / "old.txt"], frame_rate=10, overwrite=True) as writers:
        assert (tmp_path / "old.txt").read_text() == "precious", "replaced with the first frame, not before"
        writers.write(frame_at(0), NO_DETECTIONS, Tracks.empty())
    assert (tmp_path / "old.txt").read_text() == ""


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path):
    with pytest.raises(
        ValueError, match=r"out\.avi: .* Known endings: \.mp4, \.mkv, \.webm, \.txt, \.jsonl, \.csv, \.xml"
    ):
        open_writers([tmp_path / "out.avi"], frame_rate=10)


def test_the_same_output_twice(tmp_path: Path):
    with pytest.raises(ValueError, match="the same output is given twice"):
        open_writers([tmp_path / "out.txt", tmp_path / "." / "out.txt"], frame_rate=10)


def test_a_place_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"file/out\.txt: cannot create the output"):
        open_writers([tmp_path / "file" / "out.txt"], frame_rate=10)
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(IsADirectoryError, match=r"folder\.txt: this is a folder"):
        open_writers([tmp_path / "folder.txt"], frame_rate=10)


def test_who_needs_pictures():
    assert needs_pictures([Path("a.txt"), Path("b.MP4")])
    assert not needs_pictures([Path("a.txt"), Path("b.csv")])


def test_crops_by_identity(tmp_path: Path, make_tracks):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[10:30, 20:30] = 255
    boxes = [[20, 10, 30, 30], [-5, -5, 10, 10], [70, 0, 80, 10], [0, 0, 9, 9]]
    states = [TrackState.DETECTED, TrackState.DETECTED, TrackState.DETECTED, TrackState.REFOUND]
    with CropWriter(tmp_path / "crops") as crops:
        crops.write(Frame(picture, 41, 4.1), NO_DETECTIONS, make_tracks(boxes, states=states))
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.jpg"))
    assert names == ["crops/1/000042.jpg", "crops/2/000042.jpg"]
    with av.open(str(tmp_path / names[0])) as container:
        crop = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert crop.shape == (20, 10, 3)
    assert crop.mean() > 250


def test_cvat_key_frames_are_few_and_interpolate_to_the_boxes(tmp_path: Path, make_tracks):
    random = np.random.default_rng(3)
    num_frames = 300
    turns = np.array([0, 60, 140, 220, num_frames])
    x = np.interp(np.arange(num_frames), turns, [0, 200, 50, 300, 310]) + random.uniform(-0.5, 0.5, num_frames)
    with CvatWriter(tmp_path / "out.xml", tolerance=2) as writer:
        for index in range(num_frames):
            seen = not 100 <= index < 120
            boxes = [[x[index], 5, x[index] + 20, 45]] if seen else []
            writer.write(frame_at(index), NO_DETECTIONS, make_tracks(boxes, ids=[9] if seen else []))
    (track,) = ET.parse(tmp_path / "out.xml").getroot().findall("track")
    assert (track.get("id"), track.get("label")) == ("9", "person")
    boxes = track.findall("box")
    assert [int(box.get("frame")) for box in boxes] == [*range(101), *range(120, num_frames)]
    keys = [box for box in boxes if box.get("keyframe") == "1"]
    assert len(keys) < 20
    frames = [int(key.get("frame")) for key in keys]
    assert frames == sorted(set(frames))
    assert [int(key.get("frame")) for key in keys if key.get("outside") == "1"] == [100]
    guess = np.interp(np.arange(num_frames), frames, [float(key.get("xtl")) for key in keys])
    seen = np.r_[0:100, 120:num_frames]
    assert np.abs(guess - x)[seen].max() <= 2.01
    listed = [
        float(box.get("xtl")) for box in boxes if box.get("outside") == "0"
    ]  # for readers that do not interpolate
    np.testing.assert_allclose(listed, guess[seen], atol=0.0101)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_every_video_keeps_times_pixels_and_shape(tmp_path: Path, suffix: str):
    times_s = [0.0, 0.3, 0.6, 2.0]
    with open_writers([tmp_path / f"out{suffix}"], frame_rate=10 / 3) as writers:
        for index, timestamp_s in enumerate(times_s):
            frame = replace(frame_at(10 * index, timestamp_s, (90, 48)), pixel_aspect=Fraction(64, 45))
            writers.write(frame, NO_DETECTIONS, Tracks.empty(), frame.pixels)
    with open_source(tmp_path / f"out{suffix}") as source:
        frames = list(source)
    assert [frame.timestamp_s for frame in frames] == pytest.approx(times_s, abs=2e-3)
    assert [frame.pixels.mean() for frame in frames] == pytest.approx([0, 40, 80, 120], abs=4)
    height, width, _ = frames[0].pixels.shape
    assert width * frames[0].pixel_aspect / height == Fraction(128, 48), "the displayed width"


@pytest.mark.parametrize(("size", "tag"), [((1280, 720), 1), ((640, 480), 6)])
def test_colours_are_written_as_players_take_them_and_tagged(tmp_path: Path, size: tuple[int, int], tag: int):
    picture = np.full((size[1], size[0], 3), (200, 30, 30), np.uint8)
    with open_writers([tmp_path / "out.mp4"], frame_rate=10) as writers:
        writers.write(Frame(picture, 0, 0.0), NO_DETECTIONS, Tracks.empty(), picture)
    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (
            tag,
            tag,
            tag,
            1,
        )
        shown = next(container.decode(video=0)).reformat(format="rgb24").to_ndarray()
    assert shown[5, 5].tolist() == pytest.approx([200, 30, 30], abs=3)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("frame_rate", [1000, 10, 0.5])
def test_key_frames_come_every_two_seconds_at_any_nominal_rate(tmp_path: Path, suffix: str, frame_rate: float):
    path = tmp_path / f"out{suffix}"
    with open_writers([path], frame_rate=frame_rate) as writers:
        for index in range(60):
            writers.write(frame_at(index % 7), NO_DETECTIONS, Tracks.empty(), frame_at(index % 7).pixels)
            writers.write(frame := frame_at(60 + index, 1 + index / 10), NO_DETECTIONS, Tracks.empty(), frame.pixels)
    with av.open(str(path)) as container:
        keys = [frame.time for frame in container.decode(video=0) if frame.key_frame]
    assert np.diff(keys).max() < 2.2


def test_an_output_that_another_process_writes_is_refused(tmp_path: Path):
    path = tmp_path / "out.txt"
    with open_writers([path], frame_rate=10, overwrite=True) as one, open_writers([path], frame_rate=10) as late:
        one.write(frame_at(0), NO_DETECTIONS, Tracks.empty())
        with pytest.raises(FileExistsError, match=r"out\.txt: already exists"):
            late.write(frame_at(0), NO_DETECTIONS, Tracks.empty())
        with (
            open_writers([path], frame_rate=10, overwrite=True) as other,
            pytest.raises(BlockingIOError, match=r"out\.txt: another process is writing this file"),
        ):
            other.write(frame_at(0), NO_DETECTIONS, Tracks.empty())
    with open_writers([path], frame_rate=10, overwrite=True) as after:
        after.write(frame_at(0), NO_DETECTIONS, Tracks.empty())


def test_outputs_that_are_removed_while_they_are_written_are_put_back(tmp_path: Path, make_tracks, caplog):
    folder = tmp_path / "out"
    paths = [folder / f"a{suffix}" for suffix in (".txt", ".mp4", ".xml")]
    with open_writers(paths, frame_rate=10) as writers:
        for index in range(8):
            frame = frame_at(index)
            writers.write(frame, NO_DETECTIONS, make_tracks([[1, 2, 11, 22]]), frame.pixels)
            if index == 3:
                shutil.rmtree(folder)
    assert len(paths[0].read_text().splitlines()) == 8
    assert len(shown_times(paths[1])) == 8
    assert ET.parse(paths[2]).getroot().find("track/box") is not None
    assert "a.txt: it was removed during writing; restoring it" in caplog.text
