"""Words of messages that depend on a number."""

from __future__ import annotations

__all__ = ["counted_noun"]


def counted_noun(count: int, thing: str) -> str:
    """`1 box`, `2 boxes`, `1 frame`, `0 frames`, `2 identities`."""
    if count == 1:
        return f"1 {thing}"
    if thing.endswith("y"):
        return f"{count} {thing.removesuffix('y')}ies"
    return f"{count} {thing}{'es' if thing.endswith('x') else 's'}"
