"""Checkpoints with names that would take torch minutes."""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

from outrack.io.pickles import check_names

LONG = b"\x80\x02c" + b"[" * 200_000 + b"\nFloatStorage\n."


def test_names_as_there_are_go_through(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", pickle.dumps(OrderedDict(a=1), protocol=2))
        archive.writestr("a/data/0", b"\0" * 100)
    check_names(tmp_path / "a.pt")
    (tmp_path / "old.pt").write_bytes(pickle.dumps(OrderedDict(a=1), protocol=2) * 5 + b"\0" * 100)
    check_names(tmp_path / "old.pt")


@pytest.mark.parametrize("is_old", [False, True])
def test_a_name_of_200_000_brackets_is_refused_at_once(tmp_path: Path, is_old: bool) -> None:
    path = tmp_path / "a.pt"
    if is_old:
        path.write_bytes(pickle.dumps(1, protocol=2) * 3 + LONG)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a/data.pkl", LONG)
    with pytest.raises(ValueError, match="a class is called"):
        check_names(path)


def test_invalid_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"[[[[")
    with pytest.raises(ValueError, match="opcode"):
        check_names(tmp_path / "a.pt")
