"""Several sources with one command."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from outrack.io.run_record import read_run_record


@pytest.fixture
def three(two_videos_and_a_text: list[str]) -> list[str]:
    """The broken one in the middle."""
    first, last, broken = two_videos_and_a_text
    return [first, broken, last]


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


def test_a_video_of_a_list_that_is_missing_stops_no_other(run, two_videos_and_a_text: list[str]) -> None:
    shutil.copy("det/a.txt", "det/gone.txt")
    Path("day.lst.txt").write_text("a.mp4\ngone.mp4\nb.mp4\n")
    outcome = run("track", "day.lst.txt", "--detections", "det/{name}.txt", "-o", "boxes/")
    assert outcome.code == 1
    assert outcome.err.count("error: ") == 1 and "gone.mp4: no such file" in outcome.err
    assert {path.name for path in Path("boxes").glob("*.txt")} == {"a.txt", "b.txt"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a.mp4", "b.mp4", "-o", "all.mp4"], "out/{name}.mp4"),
        (["a.mp4", "b.mp4", "--detections", "det/a.txt"], "--detections"),
        (["a.mp4", "b.mp4", "--save-crops", "crops"], "--save-crops"),
        (["a.mp4", "./a.mp4"], "2 sources have the name 'a'"),
        (["a.mp4", "-o", "x.mp4", "x.txt"], "put -o before it"),
    ],
)
def test_sources_that_would_share_files_are_refused(run, words: list[str], expected: str) -> None:
    Path("a.mp4").touch()
    Path("b.mp4").touch()
    outcome = run("track", *words)
    assert outcome.code == 2
    assert expected in outcome.err


def test_addresses_of_one_name_have_their_own_files(run, clip: Path, det: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(clip, tmp_path / name / "live.mp4")
    shutil.copy(det, tmp_path / "det.txt")
    with served(tmp_path / "one") as one, served(tmp_path / "two") as two:
        names = [f"127_0_0_1_{url.rpartition(':')[2]}_live" for url in (one, two)]
        for name in names:
            shutil.copy(det, tmp_path / f"{name}.txt")
        sources = [url.replace("//", "//me:secret@") + "/live.mp4" for url in (one, two)]
        words = ["--detections", "{name}.txt", "-o", "out/", "-o", "out/{name}.jsonl"]
        outcome = run("track", *sources, *words)
    assert outcome.code == 0, outcome.err
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(
        name + suffix for name in names for suffix in (".txt", ".jsonl")
    )
    assert "another source has the same name" in outcome.err
    assert "secret" not in outcome.err + outcome.out


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_files_of_equal_names_are_distinguished_by_their_folders(run, clip: Path, det: Path, tmp_path: Path) -> None:
    for folder in ("mon", "Tue"):
        (tmp_path / folder).mkdir()
        shutil.copy(clip, tmp_path / folder / "cam.mp4")
    shutil.copy(clip, tmp_path / "Tue" / "CAM.avi")
    (tmp_path / "det").mkdir()
    for name in ("mon_cam_mp4", "Tue_cam_mp4", "Tue_CAM_avi"):
        shutil.copy(det, tmp_path / "det" / f"{name}.txt")
    outcome = run("track", "mon/cam.mp4", "Tue/cam.mp4", "Tue/CAM.avi", "--detections", "det/{name}.txt", "-o", "out/")
    assert outcome.code == 0, outcome.err
    assert len(list(Path("out").glob("*.txt"))) == 3


@pytest.mark.parametrize("how", ["pattern", "list", "folders", "folder"])
def test_patterns_and_lists_of_videos_are_several_sources(run, clip: Path, det: Path, tmp_path: Path, how: str) -> None:
    (tmp_path / "day").mkdir()
    for name in ("a", "b"):
        if how == "folders":
            (tmp_path / "day" / name).mkdir()
        else:
            shutil.copy(clip, tmp_path / "day" / f"{name}.mp4")
        shutil.copy(det, tmp_path / f"{name}.txt")
    (tmp_path / "day" / "list.txt").write_text("# cameras\na.mp4\n\nb.mp4\n")
    source = {"pattern": "day/*.mp4", "list": "day/list.txt", "folders": "day/[ab]", "folder": "day"}[how]
    outcome = run("track", source, "--detections", "{name}.txt", "-o", "out/{name}.csv")
    assert outcome.code == 0, outcome.err
    assert sorted(path.name for path in Path("out").glob("*.csv")) == ["a.csv", "b.csv"]


def test_a_video_in_an_object_store_gives_the_results_of_a_local_copy(run, clip: Path, det: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/day/street.mp4", clip.read_bytes())
    words = ("--detections", det, "-o")
    assert run("track", clip, *words, "here.txt", "-o", "here.mp4").code == 0
    outcome = run("track", "memory://day/street.mp4", *words, "there.txt", "-o", "there.mp4")
    assert outcome.code == 0, outcome.err
    for suffix in (".txt", ".mp4"):
        assert Path("there").with_suffix(suffix).read_bytes() == Path("here").with_suffix(suffix).read_bytes()
    missing = run("track", "memory://day/gone.mp4", *words, "gone.txt")
    assert missing.code == 1 and "memory://day/gone.mp4: no such file" in missing.err


def test_outputs_in_an_object_store_are_those_of_a_folder_and_are_skipped_when_they_are_there(
    run, three: list[str]
) -> None:
    """A store that processes share, as fsspec's own for this machine; the broken video leaves no object."""
    words = ["--detections", "det/{name}.txt", "--skip-finished", "--summary", "{name}.json"]
    here = run("track", *three, *words, "-o", "here/", "-o", "here/{name}.mp4")
    for path in Path().glob("*.json"):
        path.unlink()
    there = f"local://{Path.cwd()}/there"
    words += ["-o", f"{there}/", "-o", f"{there}/{{name}}.mp4"]
    outcome = run("track", *three, *words, "--jobs", "2")
    assert here.code == outcome.code == 1 and "c.mp4" in outcome.err
    stored = {path.name for path in Path("there").iterdir()}
    notes = {"a.source", "b.source"}  # no video lies next to these boxes
    assert stored - notes == {path.name for path in Path("here").iterdir()}
    for name in ("a.txt", "b.txt"):
        assert (Path("there") / name).read_bytes() == (Path("here") / name).read_bytes()
    assert read_run_record(Path("a.json")).outputs[:2] == (f"{there}/a.txt", f"{there}/a.mp4")
    assert f"{there}/a.mp4" in outcome.out
    assert "2 of 3 sources were finished" in run("track", *three, *words).err
    Path("there/b.txt").unlink()
    again = run("track", *three, *words)
    assert f"b.json: {there}/b.txt is missing; it is tracked again" in again.err
    assert f"{there}/b.mp4 exists; --overwrite replaces it" in again.err
    assert not list(Path(tempfile.gettempdir()).glob("outrack-*/*/b.*"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-o", "https://host/x.txt"], "--output https://host/x.txt: expected a file, a folder, or an address"),
        (["-o", "s3://k:secret@bucket/x.docx"], "unknown output format"),
        (["-o", "s3://b/", "--summary", "s3://b/x.json"], "--summary s3:/b/x.json: expected a local path"),
        (["-o", "s3://b/", "--parts", "2"], "--parts cannot write s3://b/"),
    ],
)
def test_unsupported_object_store_paths_are_refused(run, clip: Path, words: list[str], expected: str) -> None:
    outcome = run("track", clip, *words)
    assert outcome.code == 2
    assert expected in outcome.err and "secret" not in outcome.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["x.mp4", "x_b.mp4", "-o", "{name}.txt", "-o", "{name}_b.txt"], "x_b.txt: x.mp4 and x_b.mp4 would both write"),
        (["mixed/*", "-o", "out/"], "1 pictures and 1 other files match this pattern"),
        (["det.txt", "-o", "out/"], "det.txt, line 1: expected the name of a source, got numbers"),
        (["none.txt", "-o", "out/"], "none.txt: expected a list of sources"),
    ],
)
def test_indistinguishable_sources_are_refused(run, words: list[str], expected: str) -> None:
    Path("mixed").mkdir()
    for name in ("x.mp4", "x_b.mp4", "mixed/a.jpg", "mixed/b.mp4", "none.txt"):
        Path(name).touch()
    Path("det.txt").write_text("1,-1,5,5,10,30,0.9\n")
    outcome = run("track", *words)
    assert outcome.code == 2
    assert expected in outcome.err


def test_no_source_is_written_over_by_another(run, clip: Path) -> None:
    shutil.copy(clip, "a.mp4")
    shutil.copy(clip, "a.tracked.mp4")
    outcome = run("track", "a.mp4", "a.tracked.mp4", "--overwrite")
    assert outcome.code == 1
    assert "a.tracked.mp4: this file is also an input" in outcome.err
    assert Path("a.tracked.mp4").read_bytes() == clip.read_bytes()


def test_sources_at_once_are_all_in_view_from_the_start_with_their_warnings(run, three: list[str]) -> None:
    outcome = run("track", *three, "--detections", "det/{name}.txt", "-o", "boxes/", "--jobs", "2", "--conf", "0.95")
    lines = outcome.err.splitlines()
    assert lines[0] == "waiting: a, c, b"
    for name in "ab":
        assert any(line.startswith(f"{name}: 12/12 frames") for line in lines)
    assert outcome.err.count("no tracks: the best box has a score of 0.9") == 2
    quiet = run("track", *three[::2], "--detections", "det/{name}.txt", "-o", "quiet/", "--jobs", "2", "-q")
    assert quiet == (0, "", "")


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["a.mp4", "-o", "-"], 2, "--output -: the machines of --ray write the outputs"),
        (["a.mp4", "--show"], 2, "--show cannot open a window on the machines of --ray"),
        (["0"], 2, "a camera of this machine cannot be tracked on the machines of --ray"),
        (["memory://a.mp4"], 2, "memory://a.mp4: --ray cannot use objects in the memory of this process"),
        (["a.mp4", "-o", "memory://out/"], 2, "memory://out/: --ray cannot"),
        (["a.mp4"], 1, 'pip install "outrack[ray]"'),
    ],
)
def test_options_that_a_cluster_does_not_support_are_refused(
    run, words: list[str], code: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    outcome = run("track", *words, "--ray", "auto")
    assert outcome.code == code
    assert expected in outcome.err
