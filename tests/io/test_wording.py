from __future__ import annotations

import pytest

from outrack.io.wording import counted_noun


@pytest.mark.parametrize(
    ("count", "thing", "words"),
    [(1, "box", "1 box"), (2, "box", "2 boxes"), (0, "frame", "0 frames"), (1, "frame", "1 frame")],
)
def test_one_thing_is_no_things(count: int, thing: str, words: str) -> None:
    assert counted_noun(count, thing) == words
