"""The budget of real video: its data, and whole rows on synthetic data in the same layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from outrack.datasets import frames_of_half
from outrack.detectors.cached import cached_detections
from outrack.experiments import TABLES, RealBudget, Study, choose
from outrack.experiments import study as study_module
from outrack.experiments.plan import Plan, Unavailable
from outrack.experiments.real_budget import MEASURED_ON, STILLS, TRAINED_ON
from outrack.experiments.small_budget import tiny_budget
from outrack.synth import ComposedVideo, crowd_source, write_sequence, write_stills
from outrack.training.data.sources import images_of

LITTLE = tiny_budget(Path()).settings


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labelled videos as `scripts/prepare_real_data.py` lays them out, but tiny, and stills (all of them as COCO)."""
    root = tmp_path_factory.mktemp("data")
    source = crowd_source()
    for number, name in enumerate(dict.fromkeys((*TRAINED_ON, *MEASURED_ON))):
        video = ComposedVideo(source, seed=number, size=(160, 96), num_frames=12, num_people=4, name=name)
        write_sequence(video, root / "real")
    for name in STILLS:
        write_stills(ComposedVideo(source, seed=9, size=(160, 96), num_frames=2, num_people=4), root / name)
    return root


def plan(root: Path, table: str, row: str, seed: int = 317) -> Plan:
    recipe = TABLES[table].row(row).recipe
    assert recipe is not None
    return RealBudget(root).plan(recipe, seed=seed)


def test_test_data_are_disjoint_from_training_data(prepared: Path) -> None:
    test = plan(prepared, "table1", "utrack").test
    measured = {(name, frame) for name in test.sequences for frame in frames_of_half(test.half, name, 12)}
    assert len(measured) == 6 + 6 + 12 + 12
    assert test.reid_half == test.half
    for row in ("table1/utrack", "table5/centertrack-occe", "table5/utrack-occe"):
        for stage in plan(prepared, *row.split("/")).stage.chain():
            learned = {
                (image.video, image.frame + 1)
                for source in stage.config.data.sources
                for image in images_of(source, prepared)
            }
            assert {name for name, _ in learned} == set(TRAINED_ON)
            assert not learned & measured, stage.name
    stills = plan(prepared, "table7", "utrack").stage.config
    assert tuple(source.path for source in stills.data.sources) == STILLS
    assert "MOT17" not in stills.trained_on + stills.licence


def test_the_rows_of_a_seed_share_one_detector(prepared: Path) -> None:
    rows = [plan(prepared, "table1", row, seed) for row in ("none", "supervised", "utrack") for seed in (317, 318)]
    assert len({next(row.stage.chain()).key for row in rows}) == 2
    assert len({row.stage.key for row in rows}) == 2 + 2 * 2
    assert len({plan(prepared, "table5", "centertrack", seed).stage.key for seed in (317, 318)}) == 2
    utrack, supervised = (plan(prepared, "table1", row).stage.config for row in ("utrack", "supervised"))
    assert utrack.loss.reid == "utrack"
    assert utrack.model == supervised.model
    assert utrack.data == supervised.data
    assert utrack.optimiser == supervised.optimiser
    assert utrack.schedule == supervised.schedule


def test_rows_without_their_data_report_what_is_missing(prepared: Path, tmp_path: Path) -> None:
    missing = r"missing .*real/MOT17-02/gt/gt\.txt and 4 more; create these data with scripts/prepare_real_data"
    with pytest.raises(Unavailable, match=missing):
        plan(tmp_path, "table1", "utrack")
    (tmp_path / "real").symlink_to(prepared / "real")
    plan(tmp_path, "table1", "utrack")
    with pytest.raises(Unavailable, match=r"missing .*coco-people and 3 more"):
        plan(tmp_path, "table7", "utrack")


def test_rows_run(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(RealBudget(prepared, LITTLE), tmp_path)
    results = study.run(choose(["table1/utrack", "table7/utrack", "table5/utrack-occe", "table5/centertrack-occe"]))
    assert [len(row.seeds) for table in results for row in table.rows] == [1, 1, 1, 1]
    assert "real budget, labelled videos" in (tmp_path / "report.md").read_text()
    # Other ways to refind need neither the network nor a training any more.
    monkeypatch.setattr(study_module, "train", None)
    monkeypatch.setattr("outrack.detectors.network_detector.NetworkDetector.__call__", None)
    before = len(list((tmp_path / "measured").iterdir()))
    study.run(choose(["refinding/geometric", "refinding/official", "table5/utrack-gsm", "table5/centertrack-gsm"]))
    assert len(list((tmp_path / "measured").iterdir())) == before + 4


def test_detections_of_other_frames_are_refused(prepared: Path, tmp_path: Path) -> None:
    study, tables = Study(RealBudget(prepared, LITTLE), tmp_path), choose(["table1/none"])
    study.run(tables)
    for measured in (tmp_path / "measured").iterdir():
        measured.unlink()
    (kept,) = tmp_path.glob("detections/*/ETH-Sunnyday.npz")
    kept.unlink()
    cached_detections(kept, lambda: [])
    with pytest.raises(ValueError, match=r"ETH-Sunnyday\.npz: expected detections of 12 frames, got 0; delete"):
        study.run(tables)
