from __future__ import annotations

import logging
import pickle
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from outrack.detectors.placement import network_image
from outrack.video import open_source
from outrack.video.base import _num_blocks


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


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_a_smaller_picture_straight_from_the_file_is_that_of_all_pixels(make_video, rotation):
    with open_source(make_video(rotation=rotation, noise=True)) as source:
        frame = next(iter(source))
    assert frame.decoded is not None and frame.decoded.size == frame.size == source.size
    small = (frame.size[0] // 2, frame.size[1] // 2)
    planes = network_image(frame, small)
    assert planes.shape == (3, small[1], small[0])
    expected = np.asarray(Image.fromarray(frame.pixels).resize(small, Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert np.abs(planes.astype(int) - expected).mean() < 3  # of 255; another half of the picture would be 20 off
    grey, expected = frame.decoded.grey(), np.asarray(Image.fromarray(frame.pixels).convert("L"), float)
    assert grey.shape == expected.shape
    assert np.corrcoef(grey.ravel(), expected.ravel())[0, 1] > 0.99


def test_a_frame_is_sent_to_other_processes_with_its_pixels(make_video):
    with open_source(make_video(noise=True)) as source:
        frame = next(iter(source))
    sent = pickle.loads(pickle.dumps(frame))
    assert (sent.index, sent.timestamp_s, sent.source, sent.size) == (0, 0.0, "clip", frame.size)
    np.testing.assert_array_equal(sent.pixels, frame.pixels)


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
    assert "broken packet(s) were skipped in total" in caplog.text


def test_a_truncated_file_gives_its_frames_and_warns(make_video, caplog):
    path = make_video("cut.mp4", num_frames=40, noise=True, options={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        frames = list(source)
    assert 10 < len(frames) < 40
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert "truncated or damaged: it should have 40 frames, but ended after frame" in caplog.text


def test_a_file_that_lost_its_index_says_so(make_video):
    path = make_video("headless.mp4", num_frames=40, noise=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"headless\.mp4: not a readable video .* copy or record"):
        open_source(path)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.mp4: no such file"):
        open_source(tmp_path / "nowhere.mp4")


def test_an_empty_file(tmp_path: Path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ValueError, match=r"empty\.mp4: the file is empty"):
        open_source(tmp_path / "empty.mp4")


def test_a_file_that_is_not_a_video(tmp_path: Path):
    (tmp_path / "letter.mp4").write_text("Dear reader,\n" * 200)
    with pytest.raises(ValueError, match=r"letter\.mp4: not a readable video"):
        open_source(tmp_path / "letter.mp4")


def test_a_sound_file_has_no_pictures(tmp_path: Path):
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with pytest.raises(ValueError, match=r"sound\.wav: it contains no pictures"):
        open_source(tmp_path / "sound.wav")


def test_newest_frames_are_for_live_sources_only(make_video):
    with pytest.raises(ValueError, match="newest is only for cameras and streams"):
        open_source(make_video(), newest=True)


def test_closing_early_and_twice_is_fine(make_video):
    source = open_source(make_video())
    next(iter(source))
    source.close()
    source.close()


def test_a_clock_that_restarts_swallows_no_frame(make_video, tmp_path: Path):
    first = make_video("first.ts", num_frames=20).read_bytes()
    second = make_video("second.ts", num_frames=30).read_bytes()
    (tmp_path / "joined.ts").write_bytes(first + second)
    with open_source(tmp_path / "joined.ts") as source:
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(50))
    assert [frame.timestamp_s for frame in frames] == pytest.approx([i / 10 for i in range(50)])
    assert not source.is_counted, "no container counts them"


@pytest.mark.parametrize("length", [1, 4])
def test_frames_stamped_far_ahead_swallow_nothing(make_video, tmp_path: Path, length: int):
    hours = [10_000_000 + 100 * index for index in range(length)]
    parts = [
        make_video("a.ts", num_frames=12),
        make_video("b.ts", num_frames=length, times_ms=hours),
        make_video("c.ts", num_frames=12, times_ms=[1200 + 100 * (length + index) for index in range(12)]),
    ]
    (tmp_path / "joined.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = list(open_source(tmp_path / "joined.ts"))
    assert [frame.index for frame in frames] == list(range(24 + length))
    assert [frame.timestamp_s for frame in frames] == pytest.approx([i / 10 for i in range(24 + length)], abs=0.002)


def test_a_long_gap_is_honest_in_a_file_with_one_clock(make_video):
    path = make_video("gap.mkv", num_frames=4, times_ms=[0, 100, 3_600_000, 3_600_100])
    assert [frame.timestamp_s for frame in open_source(path)] == pytest.approx([0, 0.1, 3600, 3600.1])


def test_frames_hidden_by_an_edit_list_are_not_missing(tmp_path: Path, caplog):
    path = tmp_path / "trim.mp4"
    with av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as container:
        stream = container.add_stream("libx264", rate=10, options={"bf": "0", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        pictures = [av.VideoFrame.from_ndarray(np.full((48, 64, 3), 4 * i, np.uint8)) for i in range(30)]
        for packet in [packet for picture in [*pictures, None] for packet in stream.encode(picture)]:
            packet.pts -= 7
            packet.dts -= 7
            container.mux(packet)
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 30
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        frames = list(source)
    assert source.num_frames == len(frames) == 23
    assert [frame.index for frame in frames] == list(range(23))
    assert frames[0].pixels.mean() == pytest.approx(28, abs=3)
    assert caplog.text == ""


def test_a_recording_of_a_browser_has_the_rate_of_its_frames(make_video):
    times_ms = [0, 17, 49, 81, 115, 147, 182, 214, 247, 281]
    path = make_video("rec.webm", num_frames=10, times_ms=times_ms, codec="libvpx", rate=1000)
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == 1000
    with open_source(path) as source:
        assert [frame.timestamp_s for frame in source] == pytest.approx([time / 1000 for time in times_ms])
    assert source.frame_rate == pytest.approx(30, abs=2)


def test_a_stream_without_times_says_which_rate_is_assumed(make_video, caplog):
    path = make_video("raw.h264", num_frames=10, options={"f": "h264"})
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        frames = list(source)
    assert source.frame_rate == 10, "the codec tells it, the container says 25"
    assert [frame.timestamp_s for frame in frames] == pytest.approx([i / 10 for i in range(10)])
    with caplog.at_level(logging.WARNING), open_source(make_video("raw.m4v", codec="mpeg4")) as source:
        assert len(list(source)) == 20


def test_a_change_of_size_is_scaled_to_the_first(make_video, tmp_path: Path, caplog):
    parts = [make_video("a.ts", num_frames=5), make_video("b.ts", num_frames=5, size=(128, 96), noise=True)]
    (tmp_path / "joined.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    with caplog.at_level(logging.WARNING):
        frames = list(open_source(tmp_path / "joined.ts"))
    assert [frame.pixels.shape for frame in frames] == [(48, 64, 3)] * 10
    assert "frame 6: the picture size changed to 128x96; pictures are scaled to 64x48" in caplog.text


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), "ITU709"), ((320, 240), "ITU601")])
def test_untagged_colours_are_read_as_in_players(tmp_path: Path, size, matrix):
    path = tmp_path / "plain.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        picture = np.full((size[1], size[0], 3), (200, 30, 30), np.uint8)
        frame = av.VideoFrame.from_ndarray(picture)
        container.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace=matrix)))
        container.mux(stream.encode())
    frame = next(iter(open_source(path)))
    assert frame.pixels[5, 5] == pytest.approx([200, 30, 30], abs=3)


def test_the_pixel_aspect_is_known_and_rotated_with_the_picture(make_video):
    for rotation, aspect in ((0, Fraction(64, 45)), (90, Fraction(45, 64))):
        path = make_video(f"pal{rotation}.mp4", rotation=rotation, aspect=Fraction(64, 45), num_frames=2)
        assert [frame.pixel_aspect for frame in open_source(path)] == [aspect, aspect]
    assert next(iter(open_source(make_video("square.mp4", num_frames=1)))).pixel_aspect == 1


def test_a_song_with_a_cover_has_no_pictures(tmp_path: Path):
    with av.open(str(tmp_path / "song.m4a"), "w") as container:
        sound = container.add_stream("aac", rate=8000)
        try:
            cover = container.add_stream("mjpeg", rate=1)
        except ValueError:
            pytest.skip("this FFmpeg writes no covers")
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 8000
        container.mux(sound.encode(silence))
        container.mux(sound.encode())
    with av.open(str(tmp_path / "song.m4a")) as container:
        if not container.streams.video:
            pytest.skip("this FFmpeg writes no covers")
    with pytest.raises(ValueError, match=r"it contains no pictures, only .*Is it audio"):
        list(open_source(tmp_path / "song.m4a"))


def test_a_recording_without_a_count_that_was_cut_short_says_so(make_video, caplog):
    path = make_video("cut.mkv", num_frames=40, noise=True)
    with caplog.at_level(logging.WARNING):
        assert len(list(open_source(path))) == 40
    assert caplog.text == ""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with caplog.at_level(logging.WARNING):
        assert 10 < len(list(open_source(path))) < 30
    assert "it should last 4.0 s, but ended after" in caplog.text


def test_a_header_that_promises_billions_of_frames_is_read_at_once() -> None:
    assert _num_blocks(range(2_000_000_000), 3) == 666_666_667
    for first, last, stride in ((0, 0, 2), (0, 7, 3), (5, 17, 4), (6, 8, 6)):
        assert _num_blocks(range(first, last), stride) == _num_blocks(list(range(first, last)), stride)


def test_a_source_that_was_read_to_its_end_says_so(make_video) -> None:
    with open_source(make_video()) as video:
        assert len(list(video)) == 20
        with pytest.raises(ValueError, match="already read to its end; open it again"):
            list(video)
