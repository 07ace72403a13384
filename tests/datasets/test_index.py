"""The cached index and the fingerprint."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets.index import cache_folder, cached_index, files_key, fingerprint

BOXES = np.array([[1.0, 2, 3, 4], [5, 6, 9, 9]])


def sample() -> list[AnnotatedImage]:
    """A frame, an empty frame without identities, a still with visibility."""
    plain = Annotation.of_people(BOXES, ids=np.array([3, -1]))
    return [
        AnnotatedImage(Path("a.jpg"), 64, 48, plain, "walk", 7, upright=True),
        AnnotatedImage(Path("b.jpg"), 64, 48, Annotation.of_people(np.empty((0, 4))), "walk", 8),
        AnnotatedImage(Path("ü.jpg"), 32, 16, replace(plain, ids=None, visibility=np.array([0.5, 1]))),
    ]


def assert_same(one: list[AnnotatedImage], two: list[AnnotatedImage]) -> None:
    assert [(i.path, i.width, i.height, i.video, i.frame) for i in one] == [
        (i.path, i.width, i.height, i.video, i.frame) for i in two
    ]
    for a, b in zip(one, two, strict=True):
        for name in ("xyxy", "class_ids", "ignore", "visibility", "ids"):
            old, new = getattr(a.annotation, name), getattr(b.annotation, name)
            assert (old is None) == (new is None), name
            assert old is None or (np.array_equal(old, new) and old.dtype == new.dtype), name


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a label file, and a cache folder of this test's own."""
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))
    (tmp_path / "data" / "gt").mkdir(parents=True)
    (tmp_path / "data" / "gt" / "gt.txt").write_text("1")
    return tmp_path / "data"


class Counter:
    """A reader that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> list[AnnotatedImage]:
        self.calls += 1
        return sample()


def test_the_second_call_comes_from_the_cache_and_is_equal(source: Path) -> None:
    build = Counter()
    for _ in range(3):
        assert_same(cached_index(build, sources=[source], settings="x"), sample())
    assert build.calls == 1
    assert len(list((cache_folder() / "index").iterdir())) == 1


def test_an_index_of_no_images_is_kept_too(source: Path) -> None:
    assert cached_index(list, sources=[source], settings="x") == []
    assert cached_index(sample, sources=[source], settings="x") == []


def test_any_change_builds_again(source: Path) -> None:
    build = Counter()
    label = source / "gt" / "gt.txt"
    cached_index(build, sources=[source], settings="x")
    cached_index(build, sources=[source], settings="y")
    label.write_text("12")
    cached_index(build, sources=[source], settings="x")
    os.utime(label, ns=(1, 1))
    cached_index(build, sources=[source], settings="x")
    (source / "new.jpg").touch()
    cached_index(build, sources=[source], settings="x")
    assert build.calls == 5


@pytest.mark.parametrize("damage", [b"", b"not an archive", None])
def test_a_broken_cache_is_built_again(source: Path, damage: bytes | None, caplog: pytest.LogCaptureFixture) -> None:
    build = Counter()
    cached_index(build, sources=[source], settings="x")
    file = next((cache_folder() / "index").iterdir())
    file.write_bytes(file.read_bytes()[:300] if damage is None else damage)
    with caplog.at_level(logging.WARNING):
        assert_same(cached_index(build, sources=[source], settings="x"), sample())
    assert "this index is broken" in caplog.text
    cached_index(build, sources=[source], settings="x")
    assert build.calls == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("counts", [1, -1, 2]),
        ("counts", [1, 7, 2]),
        ("counts", [[1, 2]]),
        ("xyxy", np.zeros((1, 4))),
        ("xyxy", np.zeros((3, 3))),
        ("ids", ["a", "b", "c"]),
        ("places", np.zeros((3, 3))),
        ("paths", [1, 2, 3]),
        ("paths", np.array([0x7FFFFFFF] * 3, np.uint32).view("<U1")),
    ],
)
def test_a_cache_whose_arrays_do_not_fit_is_built_again(
    source: Path, name: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    cached_index(sample, sources=[source], settings="x")
    file = next((cache_folder() / "index").iterdir())
    with np.load(file) as kept:
        arrays = dict(kept)
    np.savez(file, **arrays | {name: np.array(value)})
    with caplog.at_level(logging.WARNING):
        assert_same(cached_index(sample, sources=[source], settings="x"), sample())
    assert f"this index is broken ({name} " in caplog.text or "rows; expected" in caplog.text


def test_a_cache_that_cannot_be_written_is_done_without(
    source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OUTRACK_HOME", str(source / "gt" / "gt.txt"))  # a file, so no folder can be made there
    with caplog.at_level(logging.WARNING):
        assert_same(cached_index(sample, sources=[source], settings="x"), sample())
    assert "cannot be cached" in caplog.text


def test_a_missing_source_is_an_error(source: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files_key([source / "nothing"])


def test_the_fingerprint_follows_the_data_and_not_its_place() -> None:
    base = sample()
    moved = [replace(image, path=Path("/elsewhere") / image.path) for image in base]
    assert fingerprint(base) == fingerprint(moved) == fingerprint(sample())
    label = base[0].annotation
    changes = [
        replace(base[0], width=65),
        replace(base[0], frame=8),
        replace(base[0], video="run"),
        replace(base[0], path=Path("c.jpg")),
        replace(base[0], annotation=replace(label, xyxy=label.xyxy + 1e-9)),
        replace(base[0], annotation=replace(label, ignore=~label.ignore)),
        replace(base[0], annotation=replace(label, ids=None)),
        replace(base[0], annotation=label[np.array([1, 0])]),
    ]
    prints = {fingerprint([changed, *base[1:]]) for changed in changes} | {fingerprint(base), fingerprint(base[::-1])}
    assert len(prints) == len(changes) + 2
    assert fingerprint([]) != fingerprint(base[1:2])
