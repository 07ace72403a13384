"""Small changes of a module's functions, each of which a test should notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

__all__ = ["Change", "changed_code", "changes_of"]

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In},
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult},
    **{ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one node of a syntax tree with another value.

    Attributes:
        function: name of the function or `Class.method` that has it, without those inside of it.
        line: where it is.
        words: what is changed into what.
        node: has the field.
        field: its name.
        value: the other value.
    """

    function: str
    line: int
    words: str
    node: ast.AST
    field: str
    value: object


def changes_of(tree: ast.Module) -> list[Change]:
    """All changes of all functions: comparisons, arithmetic, numbers, truth values, conditions, negations, and/or.

    Messages of errors, defaults of arguments, annotations, and code outside functions are not changed.
    """
    return [
        Change(name, node.lineno, words, node, field, value)
        for name, function in _functions(tree, "")
        for statement in function.body
        for node in _nodes(statement)
        for words, field, value in _of_node(node)
    ]


def changed_code(tree: ast.Module, change: Change, file: Path) -> CodeType:
    """The code of the changed function; `tree` is as before afterwards."""
    before = getattr(change.node, change.field)
    setattr(change.node, change.field, change.value)
    try:
        code = compile(ast.fix_missing_locations(tree), str(file), "exec")
    finally:
        setattr(change.node, change.field, before)
    for name in change.function.split("."):
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)
    return code


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")


def _nodes(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "args", "decorator_list") or isinstance(node, ast.Call):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _nodes(child)


def _of_node(node: ast.AST) -> Iterator[tuple[str, str, object]]:
    """What is changed, in words, the field and its other value."""
    if isinstance(node, ast.Compare):
        for place, one in enumerate(node.ops):
            if type(one) in _COMPARISONS:
                other = _COMPARISONS[type(one)]
                ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield f"{type(one).__name__} -> {other.__name__}", "ops", ops
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _ARITHMETIC:
        swapped = _ARITHMETIC[type(node.op)]
        yield f"{type(node.op).__name__} -> {swapped.__name__}", "op", swapped()
    elif isinstance(node, ast.BoolOp):
        is_and = isinstance(node.op, ast.And)
        yield "and -> or" if is_and else "or -> and", "op", ast.Or() if is_and else ast.And()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield f"{ast.unparse(node)} without its sign", "operand", ast.UnaryOp(node.op, node.operand)
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield f"if {ast.unparse(node.test)} negated", "test", ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        other_number = _other(node.value)
        yield f"{node.value} -> {other_number}", "value", other_number


def _other(number: bool | int | float) -> bool | int | float:
    if isinstance(number, bool):
        return not number
    return number + 1 if isinstance(number, int) or not number else 2 * number
