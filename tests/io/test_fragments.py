"""Videos with an incomplete last fragment, as after a full disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from outrack.io.fragments import keep_whole_fragments
from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.movie import MovieWriter


def num_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return len(list(container.decode(video=0)))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that is not closed yet, of four fragments."""
    folder = tmp_path_factory.mktemp("video")
    random = np.random.default_rng(0)
    with MovieWriter(folder / "a.mp4", frame_rate=25) as writer:
        for index in range(130):
            picture = random.integers(0, 256, (48, 64, 3), np.uint8)
            writer.write(Frame(picture, index, index / 25), Detections.empty(), Tracks.empty())
        shutil.copy(folder / "a.mp4", folder / "open.mp4")
    return folder / "open.mp4"


def test_a_file_cut_in_a_fragment_opens_again(video: Path, tmp_path: Path) -> None:
    content, path = video.read_bytes(), tmp_path / "cut.mp4"
    seen = []
    for share in (0.3, 0.5, 0.7, 0.9, 0.999):
        path.write_bytes(content[: int(share * len(content))])
        keep_whole_fragments(path)
        seen.append(num_frames(path))
        assert path.stat().st_size < share * len(content)
    assert seen == sorted(seen)
    assert seen[0] >= 6


def test_complete_files_are_unchanged(video: Path, tmp_path: Path) -> None:
    for source in (video, video.with_name("a.mp4")):
        path = Path(shutil.copy(source, tmp_path / source.name))
        keep_whole_fragments(path)
        assert path.read_bytes() == source.read_bytes()


def test_other_files_are_unchanged(tmp_path: Path) -> None:
    for content in (b"", b"hello", b"\xff" * 100, b"\0" * 100):
        (tmp_path / "a.mp4").write_bytes(content)
        keep_whole_fragments(tmp_path / "a.mp4")
        assert (tmp_path / "a.mp4").read_bytes() == content
