"""The changes that mutation testing makes."""

from __future__ import annotations

import ast
from pathlib import Path
from types import FunctionType

from benchmarks.mutants.changes import changed_code, changes_of

SOURCE = '''
class Till:
    def price(self, count: int, limit: int = 3) -> float:
        """Docstrings, defaults, annotations and messages stay."""
        if count > limit and not count == 7:
            raise ValueError(f"at most {limit + 1}")
        return -2.0 * count + 1
'''


def test_every_kind_of_change_is_made_and_taken_back() -> None:
    tree = ast.parse(SOURCE)
    changes = changes_of(tree)
    assert [change.words for change in changes] == [
        "if count > limit and (not count == 7) negated",
        "and -> or",
        "Gt -> GtE",
        "not count == 7 without its sign",
        "Eq -> NotEq",
        "7 -> 8",
        "Add -> Sub",
        "Mult -> Div",
        "-2.0 without its sign",
        "2.0 -> 4.0",
        "1 -> 2",
    ]
    prices = [
        FunctionType(changed_code(tree, change, Path("till.py")), {"ValueError": ValueError})(None, 3, 3)
        for change in changes
        if change.words in ("Add -> Sub", "Mult -> Div", "2.0 -> 4.0", "-2.0 without its sign", "1 -> 2")
    ]
    assert prices == [-7, -2 / 3 + 1, 7, -11, -4]
    assert {change.function for change in changes} == {"Till.price"}
    assert ast.unparse(tree) == ast.unparse(ast.parse(SOURCE))
