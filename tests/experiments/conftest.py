"""Data laid out as the downloads are, generated and tiny."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from outrack.boxes import xyxy_to_xywh
from outrack.experiments.full_budget import SEQUENCES, STARTS
from outrack.synth import ComposedVideo, crowd_source, write_sequence

SIZE, FRAMES = (160, 96), 6


def sequence(folder: Path, name: str, seed: int, *, test: bool = False) -> Path:
    """A sequence with public detections; those of the test parts have no ground truth."""
    video = ComposedVideo(crowd_source(), seed=seed, size=SIZE, num_frames=FRAMES, num_people=4, name=name)
    written = write_sequence(video, folder, detections_seed=seed)
    if test:
        shutil.rmtree(written / "gt")
    return written


def in_three_copies(written: Path) -> None:
    """MOT17 has every sequence once for each of its public detectors."""
    for detector in ("DPM", "FRCNN"):
        copy = written.with_name(written.name.replace("SDP", detector))
        shutil.copytree(written, copy)
        info = (copy / "seqinfo.ini").read_text()
        (copy / "seqinfo.ini").write_text(info.replace(written.name, copy.name))


def crowdhuman(folder: Path) -> None:
    """Stills below `Images`, and a label file for each part."""
    (folder / "Images").mkdir(parents=True)
    for seed, part in enumerate(("train", "val")):
        lines = []
        for image in ComposedVideo(crowd_source(), seed=90 + seed, size=SIZE, num_frames=2, num_people=4):
            name = f"{part},{image.frame}"  # 273271,1a0d6000b9e1f5b7.jpg
            Image.fromarray(image.pixels).save(folder / "Images" / f"{name}.jpg")
            people = [
                {"tag": "person", "fbox": box, "vbox": box} for box in xyxy_to_xywh(image.annotation.xyxy).tolist()
            ]
            crowd = {"tag": "mask", "fbox": [0, 0, 9, 9], "vbox": [0, 0, 9, 9], "extra": {"ignore": 1}}
            lines.append(json.dumps({"ID": name, "gtboxes": [*people, crowd]}))
        (folder / f"annotation_{part}.odgt").write_text("\n".join(lines))


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MOT16, MOT17, MOT20, CrowdHuman and start weights as they are downloaded, but tiny; weights are empty files."""
    root = tmp_path_factory.mktemp("downloads")
    for number, name in enumerate(SEQUENCES):
        in_three_copies(sequence(root / "MOT17" / "train", name, number))
    in_three_copies(sequence(root / "MOT17" / "test", "MOT17-01-SDP", 20, test=True))
    for part, name in (("train", "MOT16-02"), ("test", "MOT16-01"), ("train", "MOT20-01"), ("test", "MOT20-04")):
        sequence(root / name[:5] / part, name, 21, test=part == "test")
    crowdhuman(root / "CrowdHuman")
    for name in STARTS.values():
        (root / name).touch()
    return root
