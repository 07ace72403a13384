from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack.video.timeline import Timeline


def placed(clock: list[float | None], *, longest_step_s: float = math.inf, ahead: bool = True) -> list[float]:
    line = Timeline(frame_rate=10, longest_step_s=longest_step_s)
    following = [*clock[1:], None] if ahead else [None] * len(clock)
    return [line.place(now, next_s=after) for now, after in zip(clock, following, strict=True)]


def test_a_clock_that_runs_is_believed_and_begins_at_0():
    assert placed([7.0, 7.1, 7.5, 9.0, 3600.0]) == pytest.approx([0, 0.1, 0.5, 2.0, 3593.0])


def test_a_first_frame_that_was_lost_leaves_its_time():
    assert Timeline(frame_rate=10).place(7.2, first_s=7.0) == pytest.approx(0.2)


def test_a_restart_is_joined_on():
    assert placed([5.0, 5.1, 5.2, 0.0, 0.1, 0.3]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.6])
    assert placed([5.0, 5.1, 95.0, 95.1], longest_step_s=10) == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_frame_stamped_far_ahead_moves_nothing():
    clock = [0.0, 0.1, 5000.0, 0.3, 0.4]
    assert placed(clock) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert placed(clock, longest_step_s=10, ahead=False) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_a_clock_that_stands_still_or_steps_back_a_little_is_caught_up_with():
    assert placed([0, 0.1, 0.2, 0.2, 0.2, 0.2, 0.6, 0.7]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert placed([0, 0.1, 0.2, 0.15, 0.25, 0.4]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_frames_without_a_time_are_counted():
    assert placed([None, None, None]) == pytest.approx([0, 0.1, 0.2])


def test_live_jumps_take_the_time_that_passed_here():
    now = 100.0
    line = Timeline(frame_rate=10, arrival=lambda: now)
    times = []
    for passed_s, clock in ((0, 50.0), (0.1, 50.1), (0.1, 9000.0), (0.1, 9000.1), (3, 2.0), (60, 62.0), (0.1, None)):
        now += passed_s
        times.append(line.place(clock))
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 3.3, 63.3, 63.4])
    line.join()
    now += 5
    assert line.place(63.0) == pytest.approx(68.4)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=2, max_size=40), st.floats(1, 1e9))
def test_whatever_the_clock_does_times_rise(clock: list[float | None], longest_step_s: float):
    times = placed(clock, longest_step_s=longest_step_s)
    assert all(later > time for time, later in pairwise(times))
