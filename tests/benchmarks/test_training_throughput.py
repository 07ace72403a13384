"""The bottleneck derived from the rates of loader and steps."""

from __future__ import annotations

import pytest

from benchmarks.bench_training_throughput import verdict


@pytest.mark.parametrize(("loader", "slower"), [(30.0, "the loader"), (300.0, "the step")])
def test_the_slower_of_both_is_named(loader: float, slower: str) -> None:
    rates = {
        "steps alone": 100.0,
        "loader alone, 0 workers": 20.0,
        "both, 0 workers": 15.0,
        "loader alone, 2 workers": loader,
        "both, 2 workers": 0.9 * min(loader, 100.0),
    }
    assert verdict(rates) == f"with 2 workers both reach 0.90 of the slower one alone, which is {slower}"
