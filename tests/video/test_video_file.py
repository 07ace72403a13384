from __future__ import annotations

import logging
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from outrack.video import open_source


def test_every_frame_comes_with_its_index_time_and_pixels(make_video):
    with open_source(make_video(num_frames=20)) as source:
        frames = list(source)
    assert (source.name, source.frame_rate, source.num_frames, source.size) == ("clip", 10.0, 20, (64, 48))
    assert not source.is_live
    assert [frame.index for frame in frames] == list(range(20))
    assert [frame.timestamp_s for frame in frames] == pytest.approx([i / 10 for i in range(20)])
    assert all(frame.pixels.shape == (48, 64, 3) and frame.pixels.dtype == np.uint8 for frame in frames)
    assert [frame.pixels.mean() for frame in frames] == pytest.approx([4 * i for i in range(20)], abs=3)


def test_stride_and_max_frames(make_video):
    path = make_video(num_frames=20)
    with open_source(path, stride=3) as source:
        assert source.num_frames == 7
        assert [frame.index for frame in source] == [0, 3, 6, 9, 12, 15, 18]
    with open_source(str(path), stride=3, max_frames=2) as source:
        assert source.num_frames == 2
        assert [frame.index for frame in source] == [0, 3]


@pytest.mark.parametrize("choice", [{"stride": 0}, {"max_frames": 0}])
def test_impossible_choices_are_named(make_video, choice):
    with pytest.raises(ValueError, match=f"{next(iter(choice))}: expected 1 or more, got 0"):
        open_source(make_video(), **choice)


def test_uneven_times_are_the_files_own(make_video):
    times_ms = [500, 600, 1000, 1040, 3000]  # the first frame is second 0
    with open_source(make_video("uneven.mkv", num_frames=5, times_ms=times_ms)) as source:
        assert [frame.timestamp_s for frame in source] == pytest.approx([0, 0.1, 0.5, 0.54, 2.5], abs=1e-3)


@pytest.mark.parametrize(("rotation", "size"), [(90, (48, 64)), (180, (64, 48)), (-90, (48, 64))])
def test_rotation_is_applied(make_video, rotation, size):
    with open_source(make_video(rotation=rotation, noise=True)) as source:
        frame = next(iter(source))
    assert source.size == size
    noisy_half = {
        90: frame.pixels[:, :24],  # counter-clockwise: the top goes left
        180: frame.pixels[24:],
        -90: frame.pixels[:, 24:],
    }[rotation]
    assert noisy_half.std() > 20
    assert frame.pixels.flags.c_contiguous


def test_a_broken_packet_is_skipped_and_the_rest_keeps_its_place(make_video, caplog):
    path = make_video("broken.mp4", num_frames=40, noise=True, size=(160, 120))
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for packet in packets[16:18]:
        data[packet.pos : packet.pos + packet.size] = bytes([255]) * packet.size
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        frames = list(source)
    assert 30 <= len(frames) < 40
    assert frames[-1].index == 39
    assert [frame.timestamp_s for frame in frames] == pytest.approx([frame.index / 10 for frame in frames])
    assert [frame.pixels[-10:].mean() for frame in frames[-5:]] == pytest.approx([140, 144, 148, 152, 156], abs=4)
    assert "broken.mp4: a packet cannot be decoded, skipped" in caplog.text
    assert "broken packet(s) were skipped in all" in caplog.text


def test_a_file_cut_short_gives_what_it_has_and_warns(make_video, caplog):
    path = make_video("cut.mp4", num_frames=40, noise=True, options={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        frames = list(source)
    assert 10 < len(frames) < 40
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert "cut short or damaged: it promises 40 frames and ended after frame" in caplog.text


def test_a_file_that_lost_its_index_says_so(make_video):
    path = make_video("headless.mp4", num_frames=40, noise=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"headless\.mp4: this is not a video that can be read .* copy or record"):
        open_source(path)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.mp4: there is no such file"):
        open_source(tmp_path / "nowhere.mp4")


def test_an_empty_file(tmp_path: Path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ValueError, match=r"empty\.mp4: the file is empty"):
        open_source(tmp_path / "empty.mp4")


def test_a_file_that_is_no_video(tmp_path: Path):
    (tmp_path / "letter.mp4").write_text("Dear reader,\n" * 200)
    with pytest.raises(ValueError, match=r"letter\.mp4: this is not a video"):
        open_source(tmp_path / "letter.mp4")


def test_a_sound_file_has_no_pictures(tmp_path: Path):
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with pytest.raises(ValueError, match=r"sound\.wav: it has no pictures"):
        open_source(tmp_path / "sound.wav")


def test_newest_frames_are_for_live_sources_only(make_video):
    with pytest.raises(ValueError, match="newest is for cameras and streams"):
        open_source(make_video(), newest=True)


def test_closing_early_and_twice_is_fine(make_video):
    source = open_source(make_video())
    next(iter(source))
    source.close()
    source.close()
