"""Calibration pictures: spread over a folder or a video, and limited in number."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from outrack.export.calibration import calibration_pictures


def grey(level: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, (level, level, level))


def test_a_folder_gives_pictures_of_all_its_parts(tmp_path: Path) -> None:
    for number in range(10):
        grey(number, (64, 48 + 16 * number)).save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").touch()
    assert [picture[0, 0, 0] for picture in calibration_pictures(tmp_path)] == list(range(10))
    assert [picture[0, 0, 0] for picture in calibration_pictures(tmp_path, most=4)] == [0, 2, 5, 7]


def test_a_video_gives_frames_of_all_its_parts(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(30):
            container.mux(stream.encode(av.VideoFrame.from_image(grey(8 * number))))
        container.mux(stream.encode())
    levels = [int(np.median(picture)) // 8 for picture in calibration_pictures(tmp_path / "clip.mp4", most=8)]
    assert len(levels) == 8
    assert np.allclose(levels, range(0, 30, 4), atol=1)
    assert len(calibration_pictures(tmp_path / "clip.mp4")) == 30


def test_what_gives_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent: no such file or folder; expected a folder of pictures"):
        calibration_pictures(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match="no pictures in this folder"):
        calibration_pictures(tmp_path)
    (tmp_path / "broken.jpg").write_text("nothing")
    with pytest.raises(ValueError, match=r"broken\.jpg: not a readable image"):
        calibration_pictures(tmp_path)
    with pytest.raises(ValueError, match=r"broken\.mp4"):
        (tmp_path / "broken.mp4").write_text("nothing")
        calibration_pictures(tmp_path / "broken.mp4")
