"""`outrack bench`, with simulated measurements, since real ones take too long for a test."""

from __future__ import annotations

import json

import pytest

import outrack.speed
from outrack.cli import main
from outrack.speed import Measurement, SpeedReport


@pytest.fixture
def measured(monkeypatch):
    """Sets what is measured, and keeps the videos that were asked for."""
    asked = []

    def as_measured(ratio=0.5, noise=0.0):
        one = Measurement("network", "default, fast", 20.0, 21.0, ratio, "one convolution", "a note")
        report = SpeedReport({"cores": "2", "processor": "any", "outrack": "0.2"}, (one,), noise)

        def measure_machine(video=None, *, plan, on_measured):
            asked.append((video, plan.other_networks))
            on_measured(one)
            return report

        monkeypatch.setattr(outrack.speed, "measure_machine", measure_machine)
        return asked

    return as_measured


def test_a_table_is_printed_and_a_file_written(measured, tmp_path, capsys):
    asked = measured()
    assert main(["bench", "--json", str(tmp_path / "b.json")]) == 0
    out, err = capsys.readouterr()
    assert all(text in out for text in ("2 cores", "default, fast", "20.00", "50.0", "0.50", "one convolution"))
    assert "warning" not in err
    assert asked == [(None, ())]
    assert json.loads((tmp_path / "b.json").read_text())["ratios"] == {"network: default, fast": 0.5}


def test_a_file_that_exists_is_not_replaced_before_anything_is_measured(measured, tmp_path, capsys):
    asked = measured()
    (tmp_path / "b.json").write_text("{}")
    assert main(["bench", "--json", str(tmp_path / "b.json")]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert asked == []


def test_networks_to_compare_are_looked_for_before_anything_is_measured(measured, tmp_path, capsys):
    asked = measured()
    (tmp_path / "small.onnx").write_bytes(b"some network")
    assert main(["bench", "--weights", str(tmp_path / "small.onnx"), str(tmp_path / "none.onnx")]) == 1
    assert "none.onnx: no such weights file" in capsys.readouterr().err
    assert asked == []
    assert main(["bench", "-q", "--weights", str(tmp_path / "small.onnx")]) == 0
    assert asked == [(None, (tmp_path / "small.onnx",))]


def test_a_slowdown_is_reported_and_fails(measured, tmp_path, capsys):
    measured(0.5)
    assert main(["bench", "-q", "--json", str(tmp_path / "before.json")]) == 0
    measured(0.44)
    assert main(["bench", "-q", "--against", str(tmp_path / "before.json")]) == 0
    measured(0.4)
    assert main(["bench", "-q", "--against", str(tmp_path / "before.json")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "slower: network: default, fast: 0.4, previously 0.5 (-20%)" in " ".join(err.split())


def test_what_an_earlier_run_measured_and_this_one_did_not_is_named(measured, tmp_path, capsys):
    measured()
    before = tmp_path / "before.json"
    before.write_text(json.dumps({"ratios": {"network: default, fast": 0.5, "network: default, fast, openvino": 0.4}}))
    assert main(["bench", "-q", "--against", str(before)]) == 0
    message = " ".join(capsys.readouterr().err.split())
    assert message.count("not compared") == 1
    assert "not compared: network: default, fast, openvino is in" in message


def test_a_noisy_machine_is_reported(measured, capsys):
    measured(noise=0.5)
    assert main(["bench"]) == 0
    assert "took up to 1.5 times as long" in " ".join(capsys.readouterr().err.split())


def test_an_invalid_video_is_reported_in_one_line(tmp_path, capsys):
    assert main(["bench", str(tmp_path / "no.mp4")]) == 1
    err = capsys.readouterr().err
    assert "no such file" in err and "Traceback" not in err
