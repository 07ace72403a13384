"""Builders of small benchmarks on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

SeqWriter = Callable[..., Path]
INFO = "[Sequence]\nname={}\nimDir=img1\nframeRate=30\nseqLength={}\nimWidth=1920\nimHeight=1080\nimExt=.jpg\n"


@pytest.fixture
def add_truth(tmp_path: Path) -> SeqWriter:
    """Write `tmp_path/gt/NAME/{gt/gt.txt, seqinfo.ini}` from lines of text; returns the folder of ground truth."""

    def write(name: str, lines: Sequence[str], num_frames: int = 10) -> Path:
        folder = tmp_path / "gt" / name
        (folder / "gt").mkdir(parents=True)
        (folder / "gt" / "gt.txt").write_text("".join(f"{line}\n" for line in lines))
        (folder / "seqinfo.ini").write_text(INFO.format(name, num_frames))
        return tmp_path / "gt"

    return write


@pytest.fixture
def add_results(tmp_path: Path) -> SeqWriter:
    """Write `tmp_path/results/NAME.txt`; returns the folder of results."""

    def write(name: str, lines: Sequence[str]) -> Path:
        folder = tmp_path / "results"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
        return folder

    return write


def made_sequence(seed: int, *, num_frames: int = 25, has_classes: bool = True) -> tuple[list[str], list[str]]:
    """Lines of a random ground truth and of random results for it, on a grid of pixels, so that IoUs tie and are
    exactly 0.5 at times.

    There are distractors, boxes without a flag, duplicates of people, false boxes, lost people, swapped identities
    and frames that are empty in one of the files or in both.
    """
    rng = np.random.default_rng(seed)
    num_people = int(rng.integers(1, 9))
    classes = rng.choice([1, 1, 1, 1, 2, 3, 6, 7, 8, 12], num_people)
    places = rng.integers(0, 12, (num_people, 2)) * 10
    truth, results = [], []
    names = np.arange(num_people) + int(rng.integers(0, 3))
    for frame in range(1, num_frames + 1):
        places = places + rng.integers(-1, 2, places.shape) * 5
        if rng.random() < 0.2:
            names = rng.permutation(names)
        silent = rng.random() < 0.1, rng.random() < 0.15
        for person, (x, y) in enumerate(places):
            if not silent[0] and rng.random() < 0.9:
                flag = int(rng.random() < 0.9)
                end = f"{classes[person]},{rng.integers(0, 5) / 4}" if has_classes else "-1,-1,-1"
                truth.append(f"{frame},{person + 1},{x},{y},30,40,{flag},{end}")
            if not silent[1] and rng.random() < 0.8:
                dx, dy = rng.choice([0, 0, 0, 5, -5, 10], 2)
                results.append(f"{frame},{names[person]},{x + dx},{y + dy},30,40,0.9,-1,-1,-1")
        if not silent[1] and rng.random() < 0.4:
            x, y = rng.integers(0, 30, 2) * 5
            results.append(f"{frame},{100 + rng.integers(0, 3)},{x},{y},30,40,0.5,-1,-1,-1")
    return [str(line) for line in rng.permutation(truth)], [str(line) for line in rng.permutation(results)]


@pytest.fixture
def make_sequence() -> Callable[..., tuple[list[str], list[str]]]:
    return made_sequence
