"""The learning rate of every step, and when a run is over."""

from __future__ import annotations

import pytest

from outrack.training.config.training_config import ScheduleConfig
from outrack.training.engine.checkpoint import RunProgress
from outrack.training.engine.schedule import RunLength


def test_steps_drop_where_the_paper_drops() -> None:
    length = RunLength(ScheduleConfig(epochs=30, kind="step", drop_at=(20,)), per_epoch=100)
    assert length.total == 3000
    rates = [length.rate_factor(RunProgress(step)) for step in (0, 1999, 2000, 2999)]
    assert rates == pytest.approx([1, 1, 0.1, 0.1])


def test_drops_of_a_run_in_steps_are_counted_in_steps() -> None:
    length = RunLength(ScheduleConfig(steps=40, kind="step", drop_at=(10, 30)), per_epoch=7)
    rates = [length.rate_factor(RunProgress(step)) for step in (9, 10, 29, 30)]
    assert rates == pytest.approx([1, 0.1, 0.1, 0.01])


def test_warm_up_and_cosine() -> None:
    length = RunLength(ScheduleConfig(steps=100, kind="cosine", warmup=10), per_epoch=7)

    def rate(step: int) -> float:
        return length.rate_factor(RunProgress(step))

    assert rate(0) == pytest.approx(0.1)
    cosine_at_4 = 0.01 + 0.99 * 0.998_026_7
    assert rate(4) == pytest.approx(0.5 * cosine_at_4, abs=1e-3)
    assert rate(50) == pytest.approx(0.505)
    assert rate(100) == pytest.approx(0.01)


def test_time_may_be_up_before_the_steps_are() -> None:
    length = RunLength(ScheduleConfig(steps=100, kind="cosine", max_minutes=8.0), per_epoch=7)
    assert length.share_done(RunProgress(20, minutes=4.0)) == 0.5
    assert length.share_done(RunProgress(60, minutes=4.0)) == 0.6
    assert length.rate_factor(RunProgress(20, minutes=8.0)) == pytest.approx(0.01)


def test_a_drop_comes_at_its_step_though_a_share_is_rounded() -> None:
    length = RunLength(ScheduleConfig(steps=300, kind="step", drop_at=(110,)), per_epoch=7)
    assert 110 / 300 * 300 < 110
    assert [length.rate_factor(RunProgress(step)) for step in (109, 110)] == pytest.approx([1, 0.1])
