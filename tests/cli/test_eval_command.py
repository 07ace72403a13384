"""`outrack eval`."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("trackeval")

INFO = "[Sequence]\nname={0}\nimDir=img1\nframeRate=30\nseqLength=4\nimWidth=96\nimHeight=64\nimExt=.jpg\n"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Ground truth of two sequences of MOT17 with one person, and results that miss the last of 4 frames."""
    truth, results = tmp_path / "gt", tmp_path / "results"
    results.mkdir()
    for name in ("MOT17-02-SDP", "MOT17-04-SDP"):
        (truth / name / "gt").mkdir(parents=True)
        (truth / name / "seqinfo.ini").write_text(INFO.format(name))
        boxes = "".join(f"{frame},1,{frame},5,20,40,1,1,0.25\n" for frame in range(1, 5))
        (truth / name / "gt" / "gt.txt").write_text(boxes)
        found = "".join(f"{frame},3,{frame},5,20,40,0.9,-1,-1,-1\n" for frame in range(1, 4))
        (results / f"{name}.txt").write_text(found)
    return truth, results


def test_it_prints_scores_and_writes_reports(run, tmp_path: Path, folders: tuple[Path, Path]) -> None:
    truth, results = folders
    outcome = run("eval", "--gt", truth, "--results", results, "--by-visibility", "-o", "new/a.json", "-o", "a.md")
    assert outcome.code == 0, outcome.err
    for word in ("HOTA", "MOT17-04-SDP", "all", "75.00", "By visibility", "0.1 - 0.3", "counted as trackeval does"):
        assert word in outcome.out
    content = json.loads((tmp_path / "new" / "a.json").read_text())
    assert (content["benchmark"], content["combined"]["fn"], content["visibility"][1]["num_boxes"]) == ("mot17", 2, 8)
    assert "| all |" in (tmp_path / "a.md").read_text()


def test_a_report_never_takes_the_place_of_results(run, folders: tuple[Path, Path]) -> None:
    truth, results = folders
    outcome = run("eval", "--gt", truth, "--results", results, "-o", results / "MOT17-02-SDP.csv", "--overwrite")
    assert outcome.code == 2
    assert "a .csv in the results folder would be read as results" in outcome.err


def test_split_protocol_and_sequences(run, tmp_path: Path, folders: tuple[Path, Path]) -> None:
    truth, results = folders
    common = ("eval", "--gt", truth, "--results", results, "-q", "--overwrite", "-o", "a.json")
    outcome = run(*common, "--half", "fairmot-val", "--sequences", "MOT17-02-SDP")
    assert (outcome.code, outcome.out) == (0, "")
    content = json.loads((tmp_path / "a.json").read_text())
    assert list(content["sequences"]) == ["MOT17-02-SDP"]
    assert (content["half"], content["combined"]["num_boxes"], content["combined"]["fn"]) == ("fairmot-val", 2, 1)
    assert run(*common, "--split", "fairmot-val", "--sequences", "MOT17-02-SDP").code == 0  # the name of 0.1
    assert json.loads((tmp_path / "a.json").read_text()) == content
    assert run(*common, "--protocol", "fairmot").code == 0
    content = json.loads((tmp_path / "a.json").read_text())
    assert (content["protocol"], content["combined"]["fn"]) == ("fairmot", 0)


def test_plain_ground_truth_is_recognised(run, tmp_path: Path, folders: tuple[Path, Path]) -> None:
    labels, results = tmp_path / "labels", tmp_path / "mine"
    labels.mkdir(), results.mkdir()
    (labels / "street.txt").write_text("1,1,5,5,20,40\n2,1,5,5,20,40\n")
    (results / "street.txt").write_text("1,1,5,5,20,40,1\n")
    outcome = run("eval", "--gt", labels, "--results", results)
    assert outcome.code == 0 and "plain, all frames" in outcome.out and "50.00" in outcome.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("-o", "a.xls"), 2, "a.xls: expected a file that ends in .json, .csv, .md"),
        (("-o", "there.json"), 2, "there.json exists; --overwrite replaces it"),
        (("--split", "half"), 2, "fairmot-val"),
        (("--sequences", "MOT17-99"), 1, "no ground truth for MOT17-99; found MOT17-02-SDP, MOT17-04-SDP"),
        (("--benchmark", "mot20", "--protocol", "fairmot"), 1, "knows the classes of MOT16 and MOT17 only"),
    ],
)
def test_contradictory_options_are_reported_in_one_line(
    run, tmp_path: Path, folders: tuple[Path, Path], words: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "there.json").touch()
    truth, results = folders
    outcome = run("eval", "--gt", truth, "--results", results, *words)
    assert outcome.code == code
    assert message in outcome.err and outcome.err.count("\n") == 1


def test_long_work_shows_how_far_it_is(run, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outrack.jobs.counting.time", SimpleNamespace(monotonic=count(0, 11).__next__))  # slow work
    truth, results = folders
    lines = run("eval", "--gt", truth, "--results", results).err.splitlines()
    total = len(lines)
    assert total > 2
    assert lines == [f"{done}/{total} parts scored" for done in range(1, total + 1)]
    assert run("eval", "--gt", truth, "--results", results, "--quiet").err == ""


def test_files_are_named_in_errors(run, folders: tuple[Path, Path]) -> None:
    truth, results = folders
    (results / "MOT17-02-SDP.txt").write_text("1,3,1,5,20,40,0.9\n9,3,1,5,20,40,0.9\n")
    outcome = run("eval", "--gt", truth, "--results", results)
    assert outcome.code == 1 and "MOT17-02-SDP.txt, line 2: frame 9 lies beyond the 4 frames" in outcome.err
