from __future__ import annotations

import pytest

from outrack.io.wording import counted_noun


@pytest.mark.parametrize(
    ("count", "thing", "words"),
    [(1, "box", "1 box"), (2, "box", "2 boxes"), (0, "frame", "0 frames"), (1, "frame", "1 frame")],
)
def test_counted_nouns_have_singular_and_plural(count: int, thing: str, words: str) -> None:
    assert counted_noun(count, thing) == words
