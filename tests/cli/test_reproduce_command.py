"""`outrack reproduce`: its messages and refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_a_row_is_run_and_reported(run: Run, tmp_path: Path) -> None:
    done = run("reproduce", "table1/none", "--budget", "tiny", "-o", "out")
    assert done.code == 0, done.err
    assert "table1/none, seed 317, tiny budget, synthetic benchmark (drawn): training detector" in done.out
    assert "report: out/tiny/report.md" in done.out
    (table,) = json.loads((tmp_path / "out" / "tiny" / "report.json").read_text())
    assert [row["status"] for row in table["rows"]] == ["run"]
    again = run("reproduce", "table1/none", "--budget", "tiny", "-o", "out", "--plan")
    assert "ours, tiny budget, synthetic benchmark (drawn), 1 seed" in again.out
    quiet = run("reproduce", "table1/none", "--budget", "tiny", "-o", "out", "--quiet")
    assert (quiet.code, quiet.out) == (0, "")


def test_a_plan_shows_costs_and_touches_nothing(run: Run, tmp_path: Path) -> None:
    done = run("reproduce", "table1", "--plan", "--seeds", "3")
    assert done.code == 0, done.err
    assert "not run yet with seed 317, 318, 319" in done.out
    assert "small budget" in done.out
    assert "min + appearance-utrack" in done.out
    assert list(tmp_path.iterdir()) == []


def test_missing_data_show_as_not_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "DATA").mkdir()
    done = run("reproduce", "table5", "--budget", "full", "--data", "DATA")
    assert done.code == 0, done.err
    assert "FairMOT+UTrack: missing DATA/ctdet_coco_dla_2x.pth" in done.out
    assert "CenterTrack: missing DATA/dla34-ba72cf86.pth" in done.out


def test_real_video_that_is_missing_shows_as_not_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "DATA").mkdir()
    done = run("reproduce", "table1", "--budget", "real", "--data", "DATA")
    assert done.code == 0, done.err
    assert "FairMOT+UTrack: missing DATA/real/MOT17-02/gt/gt.txt and 4 more" in done.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("tabel1",), 2, "unknown table 'tabel1'; did you mean table1?"),
        (("table1/unknown",), 2, "table1 has no row 'unknown'"),
        (("--budget", "full"), 2, "--budget full needs --data"),
        (("--budget", "full", "--data", "nowhere"), 1, "nowhere: no such data folder"),
        (("--budget", "real"), 2, "--budget real needs --data: the folder with real/MOT17-02 and so on"),
        (("--budget", "real", "--data", "nowhere"), 1, "nowhere: no such data folder"),
        (("--data", "."), 2, "--data is for --budget full and real; --budget small composes its own"),
        (("--cutouts", "people"), 2, "--cutouts and --backgrounds belong together"),
        (("--budget", "tiny", "--cutouts", "a", "--backgrounds", "b"), 2, "are for --budget small, not tiny"),
        (("--cutouts", "nowhere", "--backgrounds", "nowhere"), 1, "nowhere"),
        (("--seeds", "0"), 2, "seeds"),
        (("--budget", "huge"), 2, "budget"),
        (("table1", "--plan", "--set", "schedule.step=3"), 1, "did you mean schedule.steps?"),
        (("table1", "--plan", "--set", "schedule"), 2, "expected KEY=VALUE"),
    ],
)
def test_bad_input(words: tuple[str, ...], code: int, message: str, run: Run) -> None:
    done = run("reproduce", *words)
    assert done.code == code, done.err
    assert message in done.err
    assert len(done.err.splitlines()) <= 2


def test_a_folder_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    done = run("reproduce", "table1/none", "--budget", "tiny", "-o", "out")
    assert done.code == 1
    assert done.err.startswith("error: out/tiny")


def test_interrupted_and_run_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from outrack.training.engine.run import Run as TrainingRun

    def interrupted(*_: object) -> dict[str, float]:
        raise KeyboardInterrupt

    words = ("reproduce", "table1/none", "--budget", "tiny", "-o", "out")
    with monkeypatch.context() as patch:
        patch.setattr(TrainingRun, "one_step", interrupted)
        stopped = run(*words)
    assert (stopped.code, stopped.err) == (130, "error: interrupted\n")
    assert "not run yet with seed 317" in run(*words, "--plan").out
    assert run(*words).code == 0
