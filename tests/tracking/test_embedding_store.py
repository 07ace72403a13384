"""The embedding store compared with plain arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outrack.tracking.embedding_store import EmbeddingStore, known_embeddings


@given(st.integers(0, 10_000), st.lists(st.integers(0, 5), max_size=30))
def test_coming_and_going_is_as_with_rows_that_are_moved(seed: int, numbers: list[int]) -> None:
    rng = np.random.default_rng(seed)
    plain = np.zeros((0, 3), np.float32)
    looks = EmbeddingStore.of(plain)
    for number in numbers:
        new = rng.normal(size=(number, 3)).astype(np.float32)
        plain, looks = np.concatenate([plain, new]), looks.joined(new)
        changed = rng.permutation(len(plain))[: len(plain) // 2]
        plain[changed] *= 2
        looks[changed] = looks[changed] * 2
        stay = rng.random(len(plain)) < 0.7
        plain, looks = plain[stay], looks.kept(stay)
        np.testing.assert_array_equal(looks[:], plain)
        assert (len(looks), looks.dim) == plain.shape


def test_memory_does_not_grow_with_forgotten_tracks() -> None:
    looks = EmbeddingStore.of(np.zeros((0, 2), np.float32))
    for number in range(1000):
        looks = looks.joined(np.full((3, 2), number, np.float32)).kept(
            np.arange(max(len(looks) - 1, 0), len(looks) + 2)
        )
    assert len(looks) <= 3
    assert len(looks._memory.vectors) <= 12


def test_what_joins_two_descendants_of_one_does_not_mix() -> None:
    first = EmbeddingStore.of(np.ones((1, 2), np.float32)).joined(np.full((1, 2), 2, np.float32))
    one, other = first.joined(np.full((1, 2), 3, np.float32)), first.joined(np.full((1, 2), 4, np.float32))
    assert [one[:][-1, 0], other[:][-1, 0]] == [3, 4]


def test_a_row_of_zeros_is_unknown_but_a_single_zero_is_not() -> None:
    embeddings = np.array([[0, 0], [0, 1], [1, 0]], np.float32)
    assert known_embeddings(embeddings).tolist() == [False, True, True]
    assert EmbeddingStore.of(embeddings).kept(np.array([2, 0])).known().tolist() == [True, False]
    assert known_embeddings(np.zeros((2, 0), np.float32)).tolist() == [False, False]
