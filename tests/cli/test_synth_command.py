"""`outrack synth`."""

from __future__ import annotations

import json
from pathlib import Path

import av

from outrack.io.origin import versions

SMALL = ("--size", "96x64", "--people", "3", "--frames", "2")


def test_sequences_in_motchallenge_layout(run) -> None:
    outcome = run("synth", "crowds", *SMALL, "--sequences", "2", "--detections")
    assert outcome.code == 0, outcome.err
    assert outcome.out.split() == ["crowds/composed-00000", "crowds/composed-00001"]
    for name in outcome.out.split():
        assert sorted(path.name for path in Path(name).iterdir()) == ["det", "gt", "img1", "seqinfo.ini"]
        head = (Path(name) / "seqinfo.ini").read_text().splitlines()[0]
        assert json.loads(head.removeprefix("; "))["settings"]["seed"] == int(name[-5:])


def test_videos_and_stills(run) -> None:
    assert run("synth", "v", *SMALL, "--format", "video", "--seed", "7", "--quiet").out == ""
    assert sorted(path.name for path in Path("v").iterdir()) == ["composed-00007.mp4", "composed-00007.txt"]
    with av.open("v/composed-00007.mp4") as made:
        origin = json.loads(made.metadata["comment"])
    assert origin["settings"] | {"seed": 7, "people": 3, "difficulty": "medium"} == origin["settings"]
    assert origin["made_by"] == versions()
    assert run("synth", "s", *SMALL, "--format", "stills", "--difficulty", "hard").code == 0
    assert len(list(Path("s/images").iterdir())) == 2
    origin = json.loads(json.loads(Path("s/annotations.json").read_text())["info"]["description"])
    assert origin["settings"]["difficulty"] == "hard"


def test_bad_input_is_one_line(run) -> None:
    for words, message in (
        (("--size", "big"), "--size big: expected width x height"),
        (("--size", "9x9"), "at least 64x64 pixels, got 9x9"),
        (("--frames", "0"), "--frames"),
        (("--people", "-2"), "num_people: expected 0 or more"),
        (("--cutouts", "nowhere"), "nowhere: no such folder of cut-outs"),
        (("--format", "video", "--detections"), "use --format mot"),
    ):
        outcome = run("synth", "out", *words)
        assert outcome.code in (1, 2) and message in outcome.err and outcome.err.count("\n") == 1
    assert not Path("out").exists()


def test_nothing_is_replaced(run) -> None:
    assert run("synth", "out", *SMALL).code == 0
    assert "composed-00000 already exists" in run("synth", "out", *SMALL).err
