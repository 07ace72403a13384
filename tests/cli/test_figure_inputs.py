"""What networks are called in figures."""

from __future__ import annotations

from pathlib import Path

from outrack.cli.figure_inputs import _short


def test_checkpoints_are_called_after_their_run_and_exports_after_themselves() -> None:
    among = [
        Path("runs/a/last.safetensors"),
        Path("runs/b/last.safetensors"),
        Path("x/net.onnx"),
        Path("c.safetensors"),
    ]
    assert [_short(path, among) for path in among] == ["a/last", "b/last", "net", "c"]


def test_equal_names_become_whole_paths() -> None:
    among = [Path("x/a/last.safetensors"), Path("y/a/last.safetensors")]
    assert [_short(path, among) for path in among] == ["x/a/last.safetensors", "y/a/last.safetensors"]
