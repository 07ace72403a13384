"""The table of docs/convert.md agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

from outrack.conversion.formats import FORMATS, Format, Holds

PAGE = Path(__file__).parents[2] / "docs" / "convert.md"


def row(each: Format) -> list[str]:
    def yes(what: Holds) -> str:
        return "yes" if what in each.holds else "-"

    visibility = "visible boxes" if Holds.VISIBLE_BOXES in each.holds else yes(Holds.VISIBILITY)
    classes = "-"
    if Holds.CLASSES in each.holds:
        classes = "MOTChallenge's" if each.mot_classes else "yes" if Holds.NAMES in each.holds else "numbers"
    time = "stamps" if Holds.TIMES in each.holds else "rate" if Holds.RATE in each.holds else "-"
    return [
        f"`{each.name}`",
        yes(Holds.IDENTITIES),
        yes(Holds.SCORES),
        visibility,
        yes(Holds.IGNORED),
        yes(Holds.STATES),
        classes,
        time,
        yes(Holds.LABELLED),
        "-" if each.of_videos else "yes",
    ]


def test_the_table_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (`[\w-]+`.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert [line.split(" | ") for line in rows] == [row(each) for each in FORMATS.values()]
