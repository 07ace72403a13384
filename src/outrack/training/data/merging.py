"""Merges pairs of a batch into large pairs, so that the people in them are negatives of each other."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

__all__ = ["large_pairs"]


def large_pairs(scenes: Sequence[Collection[Hashable]], negative: Sequence[bool], most: int) -> list[int]:
    """The number of the large pair that each pair belongs to, numbered in order of their first pair.

    Args:
        scenes: scenes of each pair's images. Pairs that share a scene may show the same people and are never merged.
        negative: whether each pair shows two different scenes; such a pair is never merged.
        most: maximum number of pairs that are merged.
    """
    taken: list[set[Hashable]] = []
    open_pairs: list[int] = []
    numbers: list[int] = []
    for here, is_negative in zip(scenes, negative, strict=True):
        found = [] if is_negative else [number for number in open_pairs if not taken[number] & set(here)]
        if found:
            numbers.append(found[0])
            taken[found[0]] |= set(here)
        else:
            numbers.append(len(taken))
            taken.append(set(here))
            if not is_negative:
                open_pairs.append(numbers[-1])
        open_pairs = [number for number in open_pairs if numbers.count(number) < most]
    return numbers
