"""One way to open an image file, with one kind of error."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.datasets.cleaning import image_size
from outrack.io.masks import read_instance_mask
from outrack.io.pictures import UnreadablePictureError, pictures_in, read_image


def save(path: Path, *, orientation: int = 1) -> Path:
    """A picture of 3x2 pixels, its left column white, with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.array([[255, 0, 0], [255, 0, 0]], np.uint8)).save(path, exif=exif)
    return path


def test_an_image_is_read_as_stored_or_upright(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", orientation=6)  # to be turned by 90 degrees to the right
    assert read_image(path)[:, :, 0].tolist() == [[255, 0, 0], [255, 0, 0]]
    assert read_image(path, upright=True)[:, :, 0].tolist() == [[255, 255], [0, 0], [0, 0]]


@pytest.mark.parametrize("read", [read_image, read_instance_mask])
def test_invalid_image_is_named(read, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(save(tmp_path / "whole.png").read_bytes()[:60])
    with pytest.raises(FileNotFoundError, match=r"b\.png: no such image"):
        read(tmp_path / "b.png")
    with pytest.raises(UnreadablePictureError, match=r"a\.png: not a readable image \(.*Replace the file"):
        read(tmp_path / "a.png")


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2)  # of 6: more than twice as many are an error
    with pytest.raises(UnreadablePictureError, match="decompression bomb"):
        read_image(save(tmp_path / "a.png"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)  # a warning of Pillow's, which does not stop a training
    assert read_image(tmp_path / "a.png").shape == (2, 3, 3)


def bomb(path: Path, side: int) -> Path:
    """A PNG of some hundred bytes that says it has `side` times `side` pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("read", [read_image, image_size, read_instance_mask])
def test_a_file_that_unpacks_to_gigapixels_is_refused_by_name(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = bomb(tmp_path / "a.png", 60_000)
    assert path.stat().st_size < 200
    with pytest.raises(UnreadablePictureError, match=r"a\.png: not a readable image .*3600000000 pixels"):
        read(path)


def test_a_panorama_is_large_and_fine(tmp_path: Path) -> None:
    assert image_size(bomb(tmp_path / "a.png", 10_000)) == (10_000, 10_000)


def test_hidden_files_are_no_pictures(tmp_path: Path) -> None:
    for name in ("img2.jpg", "._img1.jpg", ".hidden.png", "img1.JPG", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["img1.JPG", "img2.jpg"]
