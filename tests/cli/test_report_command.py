"""`outrack report`, and the summary that `outrack track` writes for it."""

from __future__ import annotations

import json
from pathlib import Path

from outrack.io.run_record import read_run_record

from .conftest import LENGTH


def test_a_run_and_its_summary_become_a_page(run, clip: Path, det: Path, tmp_path: Path) -> None:
    outputs = ("-o", "run/street.jsonl", "--summary", "run/street.summary.json")
    tracked = run("track", clip, "--detections", det, *outputs, "--tracker.max-lost-s", "1.5", "-q")
    assert (tracked.code, tracked.err) == (0, "")
    record = read_run_record(tmp_path / "run" / "street.summary.json")
    assert (record.num_frames, record.num_people, record.width, record.network) == (LENGTH, 2, 96, {})
    assert record.settings["--tracker.max-lost-s"] == 1.5
    assert record.settings["--detections"] == str(det)
    assert record.outputs == ("run/street.jsonl",)
    done = run("report", "run/street.jsonl")
    assert (done.code, done.err) == (0, "")
    page = (tmp_path / "street.report.html").read_text()
    assert "--tracker.max-lost-s" in page
    assert "<dt>identities</dt><dd>2</dd>" in page
    again = run("report", "run")
    assert again.code == 0  # run.report.html
    assert run("report", "run/street.jsonl").err == "error: street.report.html exists; --overwrite replaces it\n"


def test_a_video_gives_times_to_text_results(run, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "street.txt").write_text("1,1,0,0,5,5,1,-1,-1,-1\n2,1,0,0,5,5,1,-1,-1,-1\n")
    assert run("report", "street.txt", "--video", clip, "-o", "a.html").code == 0
    assert "1: 0.0 s to 0.2 s" in (tmp_path / "a.html").read_text()


def test_a_page_without_tracks_comes_with_a_warning(run, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    done = run("report", "empty.jsonl")
    assert (done.code, done.err) == (0, "warning: empty.jsonl has no tracks, so its part of the page is empty\n")


def test_wrong_calls_are_reported(run, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    (tmp_path / "b.jsonl").write_text("nonsense\n")
    several = run("report", ".", "--video", clip)
    assert (several.code, several.err.count("contains 2 results. Give one of them")) == (2, 1)
    assert "expected a file that ends in .html" in run("report", "a.jsonl", "-o", "a.jsonl").err
    assert "b.jsonl, line 1: expected" in run("report", "b.jsonl").err
    (tmp_path / "a.summary.json").write_text(json.dumps({"outrack": 3}))
    assert "expected outrack as `outrack track --summary` writes it, got 3" in run("report", "a.jsonl").err
    assert not list(tmp_path.glob("*.html"))


def test_several_sources_need_names_in_the_summary(run, clip: Path, det: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes())
    words = ("track", clip, other, "--detections", "{name}.txt", "-o", "boxes/", "--summary")
    refused = run(*words, "a.json")
    assert (refused.code, refused.err.count("--summary a.json: with several sources, write {name}")) == (2, 1)
    for name in ("street", "other"):
        (tmp_path / f"{name}.txt").write_text(det.read_text())
    assert run(*words, "boxes/{name}.summary.json", "-q").code == 0
    assert {path.name for path in (tmp_path / "boxes").glob("*.json")} == {"street.summary.json", "other.summary.json"}
    kept = run(*words, "boxes/{name}.summary.json", "-o", "again/", "-q")
    assert kept.err.count("exists; --overwrite replaces it") == 2
