"""The sparse assignment against brute force and against the padded matrix that `lap` solves."""

from __future__ import annotations

from itertools import permutations
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from outrack.tracking.assignment import assign
from outrack.tracking.pairs import Pairs


def all_pairs(cost: np.ndarray) -> tuple[Pairs, np.ndarray]:
    rows, cols = np.indices(cost.shape).reshape(2, -1)
    return Pairs(rows, cols), cost.ravel()


def brute_force(cost: np.ndarray, limit: float) -> float:
    n, m = cost.shape
    padded = np.zeros((n, m + n))
    padded[:, :m] = np.minimum(cost - limit, 0)
    return min(sum(padded[i, j] for i, j in enumerate(columns)) for columns in permutations(range(m + n), n))


def padded_assignment(cost: np.ndarray, limit: float) -> list[tuple[int, int]]:
    """`lap.lapjv(cost, extend_cost=True, cost_limit=limit)`: padding lets a row or column stay alone for limit / 2."""
    n, m = cost.shape
    padded = np.full((n + m, n + m), limit / 2)
    padded[n:, m:] = 0
    padded[:n, :m] = cost
    return [(int(i), int(j)) for i, j in zip(*linear_sum_assignment(padded), strict=True) if i < n and j < m]


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4), st.floats(0.1, 1))
def test_is_optimal(seed: int, n: int, m: int, limit: float) -> None:
    cost = np.random.default_rng(seed).random((n, m))
    chosen = assign(*all_pairs(cost), limit)
    assert len(set(chosen.rows)) == len(chosen.rows)
    assert len(set(chosen.cols)) == len(chosen.cols)
    assert (cost[chosen.rows, chosen.cols] < limit).all()
    total = (cost[chosen.rows, chosen.cols] - limit).sum()
    np.testing.assert_allclose(total, brute_force(cost, limit), atol=1e-12)


@given(st.integers(0, 10_000), st.integers(0, 40), st.integers(0, 40))
def test_equals_the_padded_assignment(seed: int, n: int, m: int) -> None:
    cost = np.random.default_rng(seed).random((n, m))
    cost[cost > 0.6] = 1e6  # gated away
    keep = cost.ravel() < 1
    pairs, values = all_pairs(cost)
    chosen = assign(pairs.where(keep), values[keep], 0.4)
    assert sorted(zip(chosen.rows.tolist(), chosen.cols.tolist(), strict=True)) == sorted(padded_assignment(cost, 0.4))


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 30), st.integers(1, 4))
def test_group_by_group_is_as_all_at_once(seed: int, n: int, m: int, at_once: int) -> None:
    cost = np.random.default_rng(seed).random((n, m))
    keep = cost.ravel() < 0.1
    pairs, values = all_pairs(cost)
    whole = assign(pairs.where(keep), values[keep], 0.1)
    module = "outrack.tracking.assignment"
    with patch(f"{module}.MANY", 0), patch(f"{module}.GROUPS_AT_ONCE", at_once):
        by_group = assign(pairs.where(keep), values[keep], 0.1)
    assert by_group.rows.tolist() == whole.rows.tolist()
    assert by_group.cols.tolist() == whole.cols.tolist()


def test_nothing_to_assign() -> None:
    assert len(assign(Pairs.empty(), np.empty(0), 0.5).rows) == 0
    assert len(assign(*all_pairs(np.array([[0.9]])), 0.5).rows) == 0
