"""The versions with which `scripts/check_dependency_bounds.sh` proves the lower bounds."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from scripts.lowest_versions import PROJECT, lowest_versions


def test_every_core_dependency_gives_its_lower_bound() -> None:
    pins = dict(pin.split("==") for pin in lowest_versions(PROJECT.read_text()))
    assert {"numpy", "scipy", "onnxruntime", "av", "pillow", "cyclopts", "rich", "pyyaml", "platformdirs"} == set(pins)
    assert int(pins["cyclopts"].split(".")[0]) >= 5  # no 4.x starts
    for name, lowest in pins.items():
        assert _numbers(version(name)) >= _numbers(lowest), name


@pytest.mark.parametrize("dependency", ["numpy", "numpy==2.0", "numpy<3", "numpy>=2; sys_platform == 'linux'"])
def test_a_dependency_without_a_lower_bound_is_refused(dependency: str) -> None:
    with pytest.raises(ValueError, match=f"lower bound .*{dependency}"):
        lowest_versions(f'[project]\ndependencies = ["{dependency}"]\n')


def test_an_upper_bound_does_no_harm() -> None:
    assert lowest_versions('[project]\ndependencies = ["numpy>=2.0,<3"]\n') == ["numpy==2.0"]


@pytest.mark.parametrize(("python", "lowest"), [((3, 11), "2.0"), ((3, 13), "2.1"), ((3, 14), "2.1")])
def test_a_newer_python_may_need_a_newer_version(python: tuple[int, int], lowest: str) -> None:
    project = """[project]\ndependencies = ["numpy>=2.0", "numpy>=2.1; python_version >= '3.13'", "av>=14"]\n"""
    assert lowest_versions(project, python) == [f"numpy=={lowest}", "av==14"]


def test_ci_runs_the_check() -> None:
    ci = (Path(PROJECT).parent / ".ci" / "run").read_text()
    makefile = (Path(PROJECT).parent / "Makefile").read_text()
    assert "make bounds" in ci
    assert "scripts/check_dependency_bounds.sh" in makefile


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())
