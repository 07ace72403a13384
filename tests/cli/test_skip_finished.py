"""A batch that is run again: finished sources are skipped, failed ones are listed and tracked again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

WORDS = ("--detections", "det/{name}.txt", "-o", "out/", "--summary", "out/{name}.summary.json")


@pytest.fixture
def batch(two_videos_and_a_text: list[str]) -> list[str]:
    return two_videos_and_a_text


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_failures_are_listed_at_the_end_and_alone_are_tracked_again(run, batch, clip, tmp_path, jobs) -> None:
    first = run("track", *batch, *WORDS, "--skip-finished", "--jobs", jobs)
    assert first.code == 1
    assert first.err.splitlines()[-2:] == ["failed: 1 of 3 sources", "  c"]
    before = {path: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    assert {path.name for path in before} == {"a.txt", "b.txt", "a.summary.json", "b.summary.json"}

    shutil.copy(clip, tmp_path / "c.mp4")
    second = run("track", *batch, *WORDS, "--skip-finished", "--jobs", jobs)
    assert second.code == 0, second.err
    assert "2 of 3 sources were finished by an earlier run and are skipped" in second.err
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert Path("out/c.txt").read_text() == Path("out/a.txt").read_text()
    third = run("track", *batch, *WORDS, "--skip-finished")
    assert (third.code, third.out) == (0, "")
    assert "3 of 3 sources" in third.err


@pytest.mark.parametrize(
    ("spoil", "words", "reason"),
    [
        (lambda: Path("out/a.txt").unlink(), (), "out/a.txt is missing"),
        (lambda: None, ("--stride", "2"), "--stride was not given, and is 2 now"),
        (lambda: None, ("--tracker.max-lost-s", "1"), "--tracker.max_lost_s was 2.0, and is 1.0 now"),
        (lambda: None, ("--tracker.preset", "fairmot"), "--tracker.preset was not given, and is fairmot now"),
        (lambda: None, ("--conf", "0.6"), "--conf was not given, and is 0.6 now"),
        (lambda: None, ("--conf", "0"), "--conf was not given, and is 0.0 now"),
        (lambda: None, ("-o", "out/a.csv"), "out/a.csv is missing"),
        (lambda: Path("out/a.summary.json").write_text("{"), (), "expected the JSON"),
        (lambda: interrupt(Path("out/a.summary.json")), (), ""),
        (lambda: changed_later(Path("det/a.txt")), (), "det/a.txt has changed since"),
        (lambda: changed_later(Path("a.mp4")), (), "a.mp4 has changed since"),
    ],
)
def test_unfinished_sources_are_tracked_again_and_replaced_on_request(run, batch, spoil, words, reason) -> None:
    assert run("track", "a.mp4", *WORDS).code == 0
    whole = Path("out/a.txt").read_text()
    spoil()
    kept = run("track", "a.mp4", *WORDS, *words, "--skip-finished")
    assert kept.code != 0 and "--overwrite replaces it" in kept.err
    assert reason in kept.err
    again = run("track", "a.mp4", *WORDS, *words, "--skip-finished", "--overwrite")
    assert again.code == 0, again.err
    if not words or "--stride" in words:
        assert (Path("out/a.txt").read_text() == whole) == (not words)
    assert "1 of 1 sources" in run("track", "a.mp4", *WORDS, *words, "--skip-finished").err


def changed_later(path: Path) -> None:
    """The file is edited after the run, and before the next one."""
    for earlier in (Path("out/a.summary.json"), Path("a.mp4"), Path("det/a.txt")):
        age = earlier.stat().st_mtime - 60
        os.utime(earlier, (age, age))
    edited = Path("out/a.summary.json").stat().st_mtime + 30
    os.utime(path, (edited, edited))


def interrupt(record: Path) -> None:
    record.write_text(json.dumps(json.loads(record.read_text()) | {"interrupted": True}))


def test_without_summaries_it_is_refused(run, batch) -> None:
    outcome = run("track", "a.mp4", *WORDS[:4], "--skip-finished")
    assert outcome.code == 2
    assert "--skip-finished needs --summary" in outcome.err


def test_a_setting_that_is_no_longer_given_is_a_difference(run, batch) -> None:
    assert run("track", "a.mp4", *WORDS, "--tracker.max-lost-s", "1").code == 0
    outcome = run("track", "a.mp4", *WORDS, "--skip-finished")
    assert "it was run with --tracker.max_lost_s, which is not given now" in outcome.err
