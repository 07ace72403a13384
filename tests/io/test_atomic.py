"""Atomic writing of files."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from outrack.io.atomic import atomic_write, check_writable, refuse_overwriting_inputs


def test_it_takes_its_place_at_the_end_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with atomic_write(path) as unfinished:
        unfinished.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert list(path.parent.iterdir()) == [path]


def test_links_are_followed_and_modes_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "a.txt", tmp_path / "link"
    path.write_text("before")
    path.chmod(0o600)
    link.symlink_to(path)
    with atomic_write(link) as unfinished:
        unfinished.write_text("after")
    assert link.is_symlink() and path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt()])
def test_whatever_happens_the_one_before_stays(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(type(error)), atomic_write(path) as unfinished:
        unfinished.write_text("ha")
        raise error
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_an_unwritable_path_is_named_instead_of_the_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="cannot be written") as caught, atomic_write(tmp_path / "file" / "a.txt"):
        pass
    assert caught.value.filename == str(tmp_path / "file" / "a.txt")
    with pytest.raises(OSError, match="cannot be written"):
        check_writable(tmp_path / "file" / "a.txt")


def test_a_folder_is_named_instead_of_the_temporary_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="expected a file, got a folder") as caught, atomic_write(tmp_path):
        pass
    assert caught.value.filename == str(tmp_path)
    assert not list(tmp_path.parent.glob("*.unfinished"))


def test_looking_at_a_place_leaves_it_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("before")
    check_writable(tmp_path / "a.txt")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_threads_that_write_one_file_leave_one_of_the_contents(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    contents = [str(number) * 5000 for number in range(4)]

    def write(content: str) -> None:
        for _ in range(25):
            with atomic_write(path) as unfinished:
                unfinished.write_text(content)
            assert path.read_text() in contents

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, contents))
    assert list(tmp_path.iterdir()) == [path]


def test_an_input_is_found_under_any_name(tmp_path: Path) -> None:
    source, link = tmp_path / "a.txt", tmp_path / "link.txt"
    source.touch()
    link.symlink_to(source)
    refuse_overwriting_inputs([tmp_path / "b.txt", tmp_path / "x\0"], [source, None, "rtsp://a/b"])
    with pytest.raises(ValueError, match=r"link\.txt: this file is also an input"):
        refuse_overwriting_inputs([tmp_path / "b.txt", link], [str(source)])


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(OSError, match=r"No space left on device: .*a\.txt") as caught, atomic_write(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(path)
    with pytest.raises(FileNotFoundError), atomic_write(path):
        (tmp_path / "other.txt").read_text()
