"""Hashes of the pinned packages."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.write_hashes import lines_of

ROOT = Path(__file__).parents[2]


def _pins(path: Path) -> dict[str, str]:
    """Name, as indices spell it, and the rest of the line."""
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    pairs = (line.split("==") for line in lines)
    return {re.sub(r"[-_.]+", "-", name).lower(): rest for name, rest in pairs}


def test_every_pin_but_torch_has_its_hash() -> None:
    pins, hashes = _pins(ROOT / "constraints.txt"), _pins(ROOT / "hashes-linux-py311.txt")
    assert {name: rest.split()[0] for name, rest in hashes.items()} == {
        name: version for name, version in pins.items() if name != "torch"
    }
    assert all(re.fullmatch(r"\S+( --hash=sha256:[0-9a-f]{64})+", rest) for rest in hashes.values())


def test_a_lock_file_becomes_requirements() -> None:
    lock = """
[[packages]]
name = "torch"
version = "2"
[[packages]]
name = "one"
version = "1.0"
wheels = [{url = "a", hashes = {sha256 = "aa"}}, {url = "b", hashes = {sha256 = "bb"}}]
sdist = {url = "c", hashes = {sha256 = "cc"}}
"""
    assert list(lines_of(lock)) == ["one==1.0 --hash=sha256:aa --hash=sha256:bb --hash=sha256:cc\n"]
