"""Whole studies in seconds: rows are run once, shared, resumed, and report why they could not be run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from outrack.experiments import Study, choose, tiny_budget
from outrack.experiments import study as study_module
from outrack.training.engine.run import Run

Train = Callable[..., Path]
SHORT = {"schedule.steps": "3", "schedule.save_every": "1"}


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic data of the tiny budget, composed once."""
    folder = tmp_path_factory.mktemp("made") / "benchmark"
    tiny_budget(folder).prepare()
    return folder


@pytest.fixture(scope="module")
def finished(benchmark: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that has run two rows of Table 1 with two seeds."""
    folder = tmp_path_factory.mktemp("study")
    Study(tiny_budget(benchmark), folder, num_seeds=2).run(choose(["table1/none", "table1/utrack"]))
    return folder


def no_training(*_: object, **__: object) -> Path:
    raise AssertionError("nothing should be trained")


def test_rows_are_measured_and_reported(finished: Path, benchmark: Path) -> None:
    report = json.loads((finished / "report.json").read_text())
    (table,) = report
    none, utrack = table["rows"]
    assert (none["status"], utrack["status"]) == ("run", "run")
    assert none["paper"]["mota"] == 65.8
    assert set(none["seeds"]) == {"317", "318"}
    assert "r1" not in none["ours"], "this row has no appearance"
    assert 0 < utrack["ours"]["r1"]["mean"] <= 100
    seeds = [scores["mota"] for scores in utrack["seeds"].values()]
    assert utrack["ours"]["mota"]["mean"] == pytest.approx(sum(seeds) / 2)
    assert utrack["ours"]["mota"]["deviation"] == pytest.approx(abs(seeds[0] - seeds[1]) / 2**0.5)
    lines = (finished / "report.md").read_text().splitlines()
    ours = [line for line in lines if "| ours" in line]
    assert len(ours) == 2
    assert all("tiny budget, synthetic benchmark (drawn), 2 seeds" in line for line in ours)
    assert [path.name for path in (finished / "trainings").glob("detector*317*")] != []
    assert len(list((finished / "trainings").iterdir())) == 4, "one detector and one appearance for each seed"


def test_finished_work_is_not_repeated(finished: Path, benchmark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.stat().st_mtime_ns for path in (finished / "trainings").rglob("*")}
    monkeypatch.setattr(study_module, "train", no_training)
    said: list[str] = []
    study = Study(tiny_budget(benchmark), finished, num_seeds=2, on_line=said.append)
    results = study.run(choose(["table1/none", "table1/utrack"]))
    assert said == ["tiny budget, synthetic benchmark (drawn): preparing the data"]
    assert {path: path.stat().st_mtime_ns for path in (finished / "trainings").rglob("*")} == before
    assert all(not row.not_run for row in results[0].rows)


def test_tables_share_trainings(finished: Path, benchmark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_module, "train", no_training)
    rows = ["table2/all", "table5/utrack-gsm", "table10/utrack"]
    results = Study(tiny_budget(benchmark), finished).run(choose(rows))
    assert [len(row.seeds) for table in results for row in table.rows] == [1, 1, 1]


def test_a_row_that_was_not_run_shows_as_not_run(benchmark: Path, tmp_path: Path) -> None:
    tables = choose(["table1/utrack", "table5/centertrack-occe", "table11/mot17-private-outrackfm"])
    study = Study(tiny_budget(benchmark), tmp_path / "nothing", num_seeds=3)
    results = study.so_far(tables)
    why = [row.not_run for table in results for row in table.rows]
    assert why[0] == "not run yet with seed 317, 318, 319"
    assert why[1] == why[0]
    assert "server" in why[2]
    assert not (tmp_path / "nothing").exists(), "looking changes nothing"
    from outrack.experiments.report import as_markdown

    ours = [line for line in as_markdown(results).splitlines() if "| ours" in line]
    assert len(ours) == 3
    assert all("not run" in line for line in ours)


def test_a_killed_training_continues_to_the_same_weights(
    benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = choose(["table1/none"])
    budget = tiny_budget(benchmark, SHORT)
    Study(budget, tmp_path / "whole").run(tables)
    one_step = Run.one_step

    def killed_at_step_2(self: Run, batches: object) -> dict[str, float]:
        if self.progress.step == 2:
            raise SystemExit("killed")
        return one_step(self, batches)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Run, "one_step", killed_at_step_2)
        with pytest.raises(SystemExit):
            Study(budget, tmp_path / "broken").run(tables)
    (row,) = json.loads((tmp_path / "broken" / "report.json").read_text())[0]["rows"]
    assert row["status"] == "not run"
    Study(budget, tmp_path / "broken").run(tables)
    weights = [load_file(next(tmp_path.glob(f"{name}/trainings/*/last.safetensors"))) for name in ("whole", "broken")]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_diverging_training_is_reported_and_the_others_continue(
    benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = study_module.train

    def fails_for_cycas(config: object, folder: Path, **options: object) -> Path:
        if "cycas" in folder.name:
            raise FloatingPointError("step 7: the loss is not a finite number")
        return train(config, folder, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(study_module, "train", fails_for_cycas)
    study = Study(tiny_budget(benchmark), tmp_path)
    (table,) = study.run(choose(["table1/cycas", "table1/utrack"]))
    assert table.rows[0].not_run == "seed 317 did not converge: step 7: the loss is not a finite number"
    assert not table.rows[1].not_run
    monkeypatch.setattr(study_module, "train", no_training)
    study.run(choose(["table1/cycas"]))  # it would fail again


def test_identities_are_read_by_the_supervised_row_alone(benchmark: Path, tmp_path: Path) -> None:
    """Other identities in the training data: the same weights of UTrack and CycAs, other ones of the supervised row."""
    renamed = tmp_path / "renamed" / benchmark.name
    tiny_budget(renamed).prepare()
    for path in (renamed / "train").glob("*/gt/gt.txt"):
        seen: dict[str, int] = {}
        lines = []
        for frame, _, *rest in (line.split(",") for line in path.read_text().splitlines()):
            seen[frame] = seen.get(frame, 0) + 1  # who is named by the place in the frame is another one in each
            lines.append(",".join([frame, str(seen[frame]), *rest]))
        path.write_text("\n".join(lines) + "\n")
    tables = choose(["table1/supervised", "table1/cycas", "table1/utrack"])
    for name, made in (("given", benchmark), ("other", renamed)):
        Study(tiny_budget(made), tmp_path / name).run(tables)
    for training in (tmp_path / "given" / "trainings").iterdir():
        given = load_file(training / "last.safetensors")
        other = load_file(tmp_path / "other" / "trainings" / training.name / "last.safetensors")
        same = all(torch.equal(given[name], other[name]) for name in given)
        assert same == ("supervised" not in training.name), training.name


def test_progress_is_reported(benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_module, "LOG_EVERY", 1)
    said: list[str] = []
    Study(tiny_budget(benchmark), tmp_path, on_line=said.append).run(choose(["table1/none"]))
    assert any("training detector, step 2 of 2" in line for line in said)
    assert all("tiny budget" in line for line in said), "every line says what budget it is"


def test_bad_input(benchmark: Path, tmp_path: Path, finished: Path) -> None:
    with pytest.raises(ValueError, match="seeds: expected 1 or more, got 0"):
        Study(tiny_budget(benchmark), tmp_path, num_seeds=0)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OSError, match="file"):
        Study(tiny_budget(benchmark), blocked).run(choose(["table1/none"]))
    with pytest.raises(ValueError, match=r"did you mean schedule\.steps\?"):
        Study(tiny_budget(benchmark, {"schedule.step": "3"}), tmp_path).so_far(choose(["table1/none"]))
    measured = next((finished / "measured").glob("tracking-off-detector*"))
    content = measured.read_text()
    measured.write_text(content[:10])
    with pytest.raises(ValueError, match=r"not a measurement of outrack reproduce .*delete the file"):
        Study(tiny_budget(benchmark), finished, num_seeds=2).so_far(choose(["table1"]))
    measured.write_text(content)
