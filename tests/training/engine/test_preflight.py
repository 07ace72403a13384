"""Obstacles of a run are reported before data are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from outrack.training import TrainingConfig, load_config
from outrack.training.engine.preflight import check_can_start


def starting_from(init: str | None) -> TrainingConfig:
    config = load_config("quick")
    return replace(config, model=replace(config.model, init=init))


@pytest.mark.parametrize("init", ["coco", "default", None])
def test_a_new_folder_can_be_written(init: str | None, tmp_path: Path) -> None:
    check_can_start(starting_from(init), tmp_path / "run", resume=False)
    assert not (tmp_path / "run" / "last.pt").exists()


def test_a_run_is_not_started_twice_but_resumed(tmp_path: Path) -> None:
    (tmp_path / "last.pt").touch()
    with pytest.raises(FileExistsError, match="already contains a run; resume it"):
        check_can_start(starting_from(None), tmp_path, resume=False)
    check_can_start(starting_from(None), tmp_path, resume=True)


def test_missing_parts_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"last\.pt: no such checkpoint"):
        check_can_start(starting_from(None), tmp_path, resume=True)
    with pytest.raises(FileNotFoundError, match=r"gone\.safetensors: no such weights file"):
        check_can_start(starting_from("gone.safetensors"), tmp_path, resume=False)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        check_can_start(starting_from(None), tmp_path / "file", resume=False)
