"""From what `-o` says to the files that are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from outrack.cli.messages import UsageError
from outrack.video.writers import SUFFIXES

__all__ = ["check_outputs", "output_paths"]


def check_outputs(asked: Sequence[str]) -> None:
    """Refuse what no writer knows, before anything is opened.

    Raises:
        UsageError: names the output and the endings that are known.
    """
    for entry in asked:
        if not _is_folder(entry) and Path(entry).suffix.lower() not in SUFFIXES:
            raise UsageError(
                f"--output {entry}: cannot tell the kind of output. Known endings: {', '.join(SUFFIXES)}; "
                "a folder ends in a slash"
            )


def output_paths(asked: Sequence[str], name: str, *, with_detections: bool) -> tuple[Path, ...]:
    """The files to write for a source called `name`.

    A folder (it exists, or ends in a slash) gets `<name>.txt`, the layout that MOTChallenge evaluators read. Nothing
    asked gives `<name>.tracked.mp4` and `<name>.tracked.txt` in the working directory; the .txt alone where detections
    are given, for then there may be no pictures.
    """
    if not asked:
        suffixes = (".txt",) if with_detections else (".mp4", ".txt")
        return tuple(Path(f"{name}.tracked{suffix}") for suffix in suffixes)
    return tuple(Path(entry) / f"{name}.txt" if _is_folder(entry) else Path(entry) for entry in asked)


def _is_folder(entry: str) -> bool:
    return entry.endswith(("/", "\\")) or Path(entry).is_dir()
