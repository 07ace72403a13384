from __future__ import annotations

import json

import pytest

from outrack.io.timing import time_calls
from outrack.speed.report import Measurement, SpeedReport, read_ratios, regressions

REPORT = SpeedReport(
    {"cores": "2"},
    (
        Measurement("ceilings", "convolution", 4.0, 5.0, note="120 GMAC/s"),
        Measurement("network", "default, fast", 20.0, 21.0, 0.2, "one convolution"),
    ),
    0.0512,
)


def test_the_file_says_everything_and_gives_the_ratios_back(tmp_path):
    REPORT.write(tmp_path / "b.json")
    content = json.loads((tmp_path / "b.json").read_text())
    assert content["machine"] == {"cores": "2"}
    assert content["noise"] == 0.051
    assert content["measurements"][1]["ms"] == 20.0
    assert read_ratios(tmp_path / "b.json") == {"network: default, fast": 0.2} == REPORT.ratios()


@pytest.mark.parametrize("text", ["", "[]", '{"ratios": 3}', '{"ratios": {"a": "b"}}', "{}"])
def test_another_file_is_named(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"other\.json: expected the JSON of `outrack bench --json`"):
        read_ratios(path)


def test_losses_of_more_than_15_percent_are_listed_largest_first():
    before = {"a": 1.0, "b": 2.0, "c": 0.5, "gone": 1.0}
    assert regressions({"a": 0.86, "b": 1.6, "c": 0.3, "new": 9.0}, before) == [
        "c: 0.3, previously 0.5 (-40%)",
        "b: 1.6, previously 2 (-20%)",
    ]
    assert regressions(before, before) == []


@pytest.mark.parametrize(("noise", "noisy"), [(0.14, False), (0.16, True)])
def test_noise(noise, noisy):
    assert SpeedReport({}, (), noise).is_noisy is noisy


def test_frames_a_second():
    assert REPORT.measurements[0].per_second == 250


def test_the_first_call_is_not_counted_and_best_and_median_are_reported():
    now, taken = [0.0], iter([9.0, 0.2, 0.1, 0.4, 0.3])

    def call():
        now[0] += next(taken)

    timing = time_calls(call, seconds=0.9, fewest=2, clock=lambda: now[0])
    assert timing == pytest.approx((100, 250))
