"""`outrack info`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

import outrack
from outrack.cli.environment import OPTIONAL, devices


def test_info_contains_what_a_bug_report_needs(run, monkeypatch) -> None:
    monkeypatch.setenv("OUTRACK_HOME", "/some/where")
    outcome = run("info")
    assert outcome.code == 0, outcome.err
    for words in (outrack.__version__, "onnxruntime", "CPUExecutionProvider", "/some/where", "default.onnx"):
        assert words in outcome.out


@pytest.mark.parametrize(("number", "words"), [(1, "1 core"), (3, "3 cores")])
def test_cores_are_those_that_this_process_may_use(number: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(number)), raising=False)
    assert ("cpu", words) in devices()


def test_info_of_a_file_that_is_not_a_network(run) -> None:
    Path("w.onnx").write_text("nothing")
    outcome = run("info", "--weights", "w.onnx")
    assert outcome.code == 1
    assert outcome.err.startswith("error: w.onnx: ")


def test_networks_are_listed_with_their_cost_and_their_weights(run) -> None:
    outcome = run("info", "--models")
    assert outcome.code == 0, outcome.err
    for words in ("fairmot-dla34", "19.8 M parameters", "1088x608", "ctdet_coco_dla_2x", "centertrack-dla34", "COCO"):
        assert words in outcome.out


def test_listing_networks_needs_the_train_extra(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "outrack.models", None)
    outcome = run("info", "--models")
    assert outcome.code == 1
    assert 'pip install "outrack[train]"' in outcome.err


def test_absent_extras_say_how_to_get_them(run, monkeypatch) -> None:
    from importlib.metadata import PackageNotFoundError

    def version(package: str) -> str:
        if package == "openvino":
            raise PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr("outrack.cli.environment.version", version)
    assert 'pip install "outrack[openvino]"' in run("info").out


def test_every_extra_of_a_command_is_listed() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(OPTIONAL.values()) == set(project["optional-dependencies"]) - {"dev", "docs", "peers"}
