"""The nine systems of the paper's Tables 1, 2 and 5, and how each gets from its recipe to the scores of its tracks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image

from outrack.boxes import xywh_to_xyxy
from outrack.cli import main
from outrack.datasets import LabelledSequence, write_ground_truth
from outrack.evaluation.mot import Scores, evaluate
from outrack.tracking import TrackerConfig
from outrack.training import TrainingConfig, train

FAIRMOT, CENTERTRACK = TrackerConfig.fairmot, TrackerConfig.centertrack
SYSTEMS = {
    "fairmot": (FAIRMOT(), "centre"),
    "fairmot-supervised": (FAIRMOT(), "reid"),
    "fairmot-cycas": (FAIRMOT(), "reid"),
    "fairmot-utrack": (FAIRMOT(), "reid"),
    "fairmot-utrack-gsm": (FAIRMOT(refind="gsm"), "reid"),
    "outrack-fm": (FAIRMOT(refind="paper"), "occlusion"),
    "centertrack": (CENTERTRACK(), "displacement"),
    "centertrack-gsm": (CENTERTRACK(refind="gsm"), "displacement"),
    "otrack-ct": (CENTERTRACK(refind="paper"), "displacement"),
}
"""The tracker of each, by the name of its recipe, and the part of the loss that sets it apart."""

OVERFIT = {
    "model.init": "null",
    "data.workers": "0",
    "augmentation.geometry": "{rotation_deg: 0, scale: [1, 1], translate: 0, shear_deg: 0, flip: 0, partner: [0, 0]}",
    "augmentation.photometric": "{saturation: 0, value: 0}",
    "validation.sources": "[]",
}
"""What every recipe changes to learn a few pictures as they are, from random weights."""


def write_sequence(
    folder: Path, pictures: Sequence[Image.Image], xywh: NDArray[np.float64], visibility: NDArray[np.float64]
) -> Path:
    """A MOTChallenge sequence of T pictures in which N people are all the time: boxes (T, N, 4), visibility (T, N)."""
    images = folder / "img1"
    images.mkdir(parents=True)
    for number, picture in enumerate(pictures, start=1):
        picture.save(images / f"{number:06d}.png")
    width, height = pictures[0].size
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nname={folder.name}\nimDir=img1\nframeRate=15\nseqLength={len(pictures)}\nimWidth={width}\n"
        f"imHeight={height}\nimExt=.png\n"
    )
    num_frames, num_people = visibility.shape
    truth = LabelledSequence(
        name=folder.name,
        num_frames=num_frames,
        frames=np.repeat(np.arange(1, num_frames + 1), num_people),
        ids=np.tile(np.arange(1, num_people + 1), num_frames),
        xyxy=xywh_to_xyxy(xywh.reshape(-1, 4)),
        counted=np.ones(num_frames * num_people, bool),
        classes=np.ones(num_frames * num_people, np.int64),
        visibility=visibility.ravel(),
    )
    write_ground_truth(folder / "gt" / "gt.txt", truth)
    return folder


class Learned(NamedTuple):
    """The losses of a run by name, over its first ten steps and its last ten."""

    first: Mapping[str, float]
    last: Mapping[str, float]


def learn(config: TrainingConfig, run: Path) -> Learned:
    """Train in the folder `run`."""
    train(config, run)
    first, *_, last = (json.loads(line) for line in (run / "log.jsonl").read_text().splitlines())
    return Learned(first, last)


def track(sequence: Path, weights: Path, tracker: TrackerConfig, results: Path) -> Scores:
    """What `outrack track` reaches on a sequence with an exported network."""
    results.mkdir(parents=True)
    words = {name.replace("_", "-"): value for name, value in dataclasses.asdict(tracker).items()}
    del words["frame-rate"]  # is the sequence's own
    (results / "tracker.yaml").write_text(yaml.safe_dump({"tracker": words}))
    options = ["--weights", str(weights), "--config", str(results / "tracker.yaml"), "-q"]
    assert main(["track", str(sequence), *options, "-o", str(results / "tracks" / f"{sequence.name}.txt")]) == 0
    return evaluate(sequence.parent, results / "tracks", benchmark="plain").combined
