from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.io.motchallenge import SequenceInfo
from outrack.video import SequenceFrames, open_source

from .conftest import MakeVideo

SEQINFO = "[Sequence]\nname=S\nimDir=img1\nframeRate=20\nseqLength=600\nimWidth=8\nimHeight=6\nimExt=.png\n"


def write_image(path: Path, value: int = 0, size: tuple[int, int] = (8, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def test_a_folder_is_read_in_natural_order(tmp_path: Path):
    for number in (10, 2, 1):
        write_image(tmp_path / "shots" / f"frame{number}.png", number)
    (tmp_path / "shots" / "notes.txt").write_text("not a picture")
    assert not open_source(tmp_path / "shots").has_known_rate
    with open_source(tmp_path / "shots", image_rate=5) as source:
        assert source.has_known_rate
        frames = list(source)
    assert (source.name, source.num_frames, source.frame_rate, source.size) == ("shots", 3, 5, (8, 6))
    assert [int(frame.pixels[0, 0, 0]) for frame in frames] == [1, 2, 10]
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert [frame.timestamp_s for frame in frames] == pytest.approx([0, 0.2, 0.4])


def test_existing_files_are_not_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_image(tmp_path / "2024" / "a.png")
    monkeypatch.chdir(tmp_path)
    with open_source("2024") as source:
        assert source.num_frames == 1
    with pytest.raises(FileNotFoundError, match="camera 2024"):
        open_source(2024)


def test_a_folder_of_a_pattern_may_look_like_a_pattern_itself(tmp_path: Path):
    write_image(tmp_path / "shots [day 1]" / "a.png")
    with open_source(f"{tmp_path}/shots [day 1]/*.png") as source:
        assert source.num_frames == 1


def test_sixteen_bits_of_grey_become_eight(tmp_path: Path):
    grey = np.arange(0, 48, dtype=np.uint16).reshape(6, 8) * 1365
    Image.fromarray(grey).save(tmp_path / "thermal.png")
    with open_source(tmp_path / "thermal.png") as source:
        (frame,) = source
    np.testing.assert_array_equal(frame.pixels, np.repeat((grey >> 8)[:, :, None], 3, axis=2))


def test_a_pattern_chooses_pictures(tmp_path: Path):
    for name in ("a1.png", "a2.png", "b1.png"):
        write_image(tmp_path / name)
    with open_source(f"{tmp_path}/a*.png") as source:
        assert source.num_frames == 2
        assert len(list(source)) == 2
    with pytest.raises(FileNotFoundError, match="no file matches this pattern"):
        open_source(f"{tmp_path}/c*.png")


def test_one_picture_is_a_source_of_one_frame(tmp_path: Path):
    write_image(tmp_path / "one.png", 7)
    (frame,) = open_source(tmp_path / "one.png")
    assert int(frame.pixels[0, 0, 0]) == 7


def test_only_the_first_of_a_stack_of_pictures_is_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [Image.new("RGB", (8, 6), (shade, 0, 0)) for shade in (7, 8, 9)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    assert [int(frame.pixels[0, 0, 0]) for frame in open_source(tmp_path / "stack.tif")] == [7]
    assert "stack.tif: only the first of its 3 pictures is read" in caplog.text
    caplog.clear()
    pages[0].save(tmp_path / "one.tif")
    assert len(list(open_source(tmp_path / "one.tif"))) == 1
    assert "only the first" not in caplog.text


def test_a_grey_picture_with_transparency_becomes_rgb(tmp_path: Path):
    Image.new("LA", (8, 6), (9, 128)).save(tmp_path / "grey.png")
    (frame,) = open_source(tmp_path / "grey.png")
    assert frame.pixels.shape == (6, 8, 3)


def test_a_folder_without_pictures(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"no pictures in this folder\. Expected files ending in \.bmp"):
        open_source(tmp_path)


def test_a_broken_picture_is_skipped_by_name(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for number in range(4):
        write_image(tmp_path / f"{number}.png", number, size=(40, 30))
    broken = tmp_path / "1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with caplog.at_level(logging.WARNING):
        frames = list(open_source(tmp_path))
    assert [frame.index for frame in frames] == [0, 2, 3]
    assert "1.png: skipped, it cannot be decoded" in caplog.text


def test_a_broken_picture_does_not_cost_its_stride_block(tmp_path: Path):
    for number in range(6):
        write_image(tmp_path / f"{number}.png")
    (tmp_path / "3.png").write_bytes(b"nothing")
    assert [frame.index for frame in open_source(tmp_path, stride=3)] == [0, 4]


def test_only_broken_pictures(tmp_path: Path):
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / name).write_bytes(b"nothing")
    with pytest.raises(ValueError, match="none of 2 picture files can be decoded"):
        open_source(tmp_path)


def test_a_change_of_size_names_the_file_and_both_sizes(tmp_path: Path):
    write_image(tmp_path / "1.png")
    write_image(tmp_path / "2.png", size=(10, 6))
    frames = iter(open_source(tmp_path))
    next(frames)
    with pytest.raises(ValueError, match=r"2\.png: the picture is 10x6, but previous ones are 8x6"):
        next(frames)


def test_a_sequence_folder_counts_by_file_name_and_is_timed_by_seqinfo(tmp_path: Path):
    (tmp_path / "seqinfo.ini").write_text(SEQINFO)
    for number in (1, 2, 5):
        write_image(tmp_path / "img1" / f"{number:06d}.png")
    with open_source(tmp_path) as source:
        frames = list(source)
    assert (source.num_frames, source.frame_rate, source.size) == (3, 20, (8, 6))
    assert [frame.index for frame in frames] == [0, 1, 4]
    assert frames[-1].timestamp_s == pytest.approx(0.2)
    assert open_source(tmp_path, stride=2).num_frames == 2


def test_a_sequence_folder_without_its_pictures(tmp_path: Path):
    (tmp_path / "seqinfo.ini").write_text(SEQINFO)
    with pytest.raises(FileNotFoundError, match=r"img1: .* \(--detections\)"):
        open_source(tmp_path)


def test_a_sequence_picture_without_a_number(tmp_path: Path):
    (tmp_path / "seqinfo.ini").write_text(SEQINFO)
    write_image(tmp_path / "img1" / "cover.png")
    with pytest.raises(ValueError, match=r"cover\.png: expected the frame number"):
        open_source(tmp_path)


def test_a_sequence_with_fewer_pictures_than_promised_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nname=other\nseqLength=600\n")
    for number in (1, 2, 5, 7):
        write_image(tmp_path / "img1" / f"{number:06d}.jpg")
    with open_source(tmp_path, image_rate=10) as source:
        assert [(frame.index, frame.timestamp_s) for frame in source] == [(0, 0), (1, 0.1), (4, 0.4), (6, 0.6)]
    assert source.name == tmp_path.name
    assert "img1: found 4 pictures, but seqinfo.ini has 600 frames (seqLength)" in caplog.text


def test_a_sequence_without_pictures_has_length_size_and_times(tmp_path: Path):
    (tmp_path / "seqinfo.ini").write_text(SEQINFO)
    info = SequenceInfo.read(tmp_path / "seqinfo.ini")
    source = SequenceFrames(info, max_frames=3, stride=2)
    frames = list(source)
    assert (source.name, source.num_frames, source.size) == ("S", 3, (8, 6))
    assert [(frame.index, frame.timestamp_s) for frame in frames] == [(0, 0), (2, 0.1), (4, 0.2)]
    assert all(frame.image is None for frame in frames)
    assert SequenceFrames(info).num_frames == 600
    assert len(list(SequenceFrames(None, last_frame=7))) == 7
    with pytest.raises(ValueError, match="length of the sequence is unknown"):
        SequenceFrames(None)


def test_a_video_of_its_name_stands_for_the_pictures_of_a_sequence(tmp_path: Path, make_video: MakeVideo):
    folder = tmp_path / "S"
    folder.mkdir()
    (folder / "seqinfo.ini").write_text(SEQINFO)
    with pytest.raises(FileNotFoundError, match=r"img1: .*does not exist, and there is no video S\.mp4 either"):
        open_source(folder)
    make_video("S/S.mp4", num_frames=3)
    make_video("S/S.tracked.mp4", num_frames=5)
    with open_source(folder) as source:
        assert (source.name, len(list(source))) == ("S", 3)
    (folder / "S.mp4").rename(tmp_path / "S.mp4")  # next to it
    with open_source(folder) as source:
        assert len(list(source)) == 3
    (folder / "img1").mkdir()
    with pytest.raises(FileNotFoundError, match="no pictures in this folder"):
        open_source(folder)


def test_real_sequences_give_the_pictures_that_are_there(shared: Path):
    folder = shared / "data" / "mot17" / "MOT17-05-FRCNN"
    with open_source(folder) as source:
        frames = list(source)
    assert source.frame_rate == 14
    assert len(frames) == source.num_frames == len(list((folder / "img1").iterdir())) < 837
    assert frames[1].timestamp_s == pytest.approx(1 / 14)
    assert np.ptp(frames[0].pixels) > 100


def test_a_picture_that_is_too_large_to_be_one_is_skipped_like_a_broken_one(tmp_path: Path):
    Image.new("1", (14_000, 13_000)).save(tmp_path / "huge.png")
    with pytest.raises(ValueError, match=r"huge\.png: not a readable picture"):
        open_source(tmp_path / "huge.png")


@pytest.mark.filterwarnings("error")
def test_a_large_picture_causes_no_warning(tmp_path: Path):
    Image.new("L", (9_500, 9_500)).save(tmp_path / "large.png")
    assert open_source(tmp_path / "large.png").size == (9_500, 9_500)
