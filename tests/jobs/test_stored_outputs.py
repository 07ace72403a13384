"""Outputs that are uploaded, on fsspec's store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from outrack.jobs.stored_outputs import run_with_uploads
from outrack.jobs.track_job import TrackJob
from outrack.video.summary import TrackSummary
from tests.jobs.test_track_job import JOB

STORED = replace(JOB, output=("memory://out/", "memory://out/boxes.csv", "here.csv"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.chdir(tmp_path)
    store = fsspec.filesystem("memory")
    yield store
    store.store.clear()


def write(job: TrackJob) -> TrackSummary:
    """In the place of tracking: writes every output."""
    first, *others = job.output
    paths = (Path(first) / f"{job.name}.txt", *map(Path, others))
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    return TrackSummary(job.name, 1, 0, 0.0, 1.0, {}, paths, interrupted=False)


def test_every_output_goes_to_its_place_and_nothing_stays_here(
    store: fsspec.AbstractFileSystem, tmp_path: Path
) -> None:
    summary = run_with_uploads(STORED, write)
    assert summary.outputs == ("memory://out/street.txt", "memory://out/boxes.csv", Path("here.csv"))
    assert {name: store.cat(name) for name in store.find("/out")} == {
        "/out/boxes.csv": b"boxes.csv",
        "/out/street.txt": b"street.txt",
    }
    assert list((tmp_path / "tmp").iterdir()) == []
    with pytest.raises(FileExistsError, match=r"memory://out/street\.txt exists; --overwrite replaces it"):
        run_with_uploads(STORED, write)
    run_with_uploads(replace(STORED, overwrite=True), write)


def test_a_failed_job_uploads_nothing(store: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    def fail(job: TrackJob) -> TrackSummary:
        write(job)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_with_uploads(STORED, fail)
    assert store.find("/out") == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_complete_files_that_cannot_be_uploaded_are_kept(
    store: fsspec.AbstractFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no credentials")

    monkeypatch.setattr(type(store), "put_file", refuse)
    job = replace(STORED, summary=tmp_path / "summary.json")
    with pytest.raises(OSError, match=r"memory://out/street\.txt: cannot be written \(no credentials\)") as caught:
        run_with_uploads(job, write)
    kept = str(caught.value).rpartition("; the file is kept as ")[2]
    assert Path(kept).read_text() == "street.txt"
    assert not (tmp_path / "summary.json").exists()  # the source is not finished
