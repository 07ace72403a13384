"""The table of docs/convert.md agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

from outrack.conversion.formats import FORMATS, Content, Format

PAGE = Path(__file__).parents[2] / "docs" / "convert.md"


def row(each: Format) -> list[str]:
    def yes(what: Content) -> str:
        return "yes" if what in each.represents else "-"

    visibility = "visible boxes" if Content.VISIBLE_BOXES in each.represents else yes(Content.VISIBILITY)
    classes = "-"
    if Content.CLASSES in each.represents:
        classes = "MOTChallenge's" if each.mot_classes else "yes" if Content.NAMES in each.represents else "numbers"
    time = "stamps" if Content.TIMES in each.represents else "rate" if Content.RATE in each.represents else "-"
    return [
        f"`{each.name}`",
        yes(Content.IDENTITIES),
        yes(Content.SCORES),
        visibility,
        yes(Content.IGNORED),
        yes(Content.STATES),
        classes,
        time,
        yes(Content.LABELLED),
        "-" if each.of_videos else "yes",
    ]


def test_the_table_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (`[\w-]+`.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert [line.split(" | ") for line in rows] == [row(each) for each in FORMATS.values()]
