"""`outrack eval-reid`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def crowds(run) -> Path:
    assert run("synth", "crowds", "--size", "192x128", "--people", "6", "--frames", "8", "-q").code == 0
    return Path("crowds")


def test_colours_are_scored_and_written(run, crowds: Path) -> None:
    outcome = run("eval-reid", crowds, "--min-visibility", "0.3", "--stride", "2", "-o", "a.json", "-o", "b/a.md")
    assert outcome.code == 0, outcome.err
    assert "colour histograms" in outcome.out
    (row,) = json.loads(Path("a.json").read_text())
    assert row["r1"] > 50 and row["num_unread"] == 0
    assert Path("b/a.md").read_text().startswith("| Extractor | R1 | mAP |")
    again = run("eval-reid", crowds, "-o", "a.json")
    assert again.code == 2 and "a.json exists; --overwrite replaces it" in again.err


def test_every_nth_frame_of_a_video_with_boxes(run, clip: Path) -> None:
    Path("boxes").mkdir()
    Path("boxes/street.mp4").write_bytes(clip.read_bytes())
    lines = [f"{frame},{who},{x},10,16,40,1,-1,-1,-1\n" for frame in range(4, 13) for who, x in ((1, 5), (2, 50))]
    Path("boxes/street.txt").write_text("".join(lines))  # frames 3 to 11, counted from 0
    assert run("eval-reid", "boxes", "--stride", "5", "--min-visibility", "0", "-o", "a.json").code == 0
    (row,) = json.loads(Path("a.json").read_text())
    assert (row["num_queries"], row["num_gallery"]) == (2, 2)  # of two people in frames 5 and 10


def test_bad_input_is_one_line(run, crowds: Path) -> None:
    for words, message in (
        (("nowhere",), "nowhere: no such file or folder"),
        ((crowds, "--weights", "nothing.onnx"), "nothing.onnx: no such weights file"),
        ((crowds, "--extractor", crowds), "got a folder"),
        ((crowds, "--crop", "big"), "--crop big: expected width x height"),
        ((crowds, "-o", "scores.txt"), "scores.txt: expected a file that ends in .json, .csv, .md"),
        ((crowds, "--stride", "100"), "no query has its person in the gallery"),
    ):
        outcome = run("eval-reid", *words)
        assert outcome.code in (1, 2) and message in outcome.err and outcome.err.count("\n") == 1


def test_data_without_identities_is_refused(run) -> None:
    assert run("synth", "stills", "--size", "96x64", "--frames", "2", "--format", "stills", "-q").code == 0
    outcome = run("eval-reid", "stills")
    assert outcome.code == 1 and outcome.err.count("\n") == 1
