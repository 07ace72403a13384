"""Videos in an object store, on fsspec's store in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from outrack.jobs.object_store import in_object_store, local_copy, objects_of_pattern
from outrack.jobs.source_lists import listed_sources


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    store = fsspec.filesystem("memory")
    for name in ("b.mp4", "a.mp4", "notes.md"):
        store.pipe(f"/day/{name}", name.encode())
    yield store
    store.rm("/day", recursive=True)


def test_an_object_is_here_while_it_is_needed(store: fsspec.AbstractFileSystem) -> None:
    with local_copy("memory://day/a.mp4") as path:
        assert Path(path).read_bytes() == b"a.mp4"
        assert Path(path).name == "a.mp4"
    assert not Path(path).exists()


def test_other_sources_are_unchanged() -> None:
    for source in ("street.mp4", "0", "rtsp://me:secret@camera/live", "https://host/a.mp4", "file:///tmp/a.mp4"):
        assert not in_object_store(source)
        with local_copy(source) as path:
            assert path == source


def test_a_pattern_gives_the_objects_that_fit(store: fsspec.AbstractFileSystem) -> None:
    expected = ["memory:///day/a.mp4", "memory:///day/b.mp4"]
    assert objects_of_pattern("memory://day/*.mp4") == expected
    assert listed_sources(["memory://day/*.mp4", "street.mp4"]) == [*expected, "street.mp4"]
    assert listed_sources(["memory://day/*.avi"]) == ["memory://day/*.avi"]  # opening it says that there is none
    with pytest.raises(FileNotFoundError, match=r"memory://day/\*\.avi: no file matches"):
        objects_of_pattern("memory://day/*.avi")


def test_what_cannot_be_read_is_named_without_secrets(
    store: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError, match=r"memory://day/c\.mp4: no such file"), local_copy("memory://day/c.mp4"):
        pass

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no credentials")

    monkeypatch.setattr(fsspec, "open", refuse)
    with pytest.raises(OSError, match=r"^s3://bucket/a\.mp4: cannot be read \(no credentials\)"):  # noqa: SIM117
        with local_copy("s3://key:secret@bucket/a.mp4"):
            pass
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ImportError, match=r'pip install "outrack\[cloud\]"'), local_copy("s3://bucket/a.mp4"):
        pass
