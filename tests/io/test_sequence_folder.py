"""Which files of a sequence folder are its frames, for training, conversion and tracking alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.conversion import mot_folder
from outrack.datasets.mot import MotSequence
from outrack.io.sequence_folder import numbered_pictures, split_copy
from outrack.video import open_source


def sequence(folder: Path, *names: str, ending: str = ".jpg") -> Path:
    """A sequence of 3 frames with these pictures, and a person in each frame."""
    (folder / "img1").mkdir(parents=True)
    (folder / "gt").mkdir()
    (folder / "gt" / "gt.txt").write_text("".join(f"{frame},1,1,1,4,4,1,1,1\n" for frame in (1, 2, 3)))
    info = f"[Sequence]\nseqLength=3\nframeRate=5\nimWidth=8\nimHeight=6\nimExt={ending}\n"
    (folder / "seqinfo.ini").write_text(info)
    for name in names:
        Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(folder / "img1" / name)
    return folder


@pytest.mark.parametrize(
    ("names", "ending", "frames"),
    [
        (("000001.jpg", "000002.JPG", "000001.png", "cover.png", "000003.png"), ".jpg", ["000001.jpg", "000002.JPG"]),
        (("000001.jpg", "000001.png"), ".png", ["000001.png"]),
        (("000001.png", "000003.png"), ".jpg", ["000001.png", None, "000003.png"]),  # seqinfo.ini is wrong
        (("000001.jpg", ".000001.jpg"), ".jpg", ["000001.jpg"]),
        (("03.jpg", "2.jpg"), ".jpg", [None, "2.jpg", "03.jpg"]),
    ],
)
def test_every_reader_takes_the_same_pictures(
    tmp_path: Path, names: tuple[str, ...], ending: str, frames: list[str | None]
) -> None:
    folder = sequence(tmp_path / "S", *names, ending=ending)
    expected = {number: folder / "img1" / name for number, name in enumerate(frames, start=1) if name}
    found = numbered_pictures(folder / "img1", ending)
    assert (found, list(found)) == (expected, sorted(expected))
    assert MotSequence.open(folder).image_paths() == expected
    pictures = mot_folder.read(folder).pictures
    assert {picture.frame + 1: picture.path for picture in pictures if picture.path} == expected
    with open_source(folder) as source:
        assert [source.picture_of(index) for index in range(3)] == [expected.get(frame) for frame in (1, 2, 3)]


def test_a_picture_that_is_no_frame_or_not_the_only_one_is_named(tmp_path: Path) -> None:
    folder = sequence(tmp_path / "a", "000001.jpg", "cover.jpg") / "img1"
    with pytest.raises(ValueError, match=r"cover\.jpg: expected the frame number"):
        numbered_pictures(folder, ".jpg")
    folder = sequence(tmp_path / "b", "1.jpg", "01.jpg") / "img1"
    with pytest.raises(ValueError, match=r"1\.jpg: 0?1\.jpg is the picture of this frame, too"):
        numbered_pictures(folder, ".jpg")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("MOT17-02-SDP", ("MOT17-02", "SDP")),
        ("MOT17-02", ("MOT17-02", "")),
        ("MOT17-02-YOLO", ("MOT17-02-YOLO", "")),
        ("cam-SDP", ("cam-SDP", "")),
    ],
)
def test_the_copies_of_mot17_have_names_of_detectors(name: str, parts: tuple[str, str]) -> None:
    assert split_copy(name) == parts
