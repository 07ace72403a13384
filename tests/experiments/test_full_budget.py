"""The paper's own budget: its data, and whole rows on synthetic data in the layout of the downloads."""

from __future__ import annotations

from pathlib import Path

import pytest

from outrack.experiments import TABLES, FullBudget, Study, choose
from outrack.experiments.plan import Plan, Unavailable

LITTLE = {
    "schedule": "{steps: 1}",
    "model.init": "null",
    "model.width": "128",
    "model.height": "96",
    "model.hidden": "8",
    "model.neck": "conv",
    "data.pairs": "2",
    "data.workers": "0",
}


def plan(root: Path, table: str, row: str) -> Plan:
    recipe = TABLES[table].row(row).recipe
    assert recipe is not None
    return FullBudget(root).plan(recipe, seed=317)


def test_rows_without_their_data_report_what_is_missing(tmp_path: Path, downloads: Path) -> None:
    with pytest.raises(Unavailable, match=r"missing .*ctdet_coco_dla_2x\.pth \(public weights .* and 7 more files"):
        plan(tmp_path, "table1", "utrack")
    with pytest.raises(Unavailable, match=r"dla34-ba72cf86\.pth"):
        plan(tmp_path, "table5", "centertrack")
    with pytest.raises(Unavailable, match="and 9 more files"):
        plan(tmp_path, "table7", "utrack")
    (row,) = Study(FullBudget(tmp_path), tmp_path / "study").run(choose(["table1/utrack"]))[0].rows
    assert "missing" in row.not_run
    assert "not run" in (tmp_path / "study" / "report.md").read_text()


def test_the_recipes_are_the_papers(downloads: Path) -> None:
    utrack = plan(downloads, "table1", "utrack")
    config = utrack.stage.config
    assert (config.model.architecture, config.model.width, config.model.height) == ("fairmot-dla34", 1088, 608)
    assert (config.schedule.epochs, config.schedule.drop_at, config.data.pairs) == (30, (20,), 8)
    assert (config.optimiser.lr, config.data.negative, config.loss.id_weight) == (1e-4, 0.2, 1.0)
    assert not config.model.occlusion
    assert not config.validation.sources, "nothing is chosen by the data that it is measured on"
    assert (utrack.test.half, utrack.test.counting) == ("fairmot-val", "fairmot")
    assert utrack.stage.cost == "159,420 images of 1088x608"
    supervised = plan(downloads, "table1", "supervised").stage.config
    assert (supervised.loss.reid, supervised.data.pairs, supervised.data.negative) == ("supervised", 12, 0.0)
    assert plan(downloads, "table1", "none").stage.config.model.embedding_dim == 0
    tau = plan(downloads, "table6", "tau0.3").stage.config
    assert (tau.model.occlusion, tau.data.occlusion_threshold) == (True, 0.3)


def test_stills_are_learned_as_the_paper_says(downloads: Path) -> None:
    utrack = plan(downloads, "table7", "utrack")
    assert (utrack.stage.config.schedule.epochs, utrack.stage.config.data.pairs) == (60, 24)
    assert (utrack.stage.config.optimiser.lr, utrack.stage.config.loss.id_weight) == (3e-4, 10.0)
    assert utrack.test.reid_half == "full"
    cycas = plan(downloads, "table7", "cycas").stage.config
    assert (cycas.data.pairs, cycas.optimiser.lr, cycas.loss.id_weight) == (8, 1e-4, 1.0)
    names = [stage.name for stage in plan(downloads, "table10", "utrack*").stage.chain()]
    assert names == ["fairmot-utrack-stills", "fairmot-utrack-video"]
    before, after = plan(downloads, "table10", "centertrack*").stage.chain()
    assert (before.config.schedule.epochs, before.config.model.width) == (140, 512)
    assert (after.config.schedule.epochs, after.config.model.width, after.config.data.pairs) == (70, 960, 32)


@pytest.mark.slow
def test_rows_run_on_data_as_downloaded(downloads: Path, tmp_path: Path) -> None:
    rows = ["table1/supervised", "table5/centertrack-occe", "table10/utrack-occe*"]
    results = Study(FullBudget(downloads, LITTLE), tmp_path).run(choose(rows))
    assert [len(row.seeds) for table in results for row in table.rows] == [1, 1, 1]
    assert all("full recipe" in line for line in (tmp_path / "report.md").read_text().splitlines() if "| ours" in line)
