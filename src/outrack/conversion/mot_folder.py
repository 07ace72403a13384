"""Sequence folders of MOTChallenge: `SEQ/{seqinfo.ini, gt/gt.txt, img1/}`, one or many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from outrack.conversion.labels import Labels, Picture, by_video
from outrack.conversion.mot_rows import MOT_CLASSES, labels_of_sequence
from outrack.conversion.mot_tables import write_gt
from outrack.conversion.picture_files import Placing, place_picture, safe_name
from outrack.datasets.cleaning import image_size
from outrack.datasets.mot import MotSequence, sequences_below
from outrack.io.motchallenge import SequenceInfo

__all__ = ["read", "write"]


def read(path: Path) -> Labels:
    """Every sequence with ground truth. Of the three copies of a MOT17 sequence only one is read."""
    folders = sequences_below(path)
    if not folders:
        raise FileNotFoundError(f"{path}: it contains neither a seqinfo.ini nor folders with seqinfo.ini and gt/gt.txt")
    pictures: list[Picture] = []
    rates = {}
    for folder in folders:
        sequence = MotSequence.open(folder)
        info = sequence.info
        files = sequence.image_paths() if (folder / info.image_dir).is_dir() else {}
        size = (info.width or 0, info.height or 0)
        if not all(size) and files:
            size = image_size(next(iter(files.values())))
        for picture in labels_of_sequence(sequence.ground_truth(), folder).pictures:
            file = files.get(picture.frame + 1)
            name = picture.name if file is None else f"{sequence.name}/{file.name}"
            pictures.append(replace(picture, name=name, size=size, path=file))
        if info.frame_rate is not None:
            rates[sequence.name] = info.frame_rate
    highest = max((box.class_id for picture in pictures for box in picture.boxes), default=0)
    names = (*MOT_CLASSES, *(f"class-{number}" for number in range(len(MOT_CLASSES), highest + 1)))
    return Labels(tuple(pictures), names[: highest + 1], rates)


def write(path: Path, labels: Labels, placing: Placing) -> list[Path]:
    """A folder in `path` for each video, with its pictures as `img1/000001.jpg` if they are known."""
    written = []
    for name, frames in by_video(labels).items():
        folder = path / safe_name(name)
        (folder / "gt").mkdir(parents=True, exist_ok=True)
        write_gt(folder / "gt" / "gt.txt", replace(labels, pictures=tuple(frames)))
        suffix = next((frame.path.suffix for frame in frames if frame.path is not None), ".jpg")
        width, height = next((frame.size for frame in frames if all(frame.size)), (0, 0))
        for frame in frames:
            place_picture(frame.path, folder / "img1" / f"{frame.frame + 1:06d}{suffix}", placing)
        info = SequenceInfo(name, "img1", labels.frame_rates.get(name), frames[-1].frame + 1, width, height, suffix)
        info.write(folder / "seqinfo.ini")
        written.append(folder)
    return written
