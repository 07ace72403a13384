"""Endless streams instead of small text files."""

from __future__ import annotations

from pathlib import Path

import pytest

from outrack.cli.config_file import options_of_file
from outrack.io.mot_detections import read_detections
from outrack.io.run_record import read_run_record
from outrack.io.small_files import text_of
from outrack.speed.report import read_ratios

ENDLESS = Path("/dev/zero")


@pytest.mark.skipif(not ENDLESS.exists(), reason="this system has no /dev/zero")
@pytest.mark.parametrize("read", [text_of, options_of_file, read_ratios, read_run_record])
def test_a_stream_without_an_end_is_refused(read: object) -> None:
    with pytest.raises(ValueError, match="/dev/zero: "):
        read(ENDLESS)  # type: ignore[operator]


def test_a_text_of_the_largest_size_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outrack.io.small_files._MOST", 5)
    path = tmp_path / "a.yaml"
    path.write_text("a: 12")
    assert text_of(path) == "a: 12"
    path.write_text("a: 123")
    with pytest.raises(ValueError, match=r"a.yaml: more than 5 characters\. Is it another kind of file\?"):
        text_of(path)


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,-1,0,0,9,9,1\n" + "1" * 1_500_000)
    with pytest.raises(ValueError, match=r"det.txt, line 2: more than 1,000,000 characters"):
        read_detections(path, None)
    path.write_text("1,-1,0,0,9,9,1" + " " * 500_000 + "\n")
    assert len(read_detections(path, None)) == 1
