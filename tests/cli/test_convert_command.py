"""`outrack convert`."""

from __future__ import annotations

from pathlib import Path


def test_conversions_and_losses_are_reported(run) -> None:
    Path("street.txt").write_text("1,4,1,2,10,20,0.9,-1,-1,-1\n2,4,1,2,10,20,0.9,-1,-1,-1\n")
    outcome = run("convert", "street.txt", "street.xml")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines() == [
        "mot-results to cvat: 1 video, 2 pictures, 2 boxes, 1 identity",
        "lost: 2 scores",
        "street.xml",
    ]
    back = run("convert", "street.xml", "gt", "--to", "mot", "--frame-rate", "10")
    assert back.out.splitlines()[1:] == ["lost: nothing", "gt/street"]
    assert run("convert", "street.xml", "-o", "a.csv", "--quiet").out == ""
    assert Path("a.csv").is_file()


def test_bad_input_is_one_line(run) -> None:
    Path("street.txt").write_text("1,4,1,2,10,nan,0.9,-1,-1,-1\n")
    for words, message in (
        (("street.txt", "street.json", "--from", "mot-results"), "street.txt, line 1: a number is not finite"),
        (("nowhere.txt", "street.json"), "nowhere.txt: no such file or folder"),
        (("street.txt", "out", "--from", "mot-results"), "cannot tell which format to write; give --to"),
        (("street.txt", "out", "--to", "kitti"), "kitti"),
        (("street.txt", "street.json", "--from", "mot-results", "--size", "big"), "--size big: expected width x"),
    ):
        outcome = run("convert", *words)
        assert outcome.code in (1, 2) and message in outcome.err and outcome.err.count("\n") == 1, outcome.err
