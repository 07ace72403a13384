"""Partial copies of outputs that are only written at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from outrack.io.coco import read_coco_images
from outrack.io.cvat import read_boxes_cvat_xml
from outrack.structures import Detections, Frame, Tracks
from outrack.video import open_writers
from outrack.video.writers import partial
from outrack.video.writers.cvat import CvatWriter
from outrack.video.writers.partial import PartialCopy

MakeTracks = Callable[..., Tracks]


class Watch:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_copy_comes_every_few_seconds_and_goes_with_the_output(tmp_path: Path) -> None:
    watch, written = Watch(), []

    def write(path: Path) -> None:
        written.append(watch.now_s)
        path.write_text(str(len(written)))
        watch.now_s += 1  # it takes a second, so that the next one comes 50 seconds later

    copy = PartialCopy(tmp_path / "a.xml", write, clock=watch)
    copy.catch_up()
    assert not copy.path.exists()
    for seconds in range(5, 100):
        watch.now_s = max(watch.now_s, seconds)
        copy.catch_up()
    assert written == [5, 56]
    assert (tmp_path / "a.xml.partial").read_text() == "2"
    copy.remove()
    copy.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()

    def write(path: Path) -> None:
        raise OSError(28, os.strerror(28))

    copy = PartialCopy(tmp_path / "a.xml", write, clock=watch)
    for seconds in range(100):
        watch.now_s = seconds
        copy.catch_up()
    assert caplog.text.count("No space left on device") == 1
    assert list(tmp_path.iterdir()) == []


def test_killed_labels_are_there_up_to_the_last_seconds(
    tmp_path: Path, make_tracks: MakeTracks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "_EVERY_S", 0.0)
    monkeypatch.setattr(partial, "_MOST_TIME", 1e9)
    paths = [tmp_path / "a.xml", tmp_path / "a.json"]
    writers = open_writers(paths, frame_rate=10)
    for index in range(20):
        tracks = make_tracks([[index, 2, index + 10, 22]]) if index < 15 else Tracks.empty()
        writers.write(Frame(np.zeros((48, 64, 3), np.uint8), index, index / 10), Detections.empty(), tracks)
    # A killed process closes nothing.
    boxes = read_boxes_cvat_xml(tmp_path / "a.xml.partial")
    assert boxes.frames.tolist() == list(range(1, 16))
    assert boxes.xyxy[:, 0] == pytest.approx(np.arange(15), abs=2)
    images = read_coco_images(tmp_path / "a.json.partial")
    assert [len(image.boxes) for image in images] == [1] * 15 + [0] * 5
    writers.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.xml"]
    assert (tmp_path / "a.json").stat().st_size > 0
    assert [len(image.boxes) for image in read_coco_images(tmp_path / "a.json")] == [1] * 15 + [0] * 5
    assert read_boxes_cvat_xml(tmp_path / "a.xml").frames.tolist() == list(range(1, 16))


def test_looking_at_labels_on_the_way_changes_nothing(tmp_path: Path, make_tracks: MakeTracks) -> None:
    watched, plain = (CvatWriter(tmp_path / name) for name in ("watched.xml", "plain.xml"))
    for index in range(30):
        tracks = make_tracks([[index**1.5, 2, index**1.5 + 10, 22]] if index % 11 else [])
        for writer in (watched, plain):
            writer.write(Frame(None, index, index / 10), Detections.empty(), tracks)
        watched._put(tmp_path / "copy.xml")
    watched.close()
    plain.close()
    assert (tmp_path / "watched.xml").read_text() == (tmp_path / "plain.xml").read_text()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_a_video_of_a_killed_process_opens_after_a_second(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    random = np.random.default_rng(0)
    with open_writers([path], frame_rate=25) as writers:
        for index in range(25 + 2 * (os.cpu_count() or 1)):  # the encoder holds a few frames for each of its threads
            picture = random.integers(0, 256, (48, 64, 3), np.uint8)
            writers.write(Frame(picture, index, index / 25), Detections.empty(), Tracks.empty(), picture)
        shutil.copy(path, tmp_path / f"killed{suffix}")
    with av.open(str(tmp_path / f"killed{suffix}")) as container:
        assert len(list(container.decode(video=0))) >= 6
