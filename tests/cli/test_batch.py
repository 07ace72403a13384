"""Several sources with one command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def three(clip: Path, det: Path, tmp_path: Path) -> list[str]:
    """`a.mp4`, `b.mp4`, and `c.mp4` that is no video, with detections in `det/<name>.txt`."""
    (tmp_path / "det").mkdir()
    for name in "abc":
        shutil.copy(clip, tmp_path / f"{name}.mp4")
        shutil.copy(det, tmp_path / "det" / f"{name}.txt")
    (tmp_path / "c.mp4").write_text("no video")
    return ["a.mp4", "c.mp4", "b.mp4"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_source_has_its_own_files_and_a_broken_one_stops_no_other(run, three: list[str], jobs: str) -> None:
    words = ["--detections", "det/{name}.txt", "-o", "boxes/", "-o", "out/{name}.csv", "--save-crops", "crops/{name}"]
    outcome = run("track", *three, *words, "--jobs", jobs)
    assert outcome.code == 1
    assert outcome.err.count("error: ") == 1
    assert "c.mp4" in outcome.err
    assert sorted(map(str, Path().glob("*/*.[ct][sx][vt]"))) == [
        "boxes/a.txt",
        "boxes/b.txt",
        "det/a.txt",
        "det/b.txt",
        "det/c.txt",
        "out/a.csv",
        "out/b.csv",
    ]
    assert {path.name for path in Path("crops").iterdir()} == {"a", "b"}
    assert outcome.out.count("people") == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a.mp4", "b.mp4", "-o", "all.mp4"], "out/{name}.mp4"),
        (["a.mp4", "b.mp4", "--detections", "det/a.txt"], "--detections"),
        (["a.mp4", "b.mp4", "--save-crops", "crops"], "--save-crops"),
        (["a.mp4", "./a.mp4"], "2 sources are called 'a'"),
        (["a.mp4", "-o", "x.mp4", "x.txt"], "write -o before it"),
    ],
)
def test_sources_that_would_share_files_are_refused(run, words: list[str], expected: str) -> None:
    Path("a.mp4").touch()
    Path("b.mp4").touch()
    outcome = run("track", *words)
    assert outcome.code == 2
    assert expected in outcome.err
