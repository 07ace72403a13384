"""Reads small text files, and refuses huge ones: an endless stream must not fill the memory."""

from __future__ import annotations

from pathlib import Path

__all__ = ["text_of"]

_MOST = 16 << 20
"""Characters."""


def text_of(path: Path, *, encoding: str = "utf-8") -> str:
    """The text of a small file, such as a recipe or a summary.

    Raises:
        OSError: it cannot be read.
        ValueError: it has more than 16 million characters, or is not text.
    """
    with path.open(encoding=encoding) as file:
        text = file.read(_MOST + 1)
    if len(text) > _MOST:
        raise ValueError(f"{path}: more than {_MOST:,} characters. Is it another kind of file?")
    return text
