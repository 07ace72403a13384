"""Names of sources: what kind of source a name is, and the short name for its outputs."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from outrack.io.pictures import natural_order
from outrack.video.address import address_host, address_name, is_address

__all__ = [
    "distinct_names",
    "distinct_source_names",
    "files_of_pattern",
    "is_camera",
    "is_pattern",
    "local_path",
    "name_key",
    "source_name",
]


def is_camera(source: str | Path | int) -> bool:
    """Whether a source is a camera number: a number that is not the name of a file or folder."""
    return isinstance(source, int) or (str(source).lstrip("-").isdecimal() and not Path(str(source)).exists())


def is_pattern(source: str | Path | int) -> bool:
    """Whether a source is a pattern such as `shots/*.jpg`; names of existing files and folders may contain such
    characters."""
    text = str(source)
    return not is_address(source) and any(sign in text for sign in "*?[") and not Path(text).exists()


def files_of_pattern(pattern: str | Path) -> list[Path]:
    """Matching files and folders, in natural order.

    Raises:
        FileNotFoundError: none matches.
    """
    path = Path(pattern)
    # The folder's own name may contain such characters.
    if path.parent.is_dir():
        base, below = path.parent, path.name
    else:
        base, below = Path(path.anchor), str(path.relative_to(path.anchor))
    paths = sorted(base.glob(below), key=natural_order)
    if not paths:
        raise FileNotFoundError(f"{pattern}: no file matches this pattern")
    return paths


def local_path(source: str | Path) -> Path:
    """The path of a file or folder, also of a `file://` address."""
    text = str(source)
    return Path(url2pathname(urlsplit(text).path)) if text.startswith("file://") else Path(text)


def source_name(source: str | Path | int) -> str:
    """Short name of a source: of a file its name without ending, of a folder its name, of a pattern the name of its
    folder, of a camera `camera0`, and of an address the last part of its path, or else its host.
    """
    if is_camera(source):
        return f"camera{int(str(source))}"
    if is_address(source):
        return address_name(str(source))
    path = local_path(str(source))
    if is_pattern(source):
        return path.parent.resolve().name or "pattern"
    return path.resolve().name if path.is_dir() else path.stem


def distinct_names(sources: Sequence[str | Path | int]) -> list[str]:
    """A unique short name for each source: equal names get their hosts or folders as a prefix, or their endings as a
    suffix.

    Raises:
        ValueError: one source is given twice.
    """
    names = distinct_source_names(sources)
    alike = _alike(names)
    for name in names:
        if name_key(name) in alike:
            count = sum(name_key(other) == name_key(name) for other in names)
            raise ValueError(
                f"{count} sources have the name {name!r}, and would write the same files; track them in separate runs"
            )
    return names


def distinct_source_names(sources: Sequence[str | Path | int]) -> list[str]:
    """As `distinct_names`, but a source that is given twice has the same name twice."""
    names = [source_name(source) for source in sources]
    for spell in (_with_place, _with_ending, _with_place_and_ending):
        alike = _alike(names)
        if not alike:
            break
        spelt = [
            spell(source) if name_key(name) in alike else name for source, name in zip(sources, names, strict=True)
        ]
        names = spelt if len(_alike(spelt)) < len(alike) else names
    return names


def name_key(name: str) -> str:
    """Key that is equal for names that a file system may consider equal: some ignore case, or how accents are
    encoded."""
    return unicodedata.normalize("NFC", name).casefold()


def _alike(names: Sequence[str]) -> set[str]:
    """Keys of names that occur more than once."""
    return {key for key, count in Counter(map(name_key, names)).items() if count > 1}


def _with_place(source: str | Path | int) -> str:
    if is_address(source):
        return f"{address_host(str(source))}_{address_name(str(source))}"
    if is_camera(source):
        return source_name(source)
    return f"{local_path(str(source)).resolve().parent.name}_{source_name(source)}"


def _with_ending(source: str | Path | int) -> str:
    ending = "" if is_address(source) or is_camera(source) else local_path(str(source)).suffix
    return source_name(source) + ending.replace(".", "_")


def _with_place_and_ending(source: str | Path | int) -> str:
    return _with_place(source) + _with_ending(source).removeprefix(source_name(source))
