"""Losses that the fault benchmark detects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.faults.checks import outputs_of
from outrack.structures import Detections, Frame, Tracks
from outrack.video import open_writers

NAMES = ("out.mp4", "out.txt", "out.csv", "out.jsonl", "out.xml", "out.json")


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The outputs of a run of 100 frames with one person, as it leaves them."""
    one, picture = np.ones(1, np.int64), np.zeros((48, 64, 3), np.uint8)
    tracks = Tracks(np.array([[1.0, 2, 11, 22]]), one, np.ones(1), 0 * one, 0 * one, 0 * one)
    with open_writers([tmp_path / name for name in NAMES], frame_rate=25) as writers:
        for index in range(100):
            writers.write(Frame(picture, index, index / 25), Detections.empty(), tracks, picture)
    return tmp_path


def test_nothing_is_lost_of_a_run_that_is_left_alone(outputs: Path) -> None:
    assert outputs_of(outputs, killed=False) == []
    assert outputs_of(outputs, killed=True) == []


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("out.mp4", "does not open"),
        ("out.txt", "its last line is cut"),
        ("out.csv", "its last line is cut"),
        ("out.jsonl", "its last line is cut"),
    ],
)
def test_incomplete_fragments_are_removed(outputs: Path, name: str, complaint: str) -> None:
    (outputs / name).write_bytes((outputs / name).read_bytes()[: 500 if name == "out.mp4" else -5])
    assert any(words.startswith(name) and complaint in words for words in outputs_of(outputs, killed=False))


def test_partial_labels_of_a_killed_run_are_checked(outputs: Path) -> None:
    (outputs / "out.xml").rename(outputs / "out.xml.partial")
    (outputs / "out.xml").touch()
    assert outputs_of(outputs, killed=True) == []
    assert outputs_of(outputs, killed=False) == ["a partial copy is left although the output is there"]
    (outputs / "out.xml.partial").unlink()
    assert outputs_of(outputs, killed=True) == ["out.xml: nothing of 100 frames"]
