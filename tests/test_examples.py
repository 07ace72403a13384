"""The scripts of `examples/` run and print the expected results."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CASES = {
    "track_video.py": ([ROOT / "samples" / "crossing.mp4", "out", "8"], "people in 8 frames"),
    "own_detector.py": ([], "50 {1: 'DETECTED', 2: 'DETECTED'}"),
    "time_in_view.py": ([ROOT / "samples" / "crossing.mp4", "8"], "person 1: "),
    "count_crossings.py": ([ROOT / "samples" / "crossing.mp4", "320", "8"], "crossed to the right"),
    "score_tracks.py": (["out", "12"], "HOTA "),
    "zones_supervision.py": ([ROOT / "samples" / "crossing.mp4", "8"], "in the left half; crossed: "),
}
DETECTORS = {
    "ultralytics_results.py": (
        [ROOT / "samples" / "crossing.mp4", "people.csv", "12"],
        "people in 12 frames: people.csv",
    ),
    "supervision_detections.py": ([], "50 [1 2] [350. 150.]"),
    "coco_results.py": ([], "6 people in 12 frames: people.csv"),
}
"""Detections of each kind, tracked without a network: fast enough to run in this process."""
MODULES = {"by_outrack": "outrack", "by_supervision_trackers": "trackers", "by_boxmot": "boxmot"}
YOLOX = ROOT.parent / "shared" / "weights" / "yolox_nano" / "yolox_nano.onnx"
"""A network of another project, which does not come with this one."""


@pytest.mark.parametrize("script", CASES)
def test_the_example_runs(script: str, tmp_path: Path) -> None:
    words, expected = CASES[script]
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / script), *map(str, words)],
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize("script", DETECTORS)
def test_the_example_of_a_kind_of_detections_runs(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if script.startswith("supervision"):
        pytest.importorskip("supervision")
    monkeypatch.chdir(tmp_path)
    words, expected = DETECTORS[script]
    runpy.run_path(str(ROOT / "examples" / script))["main"](*words)
    assert expected in capsys.readouterr().out
    for table in tmp_path.glob("*.csv"):
        rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
        assert len({row["id"] for row in rows}) >= 2


@pytest.mark.skipif(not YOLOX.is_file(), reason="the network of another project is not here")
def test_a_detector_of_another_project_is_tracked(tmp_path: Path) -> None:
    clip = ROOT / "samples" / "crossing.mp4"
    words = [sys.executable, ROOT / "examples" / "foreign_onnx.py", YOLOX, clip, tmp_path / "people.csv", "6"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    people = int(done.stdout.split()[0])
    assert people >= 2 and " people in 6 frames" in done.stdout


def test_the_notebook_runs_from_its_first_cell_to_its_last(tmp_path: Path) -> None:
    """As its cells say, in a folder inside of a checkout, with the value of the last line of each shown."""
    pytest.importorskip("jinja2")
    notebook = json.loads((ROOT / "examples" / "first_steps.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)  # committed without results
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    script = "".join(f"exec(compile({''.join(cell['source'])!r}, 'cell', 'exec'))\n" for cell in cells)
    shown = "print(sorted(path.name for path in Path().iterdir()), len(people_over_time), picture.size, tracks.ids)\n"
    done = subprocess.run(
        [sys.executable, "-c", script + shown], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    files = ["crossing.jsonl", "crossing.report.html", "crossing.tracked.mp4", "samples"]
    assert done.stdout == f"{files} 10 (768, 576) [1]\n"


def test_every_example_is_run_and_listed() -> None:
    scripts = {path.name for path in (ROOT / "examples").glob("*.py")}
    assert scripts == {*CASES, *DETECTORS, "foreign_onnx.py"}
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert all(f"[{name}]({name})" in page for name in scripts)


@pytest.mark.parametrize(
    "name", ["by_outrack", *(pytest.param(name, marks=pytest.mark.slow) for name in MODULES if name != "by_outrack")]
)
def test_the_same_job_side_by_side_leaves_the_same_kinds_of_files(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(MODULES[name]) is None:
        pytest.skip(f"needs {MODULES[name]}")
    script = ROOT / "examples" / "side_by_side" / f"{name}.py"
    words = [sys.executable, script, ROOT / "samples" / "crossing.mp4", tmp_path / "out", "4"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mp4").stat().st_size > 1000
    rows = [line.split(",") for line in (tmp_path / "out.txt").read_text().splitlines()]
    assert {len(row) for row in rows} == {10}
    assert {int(row[0]) for row in rows} >= {2, 3, 4}
