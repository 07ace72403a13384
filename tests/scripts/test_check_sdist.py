"""The source distribution contains the files that its tests read; `scripts/check_sdist.sh` builds it and runs them."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT


def test_files_that_the_tests_read_are_in_the_source_distribution() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = {*settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"], "pyproject.toml"}
    read = set()
    for path in (ROOT / "tests").rglob("*.py"):
        read |= set(re.findall(r'\bROOT / "([\w.-]+)"', path.read_text(encoding="utf-8")))
    assert len(read) > 5
    assert read <= included


def test_ci_builds_it() -> None:
    assert "make sdist" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "scripts/check_sdist.sh" in (ROOT / "Makefile").read_text(encoding="utf-8")
