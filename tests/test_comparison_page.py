"""docs/comparison.md: all rows and the tests that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "comparison.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)
]


def test_there_are_75_rows_each_with_a_test_or_a_reason() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 76))
    assert {row[-2] for row in ROWS} <= {"**y**", "p", "n"}
    assert all(row[-1] for row in ROWS)


def test_every_yes_names_a_test() -> None:
    assert [row[0] for row in ROWS if row[-2] == "**y**" and "::test_" not in row[-1]] == []


def test_the_named_tests_are_there() -> None:
    named = re.findall(r"`((?:\w+/)*test_\w+\.py)::(\w+)`", PAGE)
    assert len(named) > 60
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (TESTS / file).is_file() or f"def {test}(" not in (TESTS / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_the_readers_of_other_libraries_are_named_with_their_tests() -> None:
    page = (TESTS.parent / "docs" / "convert.md").read_text(encoding="utf-8")
    named = re.findall(r"\| `(test_\w+)` \|", page)
    assert len(named) == 7
    files = [TESTS / "conversion" / "test_independent_readers.py", TESTS / "test_foreign_detections.py"]
    written = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in named if f"def {name}(" not in written] == []
