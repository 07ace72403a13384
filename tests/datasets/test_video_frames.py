"""Frames of videos as image files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from outrack.datasets import video_frames
from outrack.datasets.index import cache_folder
from outrack.datasets.video_frames import extract_frames, sought_frames
from outrack.io.pictures import read_image
from outrack.video.file import VideoFile


def grey(path: Path) -> float:
    """The number of a frame of the test video, from its grey."""
    return float(read_image(path)[:, 32:].mean()) / 8


@pytest.mark.parametrize("suffix", ["mp4", "avi"])
def test_every_frame_is_the_right_one_in_any_order(
    suffix: str, tmp_path: Path, write_video: Callable[..., Path]
) -> None:
    video = write_video(tmp_path / f"a.{suffix}")
    frames = [17, 0, 23, 9, 8, 7]
    files = extract_frames(video, frames)
    assert sorted(files) == sorted(frames)
    for frame, path in files.items():
        assert grey(path) == pytest.approx(frame, abs=0.3)
        assert path.is_relative_to(cache_folder())
    assert len(list(files[0].parent.iterdir())) == len(frames)


def test_only_missing_frames_are_decoded(
    tmp_path: Path, write_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_video(tmp_path / "a.mp4")
    files = extract_frames(video, range(12))
    times = {frame: path.stat().st_mtime_ns for frame, path in files.items()}
    files[3].unlink()
    again = extract_frames(video, range(14))
    assert sorted(again) == list(range(14))
    assert all(again[frame].stat().st_mtime_ns == times[frame] for frame in range(12) if frame != 3)
    assert grey(again[3]) == pytest.approx(3, abs=0.3)
    monkeypatch.setattr(video_frames, "_write", None)  # nothing is left to write
    assert extract_frames(video, range(14)) == again


def test_another_video_of_the_same_name_has_its_own_frames(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    first = extract_frames(write_video(tmp_path / "a.mp4", 24), [0])
    second = extract_frames(write_video(tmp_path / "a.mp4", 12), [0])
    assert first[0] != second[0]


def test_frames_that_the_video_has_not_are_refused(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match=r"a\.mp4: it has 24 frames, but frame 25 is requested"):
        extract_frames(write_video(tmp_path / "a.mp4"), [0, 24])


def test_invalid_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no")
    with pytest.raises(ValueError, match=r"a\.mp4: not a readable video"):
        extract_frames(tmp_path / "a.mp4", [0])
    with pytest.raises(FileNotFoundError):
        extract_frames(tmp_path / "b.mp4", [0])


def test_a_damaged_video_keeps_its_numbers(
    tmp_path: Path, write_video: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    video = write_video(tmp_path / "a.mp4")
    with av.open(str(video)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    content = bytearray(video.read_bytes())
    for packet in packets[10:12]:
        content[packet.pos : packet.pos + packet.size] = bytes([255]) * packet.size
    video.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        files = extract_frames(video, range(24))
        with VideoFile(video) as source:
            tracked = {frame.index: frame.pixels for frame in source}
    assert "frames cannot be decoded" in caplog.text
    assert 16 <= len(files) < 24
    # What the tracker calls frame n and what training calls frame n are one picture, around the damage too.
    assert files.keys() == tracked.keys()
    for frame, path in files.items():
        assert np.abs(read_image(path).astype(float) - tracked[frame]).mean() < 3
    assert grey(files[23]) == pytest.approx(23, abs=0.3)


def test_a_full_disk_is_reported(
    tmp_path: Path, write_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_video(tmp_path / "a.mp4")
    monkeypatch.setenv("OUTRACK_HOME", str(video))  # a file where the folder should be
    with pytest.raises(OSError, match=r"cannot store the frames of a\.mp4 .*OUTRACK_HOME"):
        extract_frames(video, [0])


@pytest.mark.parametrize("name", ["vtest.avi", "walking.mp4"])
def test_frames_of_real_videos(shared: Path, name: str) -> None:
    video = shared / "data" / "video" / name
    wanted = [0, 5, 131]
    files = extract_frames(video, wanted)
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                difference = read_image(files[number]).astype(float) - frame.to_ndarray(format="rgb24")
                assert np.sqrt(np.mean(difference**2)) < 4  # what JPEG costs; the next frame is further off
            if number > max(wanted):
                break


def test_frames_count_on_where_the_clock_restarts(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    parts = [write_video(tmp_path / f"{name}.ts", length).read_bytes() for name, length in (("a", 10), ("b", 24))]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(parts))
    files = extract_frames(joined, [3, 9, 10, 13, 33])
    with VideoFile(joined) as video:
        shown = {frame.index: float(frame.pixels[:, 32:].mean()) / 8 for frame in video}
    assert len(shown) == 34
    for frame, path in files.items():
        assert grey(path) == pytest.approx(shown[frame], abs=0.3)
    assert [round(grey(files[frame])) for frame in (3, 9, 10, 13, 33)] == [3, 9, 0, 3, 23]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_sought_frames_are_those_that_are_stored_and_leave_no_pictures(
    suffix: str, tmp_path: Path, write_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_video(tmp_path / f"a.{suffix}")
    frames = [17, 0, 23, 9, 8, 7]
    sought = sought_frames(video, frames)
    assert not (cache_folder() / "frames").exists()
    stored = extract_frames(video, frames)
    for frame in frames:
        assert grey(sought[frame]) == pytest.approx(frame, abs=0.3)
        assert read_image(sought[frame]).shape == read_image(stored[frame]).shape
    monkeypatch.setattr(video_frames, "_frame_places", None)  # the times are kept
    assert sought_frames(video, frames) == sought
    with pytest.raises(ValueError, match=rf"a\.{suffix}: it has 24 frames, but frame 25 is requested"):
        sought_frames(video, [24])


def test_a_frame_that_is_not_in_the_video_any_more_is_named(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    sought = sought_frames(write_video(tmp_path / "a.mp4"), [20])
    write_video(tmp_path / "a.mp4", 12)
    with pytest.raises(ValueError, match=r"a\.mp4/000021@\d+: this frame cannot be decoded"):
        read_image(sought[20])
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(ValueError, match=r"a\.mp4: not a readable video"):
        read_image(sought[20])


def test_where_frames_have_no_times_they_are_stored(
    tmp_path: Path, write_video: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    video = write_video(tmp_path / "a.avi")
    assert sought_frames(video, [17]) == extract_frames(video, [17])
    assert "a.avi: its timestamps restart or are missing, so its frames are stored" in caplog.text
