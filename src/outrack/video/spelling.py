"""What a source is, told by how it is written, and the short name that its outputs get."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from outrack.io.pictures import natural_order
from outrack.video.address import address_name, is_address

__all__ = ["files_of_pattern", "is_camera", "is_pattern", "local_path", "source_name"]


def is_camera(source: str | Path | int) -> bool:
    """Whether a source is the number of a camera: a number, where no file or folder is called so."""
    return isinstance(source, int) or (str(source).lstrip("-").isdecimal() and not Path(str(source)).exists())


def is_pattern(source: str | Path | int) -> bool:
    """Whether a source is a pattern such as `shots/*.jpg`; names of files and folders may hold such signs, too."""
    text = str(source)
    return not is_address(source) and any(sign in text for sign in "*?[") and not Path(text).exists()


def files_of_pattern(pattern: str | Path) -> list[Path]:
    """Files and folders that fit, in natural order.

    Raises:
        FileNotFoundError: none does.
    """
    path = Path(pattern)
    # The folder may have such signs in its own name.
    if path.parent.is_dir():
        base, below = path.parent, path.name
    else:
        base, below = Path(path.anchor), str(path.relative_to(path.anchor))
    paths = sorted(base.glob(below), key=natural_order)
    if not paths:
        raise FileNotFoundError(f"{pattern}: no file fits this pattern")
    return paths


def local_path(source: str | Path) -> Path:
    """The path of a file or folder, also of a `file://` address."""
    text = str(source)
    return Path(url2pathname(urlsplit(text).path)) if text.startswith("file://") else Path(text)


def source_name(source: str | Path | int) -> str:
    """Short name of a source: a file's without its ending, a folder's own, that of the folder in which the files of a
    pattern lie, `camera0`, and of an address the last part of its path, or else its host.

    Raises:
        FileNotFoundError: a pattern that no file fits.
    """
    if is_camera(source):
        return f"camera{int(str(source))}"
    if is_address(source):
        return address_name(str(source))
    if is_pattern(source):
        return files_of_pattern(str(source))[0].resolve().parent.name
    path = local_path(str(source))
    return path.resolve().name if path.is_dir() else path.stem
