"""The structure of fragmented MP4 files."""

from __future__ import annotations

from pathlib import Path

__all__ = ["keep_whole_fragments"]

_LONG, _TO_THE_END = 1, 0


def keep_whole_fragments(path: Path) -> None:
    """Remove an incomplete last fragment, as after a full disk: FFmpeg cannot open a file that ends in one.

    Raises:
        OSError: the file cannot be read or cut.
    """
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        place = whole = 0
        while place + 8 <= size:
            file.seek(place)
            head = file.read(16)
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if length == _LONG:
                length = int.from_bytes(head[8:16], "big")
            if length == _TO_THE_END:
                return
            if length < 8 or place + length > size:
                break
            place += length
            if kind != b"moof":  # which describes the data after it
                whole = place
        if whole:
            file.truncate(whole)
