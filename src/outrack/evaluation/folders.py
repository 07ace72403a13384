"""Locates the files of a benchmark: sequences, lengths and result files, under public and private names."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from outrack.io.cvat_project import parts_of_export
from outrack.io.labels import LABEL_SUFFIXES, read_labels
from outrack.io.results import RESULT_SUFFIXES, read_sequence_results
from outrack.io.sequence_folder import split_copy
from outrack.io.sequences import Benchmark, LabelledSequence, SequenceResults

__all__ = ["detect_benchmark", "find_ground_truth", "has_only_people", "read_ground_truth_folder", "read_results"]

logger = logging.getLogger(__name__)

MOT15_SEQUENCES = frozenset(
    [
        *("ADL-Rundle-6", "ADL-Rundle-8", "ETH-Bahnhof", "ETH-Pedcross2", "ETH-Sunnyday", "KITTI-13", "KITTI-17"),
        *("PETS09-S2L1", "TUD-Campus", "TUD-Stadtmitte", "Venice-2"),
    ]
)


def find_ground_truth(place: Path) -> dict[str, Path]:
    """Ground truth files by sequence name: `SEQ/gt/gt.txt` in a folder, or else its `SEQ.txt`, exports of CVAT
    (`SEQ.xml`, `SEQ.zip`) and COCO-VID files (`SEQ.json`). A file, or a folder SEQ with `gt/gt.txt`, is the ground
    truth of one sequence; the export of a CVAT project is that of each of its videos.

    Raises:
        FileNotFoundError: the folder is missing, or has no ground truth.
        ValueError: two files are the ground truth of one sequence.
    """
    if place.is_file() and place.suffix.lower() in LABEL_SUFFIXES:
        folder = _sequence_folder(place)
        return dict.fromkeys(parts_of_export(place) if folder is None else [folder.name], place)
    if not place.is_dir():
        raise FileNotFoundError(f"{place}: no such folder of ground truth")
    files = {path.parents[1].name: path for path in sorted(place.glob("*/gt/gt.txt"))}
    if not files and (place / "gt" / "gt.txt").is_file():
        files = {place.resolve().name: place / "gt" / "gt.txt"}
    if not files:
        found = [path for path in sorted(place.iterdir()) if path.suffix.lower() in LABEL_SUFFIXES and path.is_file()]
        for path in found:
            for name in parts_of_export(path):
                if files.setdefault(name, path) != path:
                    raise ValueError(f"{place}: {files[name].name} and {path.name} are both ground truth of {name}")
    if not files:
        raise FileNotFoundError(
            f"{place}: expected ground truth as SEQ/gt/gt.txt or SEQ.txt, SEQ.xml, SEQ.zip (CVAT) or SEQ.json (COCO), "
            "found none of them"
        )
    return files


def _sequence_folder(truth: Path) -> Path | None:
    """The folder SEQ of a file SEQ/gt/gt.txt; None for any other file."""
    folder = truth.resolve().parent
    return folder.parent if (folder.name, truth.name) == ("gt", "gt.txt") else None


def has_only_people(folder: Path) -> bool:
    """Whether the ground truth comes from files with classes (CVAT, COCO), of which only people are read."""
    return any(path.suffix.lower() != ".txt" for path in find_ground_truth(folder).values())


def detect_benchmark(names: Sequence[str]) -> Benchmark:
    """The benchmark that these sequence names belong to; "plain" if they belong to none, or to several."""
    known: dict[str, Benchmark] = {"MOT16-": "mot16", "MOT17-": "mot17", "MOT20-": "mot20"}
    for prefix, benchmark in known.items():
        if names and all(name.startswith(prefix) for name in names):
            return benchmark
    return "mot15" if names and MOT15_SEQUENCES.issuperset(names) else "plain"


def read_ground_truth_folder(
    folder: Path, *, benchmark: Benchmark = "mot17", sequences: Sequence[str] | None = None
) -> list[LabelledSequence]:
    """All ground truth of a folder, or of the named sequences.

    The length of a sequence is that of its `seqinfo.ini`, which only plain ground truth may lack.

    Raises:
        FileNotFoundError: the folder, a named sequence or a `seqinfo.ini` is missing.
        ValueError: a file is malformed; names file and line.
    """
    files = find_ground_truth(folder)
    missing = [name for name in sequences or () if name not in files]
    if missing:
        raise FileNotFoundError(f"{folder}: no ground truth for {', '.join(missing)}; found {', '.join(files)}")
    truths = []
    for name in files if sequences is None else sequences:
        info = (_sequence_folder(files[name]) or folder / name) / "seqinfo.ini"
        if benchmark != "plain" and files[name].suffix.lower() == ".txt" and not info.is_file():
            raise FileNotFoundError(
                f"{info}: no such file; the length of the sequence is read from it. "
                'Without such files use the benchmark "plain".'
            )
        truths.append(read_labels(files[name], name, benchmark=benchmark, info=info if info.is_file() else None))
        if not truths[-1].counted.any():
            logger.warning("%s: none of its ground-truth boxes counts (%s)", name, files[name])
    return truths


def read_results(
    folder: Path,
    sequences: Sequence[str],
    *,
    benchmark: Benchmark = "mot17",
    strict: bool = True,
    only_people: bool = False,
) -> dict[str, SequenceResults]:
    """The results of each of the named sequences.

    A sequence `MOT17-02-FRCNN` takes `MOT17-02-FRCNN.txt`, or `MOT17-02.txt`, the file of a tracker with its own
    detector, which serves all three copies of the sequence. A `.jsonl` or `.csv` of `outrack track` works as well, and
    takes precedence over a `.txt` of the same name.

    Args:
        folder: with the files; or the file itself, for a single sequence.
        sequences: names of the sequences.
        benchmark: whose rules the files follow.
        strict: refuse files that belong to no sequence.
        only_people: leave out tracks of other classes, see `has_only_people`.

    Raises:
        FileNotFoundError: the folder is missing, or a sequence has no file.
        ValueError: a file is malformed, or belongs to none of the sequences; or one file was given for several.
    """
    if folder.is_file() and folder.suffix.lower() in RESULT_SUFFIXES and len(sequences) == 1:
        return {sequences[0]: read_sequence_results(folder, benchmark=benchmark, only_people=only_people)}
    if folder.is_file():
        raise ValueError(
            f"{folder}: expected the results of one sequence ({', '.join(RESULT_SUFFIXES)}), or a folder with one file "
            f"per sequence; the ground truth has {', '.join(sequences)}"
        )
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder of results")
    found = sorted(folder.iterdir())
    files = {path.stem: path for kind in reversed(RESULT_SUFFIXES) for path in found if path.suffix.lower() == kind}
    chosen = {name: next((key for key in _names(name) if key in files), None) for name in sequences}
    missing = [name for name, key in chosen.items() if key is None]
    if missing:
        raise FileNotFoundError(
            f"{folder}: no results for {', '.join(missing)}; expected {missing[0]}.txt. An empty file means that "
            "the tracker reported no objects; to score fewer sequences, name them."
        )
    # A .json may be a report of scores.
    tables = {key: path for key, path in files.items() if path.suffix.lower() != ".json"}
    strangers = [path.name for key, path in tables.items() if key not in chosen.values()]
    if strict and strangers:
        raise ValueError(
            f"{folder}: {', '.join(strangers)} belongs to no sequence of the ground truth; "
            "to score only some sequences, name them."
        )
    return {
        name: read_sequence_results(files[key], benchmark=benchmark, only_people=only_people)
        for name, key in chosen.items()
        if key is not None
    }


def _names(sequence: str) -> tuple[str, ...]:
    """Possible names of the result file of a sequence, the public one first."""
    name, detector = split_copy(sequence)
    return (sequence, name) if detector else (sequence,)
