"""Words of messages that depend on a number."""

from __future__ import annotations

__all__ = ["counted_noun"]


def counted_noun(count: int, thing: str) -> str:
    """`1 box`, `2 boxes`, `1 frame`, `0 frames`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}{'es' if thing.endswith('x') else 's'}"
