"""From the values of `-o` to the files to write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from outrack.datasets.video_of_boxes import note_source
from outrack.io.atomic import check_writable
from outrack.jobs.console import UsageError
from outrack.jobs.object_store import SCHEMES, in_object_store
from outrack.video.address import shown_address
from outrack.video.output_files import files_for, is_folder
from outrack.video.writers import SUFFIXES, is_standard_output

__all__ = ["check_ending", "check_new_file", "check_output_options", "output_paths", "write_source_notes"]

STANDARD_OUTPUTS = ("-", "-.jsonl", "-.csv", "-.txt")
"""Values of `--output` that mean standard output: JSON Lines, or the format of the ending."""


def check_output_options(asked: Sequence[str]) -> None:
    """Refuse outputs that no writer supports, before anything is opened.

    Raises:
        UsageError: names the output and the known endings.
    """
    for entry in asked:
        if not entry.strip():
            raise UsageError("--output is empty: expected a file or a folder. Is a shell variable unset?")
        if is_standard_output(Path(entry)):
            if entry not in STANDARD_OUTPUTS:
                raise UsageError(f"--output {entry}: for standard output use {', '.join(STANDARD_OUTPUTS)}")
        elif "://" in entry and not in_object_store(entry):
            raise UsageError(
                f"--output {shown_address(entry)}: expected a file, a folder, or an address in an object store "
                f"({', '.join(sorted(SCHEMES))})"
            )
        elif not is_folder(entry) and Path(entry).suffix.lower() not in SUFFIXES:
            raise UsageError(
                f"--output {shown_address(entry) if '://' in entry else entry}: unknown output format. Known endings: "
                f"{', '.join(SUFFIXES)}; a folder ends in a slash"
            )


def check_ending(path: Path, endings: Collection[str], *, option: str) -> None:
    """Refuse an output file with another ending, or a folder; `option` names it.

    Raises:
        UsageError: it is one.
    """
    if path.suffix not in endings or path.is_dir():
        raise UsageError(f"{option} {path}: expected a file that ends in {', '.join(endings)}")


def check_new_file(path: Path, endings: Collection[str], *, overwrite: bool, option: str = "--output") -> None:
    """Before any work is done, refuse an output file that could not be written afterwards; `option` names it.

    Raises:
        UsageError: it has another ending or is a folder, or it exists and may not be replaced.
        OSError: it cannot be written there.
    """
    check_ending(path, endings, option=option)
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists; --overwrite replaces it")
    check_writable(path)


def output_paths(asked: Sequence[str], name: str, *, with_detections: bool) -> tuple[Path, ...]:
    """The files to write for a source called `name`.

    A folder (it exists, or ends in a slash) gets `<name>.txt`, the layout that MOTChallenge evaluators read. Without
    `-o`, the outputs are `<name>.tracked.mp4` and `<name>.tracked.txt` in the working directory; only the .txt if
    detections are given, because then there may be no pictures.
    """
    if not asked:
        suffixes = (".txt",) if with_detections else (".mp4", ".txt")
        return tuple(Path(f"{name}.tracked{suffix}") for suffix in suffixes)
    return files_for(asked, name)


def write_source_notes(asked: Sequence[str], name: str, source: Path) -> tuple[Path, ...]:
    """Write next to boxes that may be trained on which video they belong to: boxes in a folder, boxes to be corrected
    in CVAT, and COCO-VID files. Tracks of a MOTChallenge sequence are for scoring and get no note.

    Args:
        asked: the values of `-o`.
        name: name of the source.
        source: the video or folder of pictures; anything else, such as a stream, cannot be trained on and gets no note.

    Returns:
        The files that were written.
    """
    if not source.exists() or (source / "seqinfo.ini").is_file():
        return ()
    notes = []
    for entry in asked:
        if is_folder(entry) or Path(entry).suffix.lower() in (".xml", ".json"):
            (boxes,) = output_paths([entry], name, with_detections=False)
            note = note_source(boxes, source)
            notes += [] if note is None or note in notes else [note]
    return tuple(notes)
