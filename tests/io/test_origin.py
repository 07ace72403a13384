"""Provenance in outputs."""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path

import numpy as np
import pytest

from outrack import __version__
from outrack.io import origin


@pytest.fixture(autouse=True)
def forgotten() -> None:
    origin.commit.cache_clear()


def test_versions_are_those_of_loaded_packages() -> None:
    found = origin.versions()
    assert found["outrack"] == __version__
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert json.loads(origin.origin_json({"seed": 7})) == {"made_by": found, "settings": {"seed": 7}}


def test_the_commit_is_that_of_the_source_tree() -> None:
    if not (Path(origin.__file__).parents[3] / ".git").exists():
        pytest.skip("this is no checkout")
    assert re.fullmatch(r"[0-9a-f]{12,40}(-dirty)?", origin.commit())
    assert origin.made_by() == f"outrack {__version__} (commit {origin.commit()})"


def test_a_package_without_a_source_tree_has_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "__file__", str(tmp_path / "lib" / "outrack" / "io" / "origin.py"))
    assert origin.made_by() == f"outrack {__version__}"
    assert "commit" not in origin.versions()


def test_a_folder_that_git_refuses_has_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    monkeypatch.setattr(origin, "__file__", str(tmp_path / "src" / "outrack" / "io" / "origin.py"))
    assert origin.commit() == ""
    monkeypatch.setenv("PATH", "")
    origin.commit.cache_clear()
    assert origin.commit() == ""
